"""Subtitles that are drawn into the picture."""

from fractions import Fraction
from importlib.resources import files

import av
import numpy as np
import pytest
from edited_clips import frames, heard, plain, tags_of, tone

import lipsync_nb as ls
from lipsync_nb.editing.sound import read_sound

HELLO = ls.Subtitles([ls.Subtitle(0.4, 1.2, "大家好，\nhello")])
BLUE = (40, 90, 160)


def drawn(picture: np.ndarray) -> np.ndarray:
    """Where a picture of one colour has something else: shape (height, width)."""
    return np.abs(picture.astype(int) - BLUE).max(axis=2) > 60


def test_a_subtitle_is_drawn_while_it_is_said(tmp_path):
    """In the frames from its begin to before its end, and in no other."""
    video = ls.burn_in(plain(tmp_path / "a.mp4"), HELLO)

    shown = [bool(drawn(picture).any()) for picture in frames(video)]
    assert shown == [0.4 <= number / 25 < 1.2 for number in range(50)]


def test_sound_and_tags_are_copied(tmp_path):
    """The packets of sound are the same, to the byte, and tags of all kinds are kept."""
    tags = {"title": "标题", "comment": "c", "AIGC": '{"Label":"1"}'}
    source = plain(tmp_path / "a.mp4", tags=tags)

    video = ls.burn_in(source, HELLO, tmp_path / "out" / "b.mp4")

    assert video.path == tmp_path / "out" / "b.mp4"
    assert heard(video) == heard(source)
    assert np.array_equal(read_sound(video.path).samples, read_sound(source).samples)
    assert tags.items() <= tags_of(video).items()


def test_sound_that_an_mp4_cannot_hold_is_encoded(tmp_path):
    """Of the same length, to the sample."""
    source = tmp_path / "pcm.mov"
    with av.open(str(plain(tmp_path / "a.mp4"))) as clip, av.open(str(source), "w") as out:
        pictures = out.add_stream_from_template(clip.streams.video[0])
        spoken = out.add_stream("pcm_s16le", rate=44100, layout="mono")
        for packet in clip.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                out.mux(packet)
        out.mux(spoken.encode(tone(2.0).frame()))
        out.mux(spoken.encode(None))

    video = ls.burn_in(source, HELLO)

    assert len(read_sound(video.path)) == len(read_sound(source)) == 88200


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 240), (1280, 720), (96, 64)])
@pytest.mark.parametrize("position", ["bottom", "middle", "top"])
def test_text_stays_within_safe_margins(size, position, tmp_path):
    """Wherever it is, and however long it is: 5 % of the frame are free at each side."""
    text = "一段非常非常长的字幕需要自动换行，and an extraordinarily long sentence, without end"
    long = [ls.Subtitle(0, 1, text)]

    video = ls.burn_in(plain(tmp_path / "a.mp4", size, 0.2), long, position=position)

    where = np.argwhere(drawn(frames(video)[2]))
    (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0)
    width, height = size
    assert left >= 0.05 * width - 4
    assert right <= 0.95 * width + 4
    assert top >= 0.05 * height - 4
    assert bottom <= 0.95 * height + 4


def test_letters_are_white_in_a_dark_outline(tmp_path):
    """So that they can be read on any picture."""
    for colour in ((250, 250, 250), (5, 5, 5)):
        source = plain(tmp_path / "a.mp4", (640, 360), 0.2, colour=colour)

        picture = frames(ls.burn_in(source, [ls.Subtitle(0, 1, "字幕")]))[1]

        assert picture.max() > 235
        assert picture.min() < 30


def test_characters_without_a_glyph_are_told_and_left_out(tmp_path, capsys):
    """And nothing is drawn in their place."""
    source = plain(tmp_path / "a.mp4", seconds=0.2)

    video = ls.burn_in(source, [ls.Subtitle(0, 1, "\U0001f9ff")])

    assert "U+1F9FF" in capsys.readouterr().err
    assert not drawn(frames(video)[1]).any()


def test_a_text_without_spaces_is_broken_and_not_shrunk(tmp_path, capsys):
    """As a URL or Thai; what must become very small, or does not fit at all, is told."""
    source = plain(tmp_path / "a.mp4", (640, 360), 0.2)
    url = "https://example.com/" + "very-long/" * 12

    picture = frames(ls.burn_in(source, [ls.Subtitle(0, 1, url)]))[1]

    rows = np.flatnonzero(drawn(picture).any(axis=1))
    assert len(rows) > 2 * 18
    assert "drawn with" not in capsys.readouterr().err
    ls.burn_in(source, [ls.Subtitle(0, 1, "word " * 4000)])
    assert "shorten or split it" in capsys.readouterr().err
    ls.burn_in(source, [ls.Subtitle(0, 1, "word " * 400)])
    assert "pixels instead of 18, as it is long" in capsys.readouterr().err


def test_subtitles_outside_of_the_clip_are_told(tmp_path, capsys):
    """As those of another speech, or of a longer one, are."""
    source = plain(tmp_path / "a.mp4", seconds=0.4)

    ls.burn_in(source, [ls.Subtitle(0, 1, "hi"), ls.Subtitle(2, 3, "late")])

    told = capsys.readouterr().err
    assert "1 of 2 subtitles are not shown" in told
    assert "lasts 0.4 s, and the first of them begins at 2.0 s" in told


def test_a_file_of_subtitles_and_a_font_of_ones_own_are_taken(tmp_path):
    """By their paths."""
    font = files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"
    path = HELLO.write(tmp_path / "a.srt")

    video = ls.burn_in(plain(tmp_path / "a.mp4"), path, font=str(font), size=30)

    assert drawn(frames(video)[20]).any()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"position": "left"}, "bottom, middle, top"),
        ({"size": 500}, "pixels from 8 to 60"),
        ({"size": 20.5}, "pixels from 8 to 60"),
        ({"font": "missing.ttf"}, "missing.ttf cannot be read"),
        ({"subtitles": ["hello"]}, "ls.subtitles"),
        ({"subtitles": "missing.srt"}, "missing.srt"),
        ({"path": "SOURCE"}, "so that nothing is lost"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(arguments, words, tmp_path):
    """And no file is left behind."""
    source = plain(tmp_path / "a.mp4", seconds=0.2)
    arguments = {name: source if value == "SOURCE" else value for name, value in arguments.items()}

    with pytest.raises(ls.BadRequest, match=words):
        ls.burn_in(source, **{"subtitles": HELLO, **arguments})

    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_colours_are_kept_in_limited_and_in_full_range(tmp_path):
    """Also of clips whose black is 0, as phones and screen recorders make them."""
    for kind in ("yuv420p", "yuvj420p"):
        source = tmp_path / f"{kind}.mp4"
        pixels = np.full((240, 320, 3), (200, 100, 50), np.uint8)
        with av.open(str(source), "w") as out:
            stream = out.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = 320, 240, kind
            for number in range(10):
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=kind)
                frame.pts, frame.time_base = number, Fraction(1, 25)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))

        videos = [ls.burn_in(source, HELLO), ls.fit(source, 240, 320, how="pad")]

        with av.open(str(source)) as container:
            before = next(container.decode(video=0)).to_ndarray(format="rgb24")[5, 5]
        for video in videos:
            with av.open(str(video.path)) as container:
                after = next(container.decode(video=0)).to_ndarray(format="rgb24")
            middle = after[len(after) // 2, 5]
            assert middle.astype(int) == pytest.approx(before.astype(int), abs=4)
