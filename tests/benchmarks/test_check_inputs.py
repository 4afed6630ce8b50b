"""What the free check costs: a few frames of a clip are searched, whatever its length.

Run with ``pytest tests/benchmarks/test_check_inputs.py``; the figures are printed.
"""

from time import process_time

import faces
import numpy as np
import pytest
import skimage.data
from unusual_media import recording

from lipsync_nb.checks.faces import look_for_faces
from lipsync_nb.checks.sounds import measure
from lipsync_nb.files import LocalFile

FPS = 25
SECONDS_PER_CLIP = 20.0
"""Of a processor; 1 to 5 are usual."""
SECONDS_PER_MINUTE = 2.0
"""Of a processor, for a minute of sound; 0.3 are usual."""


@pytest.mark.parametrize("seconds", [4, 60])
@pytest.mark.parametrize("shown", ["a face", "nobody"])
def test_a_clip_in_hd(tmp_path, figure, shown, seconds):
    """With a face it takes less: the search ends where one is found."""
    frame = np.full((1080, 1920, 3), 128, np.uint8)
    rows, columns = np.mgrid[:1080, :1920]
    frame[..., 0] = (rows * columns) % 251  # what a search has to look at
    if shown == "a face":
        frame[200:712, 700:1212] = skimage.data.astronaut()
    frames = (np.roll(frame, number % 8, axis=1) for number in range(seconds * FPS))
    path = faces.clip(tmp_path / "clip.mp4", frames, FPS, (1920, 1080))

    began = process_time()
    seen = look_for_faces(LocalFile.of(path))
    spent = process_time() - began

    assert all(bool(sight.faces) == (shown == "a face") for sight in seen.frames)
    figure(f"{shown} in {seconds} s of 1080p: looked for in {spent:.1f} s of a processor")
    assert spent < SECONDS_PER_CLIP


@pytest.mark.parametrize(("codec", "ending"), [("pcm_s16le", "wav"), ("mp3", "mp3")])
def test_a_minute_of_sound(tmp_path, figure, codec, ending):
    """Only the first five minutes of a longer one are measured."""
    path = recording(tmp_path / f"minute.{ending}", codec, seconds=60)

    began = process_time()
    assert measure(LocalFile.of(path)) is not None
    spent = process_time() - began

    figure(f"a minute of {ending}: measured in {spent:.2f} s of a processor")
    assert spent < SECONDS_PER_MINUTE
