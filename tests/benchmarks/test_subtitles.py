"""How fast subtitles are made and drawn, and clips are fitted to another size.

Run with ``pytest tests/benchmarks/test_subtitles.py``; the figures are printed.
"""

from time import perf_counter

import numpy as np
import pytest
from edited_clips import of_pictures, tone
from faces import face_video, speech
from spoken_texts import CHINESE, ENGLISH

import lipsync_nb as ls
from lipsync_nb.editing.alignment import aligned
from lipsync_nb.editing.captions import Layout, Spoken, captions
from lipsync_nb.editing.phrases import pieces_of

SECONDS = 12
LONG = 40
"""Times the text is repeated; so it takes about ten minutes to say."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip at 720p: noise that moves over a grey picture, which is hard to encode."""
    folder = tmp_path_factory.mktemp("clips")
    noise = np.random.default_rng(0).integers(60, 190, (90, 160, 3), dtype=np.uint8)
    picture = noise.repeat(8, axis=0).repeat(8, axis=1)
    moving = [np.roll(picture, number * 3, axis=1) for number in range(SECONDS * 25)]
    of_pictures(folder / "clip.mp4", moving, tone(SECONDS))
    face_video(folder / "face.mp4", SECONDS, 25, (1280, 720))
    return folder


def told(figure, what: str, seconds: float, began: float) -> None:
    """Print how many times faster than it plays something was."""
    figure(f"{what}: {seconds / (perf_counter() - began):.1f} x real time")


def test_burn_in(folder, tmp_path, figure):
    """Subtitles in all frames of a clip at 720p."""
    shown = [
        ls.Subtitle(n, n + 1, f"第{n}句字幕很长很长，\nand in English") for n in range(SECONDS)
    ]

    began = perf_counter()
    video = ls.burn_in(folder / "clip.mp4", shown, tmp_path / "out.mp4")
    told(figure, "burn-in at 720p", SECONDS, began)

    assert video.duration_s == pytest.approx(SECONDS, abs=0.1)


@pytest.mark.parametrize("how", ["crop", "pad"])
def test_fit(how, folder, tmp_path, figure):
    """A clip at 720p becomes one of 720 by 1280."""
    began = perf_counter()
    video = ls.fit(folder / "face.mp4", 720, 1280, tmp_path / "out.mp4", how=how)
    told(figure, f"fit to 720 x 1280 by {how}", SECONDS, began)

    assert video.duration_s == pytest.approx(SECONDS, abs=0.1)


def test_label_without_drawing(folder, tmp_path, figure):
    """The implicit label is written without encoding."""
    began = perf_counter()
    video = ls.label_ai(folder / "face.mp4", tmp_path / "out.mp4", producer="x", show=None)
    told(figure, "implicit label", SECONDS, began)

    assert ls.ai_label(video) is not None


def test_subtitles_of_a_speech(tmp_path, figure):
    """Of fifteen seconds: most of the time goes into decoding and hearing."""
    sound = speech(tmp_path / "speech.wav", ENGLISH[0])
    seconds = ls.Audio(sound).duration_s

    began = perf_counter()
    found = ls.subtitles(sound, ENGLISH[0])
    told(figure, "subtitles of a speech", seconds, began)

    assert found


@pytest.mark.parametrize("text", [" ".join(ENGLISH * (LONG // 5)), "".join(CHINESE * (LONG // 5))])
def test_subtitles_of_ten_minutes(text, figure):
    """Aligned with a pause every 2.5 s, and split into captions."""
    pieces = pieces_of(text)
    spans = [(2.5 * number, 2.5 * number + 2.2) for number in range(240)]

    began = perf_counter()
    times = aligned(pieces, spans)
    found = captions(list(map(Spoken, pieces, times)), Layout(16, chinese=True))
    told(figure, f"alignment and captions of {len(pieces):,} pieces", 600, began)

    assert "".join("".join(one.text for one in found).split()) == "".join(text.split())
