"""Black and frozen pictures of known lengths, at known places."""

import numpy as np
import pytest
from raw_video import RawVideo, replace

import lipsync_nb as ls


@pytest.fixture(scope="module")
def plain(studio):
    """Five seconds of a talking face at 25 frames per second."""
    return RawVideo.of(studio.video())


def test_one_second_of_black(plain, tmp_path):
    """Two black parts of 0.6 s and 0.4 s are 1.0 s together; the notes say where."""
    frames = [
        frame * 0 if 25 <= at < 40 or 75 <= at < 85 else frame
        for at, frame in enumerate(plain.frames)
    ]
    row = ls.measure(replace(plain, frames=frames).save(tmp_path / "black.mp4"))

    assert row.black_s == pytest.approx(1.0, abs=0.01)
    assert "black at 1.0–1.6, 3.0–3.4 s" in row.notes


def test_the_end_may_be_black(plain, tmp_path):
    """The last frame counts with its length."""
    frames = [frame * (at < len(plain.frames) - 10) for at, frame in enumerate(plain.frames)]

    row = ls.measure(replace(plain, frames=frames).save(tmp_path / "end.mp4"))

    assert row.black_s == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize(("share", "black"), [(0.95, False), (0.99, True)])
def test_a_frame_is_black_if_so_large_a_share_of_it_is(share, black, tmp_path):
    """As in FFmpeg's blackdetect, 98 % of its pixels must be dark."""
    frame = np.full((240, 320, 3), 200, np.uint8)
    frame[: round(share * 240)] = 10
    video = RawVideo(np.arange(50) / 25, [frame] * 50, np.zeros((0, 0), np.float32), 16_000)

    row = ls.measure(video.save(tmp_path / "dark.mp4"))

    assert row.black_s == pytest.approx(2.0 if black else 0, abs=0.01)


def test_a_clip_is_neither_black_nor_frozen(studio):
    """A talking face is not black, and stays for some frames at most."""
    row = ls.measure(studio.video())

    assert row.black_s == 0
    assert row.frozen_s < 0.5
    assert "frozen at" not in row.notes


def test_the_longest_frozen_picture(plain, tmp_path):
    """Of two pictures that stay, the longer one counts; the notes tell those of 2 s or more."""
    frames = [*plain.frames]
    frames[10:20] = [frames[10]] * 10
    frames[30:90] = [frames[30]] * 60
    row = ls.measure(replace(plain, frames=frames).save(tmp_path / "frozen.mp4", crf="12"))

    assert row.frozen_s == pytest.approx(60 / 25, abs=0.09)
    assert "frozen at 1.2–3.6 s" in row.notes


def test_frames_that_are_shown_twice_are_short(plain, tmp_path):
    """Frames that are doubled for another frame rate do not make one long frozen picture."""
    moving = [np.roll(plain.frames[0], 4 * at, axis=1) for at in range(50)]
    doubled = [frame for frame in moving for _ in range(2)]
    video = replace(plain, times=np.arange(100) / 25, frames=doubled)

    row = ls.measure(video.save(tmp_path / "doubled.mp4", qp="0"))

    assert row.frozen_s == pytest.approx(2 / 25, abs=0.001)
    assert row.frozen == pytest.approx(0.5, abs=0.02)
