"""Subtitles of speeches whose words are known."""

import re
import unicodedata
from itertools import accumulate, pairwise
from statistics import mean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_texts import CHINESE, ENGLISH

import lipsync_nb as ls
from lipsync_nb.editing.alignment import Heard, aligned
from lipsync_nb.editing.captions import LONGEST_S, Layout, Spoken, captions
from lipsync_nb.editing.phrases import CLOSING, OPENING, SENTENCE, grouped, pieces_of
from lipsync_nb.editing.sound import Sound, read_sound
from lipsync_nb.sandbox.render.speech import speak_all

SPEECHES = [
    *((text, voice) for text in ENGLISH for voice in ("en-emma", "en-james")),
    *((text, voice) for text in CHINESE for voice in ("cmn-xiaomei", "cmn-zhiqiang")),
]


def sentences(text: str) -> list[str]:
    return ["".join(piece.text for piece in group) for group in grouped(pieces_of(text), SENTENCE)]


def test_sentences_begin_when_they_are_spoken(tmp_path):
    """In 20 speeches in both languages, the mean error is below 0.05 s, and none is 0.15 s."""
    errors = []
    for number, (text, voice) in enumerate(SPEECHES):
        path = tmp_path / f"{number}.wav"
        known = speak_all(sentences(text), path, voice=voice, speed=(0.9, 1.2)[number % 2])

        found = ls.subtitles(path, text)

        whole = "".join(sentences(text))
        begins = {_letters(one.text)[:4]: one.start_s for one in found}
        for sentence in known:
            assert sentence.text in whole
            begin = begins.get(_letters(sentence.text)[:4])
            if begin is not None:  # else it is in one caption with the sentence before it
                errors.append(abs(begin - sentence.begin_s))

    assert len(errors) > 70
    assert mean(errors) < 0.05
    assert max(errors) < 0.15


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def test_a_pause_inside_of_a_phrase_does_not_move_the_others(tmp_path):
    """Somebody hesitates for a second; the sentences still begin where they do."""
    path = tmp_path / "speech.wav"
    known = speak_all(sentences(ENGLISH[2]), path, voice="en-emma")
    sound = read_sound(path)
    at = round((known[1].begin_s + 0.8) * sound.rate)
    parts = [sound.samples[:, :at], np.zeros((1, sound.rate), np.float32), sound.samples[:, at:]]
    Sound(np.concatenate(parts, axis=1), sound.rate).write_wav(path)

    found = ls.subtitles(path, ENGLISH[2])

    begins = {_letters(one.text)[:4]: one.start_s for one in found}
    assert begins["Mach"] == pytest.approx(0, abs=0.1)
    assert begins["Itne"] == pytest.approx(known[1].begin_s, abs=0.15)
    assert begins["Most"] == pytest.approx(known[2].begin_s + 1, abs=0.15)


def test_every_word_is_shown_once_and_in_its_order(tmp_path):
    """Nothing of a text is lost or repeated, whatever it contains."""
    text = "欢迎使用lipsync_nb 2.0版本，它支持Chanjing等5家API（“最好”的工具）——只需3.5分钟。OK?"
    speak_all([text], tmp_path / "a.wav", voice="cmn-dawei")

    found = ls.subtitles(tmp_path / "a.wav", text)

    assert "".join("".join(one.text for one in found).split()) == "".join(text.split())


WORDS = st.lists(
    st.sampled_from(
        [
            "hello",
            "extraordinarily",
            "2,999.50",
            "it's",
            "AI",
            "世界",
            "人工智能",
            "中",
            "3.5",
            "“好”",
        ]
    ),
    min_size=1,
    max_size=60,
)
MARKS = st.sampled_from([" ", ", ", ". ", "，", "。", "！", "——", "（", "）", "；", " 《", "》"])


@given(words=WORDS, data=st.data(), chinese=st.booleans())
@settings(max_examples=150, deadline=None)
def test_lines_are_readable_whatever_the_text(words, data, chinese):
    """Two lines, short enough; no closing mark first, no opening one last; no word is cut."""
    text = "".join(word + data.draw(MARKS) for word in words)
    pieces = pieces_of(text)
    layout = Layout(16 if chinese else 42, chinese=chinese)
    spoken = list(map(Spoken, pieces, aligned(pieces, [(0.0, 0.3 * len(pieces))])))

    found = captions(spoken, layout)

    assert "".join("".join(one.text for one in found).split()) == "".join(text.split())
    rows = [row for one in found for row in one.text.splitlines()]
    assert all(len(one.text.splitlines()) <= 2 for one in found)
    wide = [row for row in rows if layout.width(row) > layout.longest]
    assert all(len(pieces_of(row)) == 1 for row in wide)
    assert not any(row[0] in CLOSING for row in rows if any(map(str.isalnum, row)))
    assert not any(row[-1] in OPENING for row in rows[:-1] if any(map(str.isalnum, row)))
    kept = [word for word in re.findall(r"[\w.,']+", "\n".join(rows), re.ASCII) if word.isascii()]
    assert all(word.strip(".,") in "".join(text.split()) for word in kept)
    for word in ("hello", "extraordinarily", "2,999.50", "it's"):
        assert "\n".join(rows).count(word) == text.count(word)


