"""Frames of a clip from any place on, in any container."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from editing.numbered import DARKEST, STEP, frame

from lipsync_nb.editing.clip import Clip

COUNT = 95


def stored(path: Path, codec: str, *, first_s: int = 0, every: int = 30) -> Path:
    """Encode numbered frames with a key frame now and then; the timestamps begin at a time."""
    with av.open(str(path), "w") as out:
        options = {"g": str(every), "bf": "2", "crf": "8", "b": "2M"}
        stream = out.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(COUNT):
            shown = frame(number)
            shown.pts, shown.time_base = number + 25 * first_s, Fraction(1, 25)
            out.mux(stream.encode(shown))
        out.mux(stream.encode(None))
    return path


def seen(clip: Clip, count: int, from_s: float) -> list[int]:
    """The numbers of the frames from a time on."""
    greys = [int(shown.to_ndarray()[24, 32]) for shown in clip.at_rate(Fraction(25), count, from_s)]
    return [round((grey - DARKEST) / STEP) for grey in greys]


@pytest.mark.parametrize(
    ("ending", "codec"),
    [
        ("mp4", "libx264"),
        ("mov", "mpeg4"),
        ("mkv", "libx264"),
        ("webm", "libvpx"),
        ("ts", "libx264"),
        ("avi", "mpeg4"),
        ("mp4", "libx265"),
    ],
)
@pytest.mark.parametrize("first_s", [0, 7])
def test_frames_from_any_place_on(tmp_path: Path, ending: str, codec: str, first_s: int) -> None:
    """They are those of a reading from the beginning, wherever the timestamps begin."""
    clip = Clip.open(stored(tmp_path / f"clip.{ending}", codec, first_s=first_s))

    for place in (0, 1, 26, 29, 30, 31, 60, 77, 94):
        expected = [min(place + k, COUNT - 1) for k in range(6)]
        assert seen(clip, 6, place / 25) == expected


def test_a_place_between_two_frames(tmp_path: Path) -> None:
    """The nearest frame is shown; exactly between two, always the earlier one."""
    clip = Clip.open(stored(tmp_path / "clip.mp4", "libx264"))

    assert seen(clip, 4, 40.3 / 25) == [40, 41, 42, 43]
    assert seen(clip, 4, 40.7 / 25) == [41, 42, 43, 44]
    assert seen(clip, 4, 40.5 / 25) == [40, 41, 42, 43]
    assert seen(clip, 4, -0.5 / 25) == [0, 0, 1, 2]


def test_a_clip_that_breaks_off_repeats_its_last_frame(tmp_path: Path) -> None:
    """What can be decoded is used."""
    whole = stored(tmp_path / "whole.ts", "libx264").read_bytes()
    (tmp_path / "half.ts").write_bytes(whole[: len(whole) // 2])
    numbers = seen(Clip.open(tmp_path / "half.ts"), COUNT, 0)

    assert numbers == sorted(numbers)
    assert 10 < numbers[-1] < COUNT - 1
