"""Two people of whom one speaks, and frames without a face: no vendor's job fails for them."""

from functools import partial

import numpy as np
import pytest
import skimage.data
from conftest import PATIENCE
from faces import PORTRAIT_MOUTH, clip, save
from measures import watch

import lipsync_nb as ls

SMALL_AT = 320, 64
"""Where the smaller face is, in pixels of the picture; the larger one is at the top left."""
GREY, SHOWN, AWAY = 90, 20, 10
"""The colour of a frame without a face, and how many frames each is shown in turn."""


def two_people():
    """Return a picture of 512 by 256 pixels: a face at half its size, and one at a quarter."""
    larger = skimage.data.astronaut()[::2, ::2]
    picture = np.full((256, 512, 3), 200, np.uint8)
    picture[:, :256] = larger
    left, top = SMALL_AT
    picture[top : top + 128, left : left + 128] = larger[::2, ::2]
    return picture


def motion(frames, scale, x, y, size):
    """Return how much the pixels of a square change from frame to frame."""
    left, top, right, bottom = (
        round(scale * edge) for edge in (x - size, y - size, x + size, y + size)
    )
    boxes = np.stack([frame[top:bottom, left:right] for frame in frames]).astype(float)
    return boxes.std(axis=0).mean()


def test_the_larger_face_speaks(client, samples, tmp_path):
    """The smaller one keeps its mouth still."""
    picture = save(tmp_path / "two.png", two_people())
    job = client.submit(ls.lingdong.Generate(source=picture, audio=samples.speech))
    frames = watch(job.result(PATIENCE).path).frames
    moving = partial(motion, frames, frames[0].shape[0] / 256)

    (x, y), (left, top) = PORTRAIT_MOUTH, SMALL_AT
    assert moving(x / 2, y / 2, 10) > 3 * moving(left + x / 4, top + y / 4, 5)


@pytest.mark.parametrize("begins_with", ["a face", "no face"])
def test_frames_without_a_face_stay_as_they_are(client, samples, tmp_path, begins_with):
    """They are shown between those in which somebody speaks."""
    away = np.full((256, 512, 3), GREY, np.uint8)
    turns = [two_people()] * SHOWN + [away] * AWAY
    turns = turns[SHOWN:] + turns[:SHOWN] if begins_with == "no face" else turns
    source = clip(tmp_path / "gaps.mp4", turns * 2, 25, (512, 256))
    job = client.submit(ls.lingdong.Generate(source=source, audio=samples.speech))
    frames = watch(job.result(PATIENCE).path).frames

    first = 0 if begins_with == "no face" else SHOWN
    grey = frames[first + 1 : first + AWAY - 1]
    assert all(np.abs(frame.astype(float) - GREY).mean() < 8 for frame in grey)