@given(words=WORDS, data=st.data())
@settings(max_examples=100, deadline=None)
def test_captions_are_in_order_and_do_not_overlap(words, data):
    """Each begins before it ends, and ends before the next one begins; none is shown too long."""
    text = "".join(word + data.draw(MARKS) for word in words)
    pieces = pieces_of(text)
    pauses = data.draw(st.lists(st.floats(0.2, 2), max_size=6))
    spans, at = [], 0.0
    for pause in [*pauses, 0.0]:
        spans.append((at, at + 3.0))
        at += 3.0 + pause

    found = captions(list(map(Spoken, pieces, aligned(pieces, spans))), Layout(42, chinese=False))

    assert all(one.start_s <= one.end_s for one in found)
    assert all(before.end_s <= after.start_s + 1e-9 for before, after in pairwise(found))
    assert found[-1].end_s >= at - 1e-6
    alone = [one for one in found if len(pieces_of(one.text)) == 1]
    assert all(one.end_s - one.start_s <= LONGEST_S + 1e-6 for one in found if one not in alone)


URL = "https://example.com/" + "very-long/" * 12
THAI = "ที่นี่เราขายโคมไฟที่ส่องสว่างทั้งห้องและมีราคาถูกกว่าชาหนึ่งถ้วยในแต่ละเดือน" * 3


@pytest.mark.parametrize("text", [URL, THAI, "Look at " + URL + " please.", "a" * 300])
@pytest.mark.parametrize("chinese", [False, True])
def test_a_text_without_spaces_is_broken_between_its_signs(text, chinese):
    """No line is too long, no caption is shown too long, and marks stay with their letters."""
    pieces = pieces_of(text)
    layout = Layout(16 if chinese else 42, chinese=chinese)
    spoken = list(map(Spoken, pieces, aligned(pieces, [(0.0, 30.0)])))

    found = captions(spoken, layout)

    rows = [row for one in found for row in one.text.splitlines()]
    assert "".join("".join(rows).split()) == "".join(text.split())
    assert max(map(layout.width, rows)) <= layout.longest
    assert all(one.end_s - one.start_s <= LONGEST_S + 1e-6 for one in found)
    assert not any(unicodedata.category(row[0]).startswith("M") for row in rows)


def test_the_last_caption_ends_with_the_speech(tmp_path):
    """It is not shown when the video is over, though it is short."""
    path, text = tmp_path / "a.wav", "Yes, extraordinarily quickly."
    speak_all([text], path, voice="en-emma", speed=2.0)
    length_s = ls.Audio(path).duration_s
    reported = ls.Subtitle(length_s - 0.5, length_s - 0.2, text)

    for found in (
        ls.subtitles(path, text),
        ls.subtitles(ls.Audio(path, subtitles=(reported,))),
    ):
        assert found[-1].end_s == pytest.approx(length_s, abs=0.001)


@given(
    spans=st.lists(st.tuples(st.floats(0.01, 2), st.floats(0.01, 2)), min_size=1, max_size=20),
    share=st.floats(0, 1),
    begins=st.booleans(),
)
def test_a_time_is_found_by_how_long_is_spoken_until_then(spans, share, begins):
    """So much is spoken before it, and no pause lies at its wrong side."""
    edges = list(accumulate((length for pair in spans for length in pair), initial=0.0))
    spoken = list(zip(edges[::2], edges[1::2], strict=False))
    whole = sum(end - start for start, end in spoken)

    time_s = Heard(spoken).time_at(share * whole, begins=begins)

    before = sum(min(end, time_s) - start for start, end in spoken if start < time_s)
    assert before == pytest.approx(share * whole, abs=1e-5)
    assert any(start - 1e-9 <= time_s <= end + 1e-9 for start, end in spoken)


def test_what_is_too_fast_is_told_and_not_changed(tmp_path, capsys):
    """The warning is in `warnings`, in the HTML and on stderr, and the text stays whole."""
    text = (
        "It disappears quickly, and nobody understands extraordinarily accelerated conversations."
    )
    speak_all([text], tmp_path / "fast.wav", voice="en-emma", speed=2.0)

    found = ls.subtitles(tmp_path / "fast.wav", text)

    assert "".join("".join(one.text for one in found).split()) == "".join(text.split())
    assert "characters per second" in found.warnings[0]
    assert "characters per second" in found._repr_html_()
    assert "hard to read" in capsys.readouterr().err


def test_a_vendors_own_times_are_used(tmp_path):
    """Each part stays within the time that the vendor reports."""
    speak_all(["你好。再见。"], tmp_path / "a.wav", voice="cmn-dawei")
    times = (ls.Subtitle(0.5, 1.5, "你好。"), ls.Subtitle(3.0, 4.0, "再见。"))

    found = ls.subtitles(ls.Audio(tmp_path / "a.wav", subtitles=times))

    assert [(one.start_s, one.end_s, one.text) for one in found] == [
        (0.5, 1.5, "你好。"),
        (3.0, 4.0, "再见。"),
    ]


def test_the_text_of_a_job_is_known(client):
    """A speech of a text, and a video of that speech, need no text."""
    speech = client.submit(ls.yunai.Speech(text="大家好。再见！", voice="4"))

    assert "".join(one.text for one in ls.subtitles(speech)).replace("\n", "") == "大家好。再见！"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "give text="),
        ({"text": "…"}, "in words"),
        ({"text": 5}, "in words"),
        ({"text": "hi", "language": "fr"}, "'zh' or 'en'"),
        ({"text": "hi", "longest_line": 2}, "from 4 to 100"),
        ({"text": "hi", "longest_line": "20"}, "from 4 to 100"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(tmp_path, arguments, words):
    """Each error names the argument and what to give."""
    speak_all(["hi"], tmp_path / "a.wav", voice="en-emma")

    with pytest.raises(ls.BadRequest, match=words):
        ls.subtitles(tmp_path / "a.wav", **arguments)


def test_silence_has_no_subtitles(tmp_path):
    """The error says that nothing is heard."""
    Sound(np.zeros((1, 16000), np.float32), 16000).write_wav(tmp_path / "silence.wav")

    with pytest.raises(ls.BadRequest, match="nothing is heard"):
        ls.subtitles(tmp_path / "silence.wav", "hello")
