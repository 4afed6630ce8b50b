"""Files of subtitles: SRT and WebVTT."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lipsync_nb as ls

TWO = ls.Subtitles(
    [ls.Subtitle(0.0, 1.5, "大家好，\n<你好> & hello"), ls.Subtitle(61.25, 3723.04, "Bye")]
)


def test_srt_is_written_as_players_read_it(tmp_path):
    """Numbers, commas, an empty line between, and Windows' ends of lines, in UTF-8."""
    path = TWO.write(tmp_path / "a.srt")

    assert path.read_bytes().decode() == (
        "1\r\n00:00:00,000 --> 00:00:01,500\r\n大家好，\r\n<你好> & hello\r\n\r\n"
        "2\r\n00:01:01,250 --> 01:02:03,040\r\nBye\r\n"
    )


def test_vtt_is_written_as_browsers_read_it():
    """The header, points, and escaped signs."""
    assert TWO.vtt() == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n大家好，\n&lt;你好&gt; &amp; hello\n\n"
        "00:01:01.250 --> 01:02:03.040\nBye\n"
    )


TEXTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40
).filter(lambda text: text.strip() and "->" not in text and not text.strip().isdigit())


@given(
    rows=st.lists(st.tuples(st.integers(0, 9_000_000), st.integers(1, 9_000), TEXTS), min_size=1),
    ending=st.sampled_from(["srt", "vtt"]),
)
def test_what_is_written_is_read_back(rows, ending, tmp_path_factory):
    """Times to the millisecond and texts, in both formats."""
    shown = ls.Subtitles(
        ls.Subtitle(start / 1000, (start + length) / 1000, "".join(text.split(" ")).strip() or "x")
        for start, length, text in sorted(rows)
        if not text.startswith(("{\\", "<"))
    )
    if not shown:
        return
    path = tmp_path_factory.mktemp("files") / f"a.{ending}"

    found = ls.read_subtitles(shown.write(path))

    assert len(found) == len(shown)
    key = lambda one: (one.start_s, one.end_s, one.text)  # noqa: E731 - used twice
    for one, other in zip(sorted(shown, key=key), sorted(found, key=key), strict=True):
        assert other.start_s == pytest.approx(one.start_s, abs=0.0005)
        assert other.end_s == pytest.approx(one.end_s, abs=0.0005)


TAKEN = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "&",
            "i",
            "b",
            "love",
            "you",
            " ",
            "&amp;",
            "&lt;",
            "/",
            "-->",
            "1",
            "{",
            "}",
            "你",
        ]
    ),
    min_size=1,
    max_size=12,
).map(lambda parts: " ".join("".join(parts).split()) or "x")


@given(text=TAKEN, ending=st.sampled_from(["srt", "vtt"]))
@example(text="I <i love you> & co", ending="srt")
@example(text="<b> & <i>x</i>", ending="vtt")
def test_a_text_is_read_as_it_was_written(text, ending, tmp_path_factory):
    """Signs that look like marks stay; only SubRip has no way to write the marks themselves."""
    if ending == "srt" and re.search("</?[bi]>", text):
        return
    path = tmp_path_factory.mktemp("files") / f"a.{ending}"

    found = ls.read_subtitles(ls.Subtitles([ls.Subtitle(1, 2, text)]).write(path))

    assert [one.text for one in found] == [text]


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ((float("nan"), 1.0), "subtitle 2: start_s=nan: give seconds, from 0 on"),
        ((0.0, float("inf")), "subtitle 2: end_s=inf"),
        ((-1.0, 1.0), "subtitle 2: start_s=-1.0"),
        ((2.0, 1.0), "ends before it begins"),
    ],
)
def test_what_is_no_time_is_not_written(times, words, tmp_path):
    """The error names the subtitle, and an earlier file stays."""
    before = TWO.write(tmp_path / "a.srt").read_bytes()
    wrong = ls.Subtitles([ls.Subtitle(0, 1, "Hi"), ls.Subtitle(*times, "Bye")])

    for write in (wrong.srt, wrong.vtt, lambda: wrong.write(tmp_path / "a.srt")):
        with pytest.raises(ls.BadRequest, match=words):
            write()

    assert (tmp_path / "a.srt").read_bytes() == before


def test_parts_and_sums_of_subtitles_are_subtitles():
    """So that they can be written too."""
    assert TWO[:1].srt() + "\n" + TWO[1:].srt().replace("1\n", "2\n", 1) == TWO.srt()
    assert (TWO[:1] + TWO[1:]).vtt() == TWO.copy().vtt() == TWO.vtt()
    assert TWO[-1].text == "Bye"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,500\r\nHi\r\n",
        "00:00:01.000 --> 00:00:02.500\nHi",
        "1\n0:0:1,0 -> 00:00:02,5\n<i>Hi</i>\n\n",
        "WEBVTT - title\n\nNOTE no\n\nan-id\n00:01.000 --> 00:02.500 line:0\n<c.big>Hi</c>\n",
        "\n\n7\n00:00:01,000  -->  00:00:02,500  X1:40\n{\\an8}Hi\n",
    ],
)
def test_files_of_other_programs_are_read(text, tmp_path):
    """With a mark, without numbers, with points, formats, notes, and places."""
    (tmp_path / "a.srt").write_bytes(text.encode())

    assert ls.read_subtitles(tmp_path / "a.srt") == [ls.Subtitle(1.0, 2.5, "Hi")]


def test_chinese_of_older_programs_is_read(tmp_path):
    """In GB 18030, and in UTF-16 with a mark."""
    for encoding in ("gb18030", "utf-16"):
        (tmp_path / "a.srt").write_bytes(
            "1\n00:00:01,000 --> 00:00:02,500\n你好\n".encode(encoding)
        )

        assert ls.read_subtitles(tmp_path / "a.srt")[0].text == "你好"


def test_a_missing_empty_line_does_not_swallow_a_subtitle(tmp_path):
    """As happens when somebody edits the file."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nHi\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
    (tmp_path / "a.srt").write_text(text)

    assert [one.text for one in ls.read_subtitles(tmp_path / "a.srt")] == ["Hi", "Bye"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n\n2\n00:00:xx,000 --> 00:00:04,000\nBye", "line 6"),
        ("1\n00:00:05,000 --> 00:00:02,000\nHi\n", "line 2: it ends before it begins"),
        ("hello", "line 1"),
        ("", "has no subtitles"),
    ],
)
def test_an_error_names_the_line(text, words, tmp_path):
    """So that it can be found in an editor."""
    (tmp_path / "a.srt").write_text(text)

    with pytest.raises(ls.BadRequest, match=words):
        ls.read_subtitles(tmp_path / "a.srt")


def test_what_cannot_be_read_or_written_is_named(tmp_path):
    """A missing file, another ending, and a file that is no text."""
    (tmp_path / "a.srt").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(128, 256)))
    with pytest.raises(ls.BadRequest, match="UTF-8"):
        ls.read_subtitles(tmp_path / "a.srt")
    with pytest.raises(ls.BadRequest, match="No such file"):
        ls.read_subtitles(tmp_path / "missing.srt")
    with pytest.raises(ls.BadRequest, match=r"\.srt or \.vtt"):
        TWO.write(tmp_path / "a.txt")


def test_they_are_a_table():
    """With a row each, and the texts in it are escaped in HTML."""
    assert list(TWO.df["text"]) == [one.text for one in TWO]
    assert "&lt;你好&gt; &amp; hello" in TWO._repr_html_()
    assert "61.25" in repr(TWO)
