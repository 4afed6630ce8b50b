"""How fast a long speech is split, and its videos are looped and joined, against real time.

Run with ``pytest tests/benchmarks/test_editing.py``; the figures are printed.
"""

from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pytest
from faces import HELLO, face_video, speech
from peak_memory import peak_of

import lipsync_nb as ls
from lipsync_nb.editing.clip import Clip
from lipsync_nb.editing.sound import Sound, read_sound
from lipsync_nb.editing.writer import ClipWriter

SIZES = {"480p": (848, 480), "1080p": (1920, 1080)}
LEAST = {"split": 50.0, "480p": 1.0, "1080p": 0.2}
"""Seconds of media per second of a processor; these are a tenth of what is usual."""
MOST_MB = 1000
"""Peak memory of looping and joining clips in 1080p, all imports included."""


def timed(figure, name, seconds, work):
    """Run some work; return how many times as fast as real time it is, by the processors' time."""
    began, cpu = perf_counter(), process_time()
    work()
    clock, cpu = perf_counter() - began, process_time() - cpu
    figure(f"{name}: {seconds / clock:.1f} x real time ({seconds / cpu:.1f} x per processor)")
    return seconds / cpu


def test_ten_minutes_are_split(tmp_path, figure):
    """Of speech at 48,000 samples per second."""
    said = read_sound(speech(tmp_path / "said.wav", " ".join([HELLO] * 12)))
    samples = np.tile(said.converted(48_000, 1).samples, (1, 10))[:, : 600 * 48_000]
    Sound(samples, 48_000).write_wav(tmp_path / "long.wav")

    speed = timed(figure, "split", 600, lambda: ls.split(tmp_path / "long.wav", 30))

    assert speed > LEAST["split"]


@pytest.mark.parametrize("height", SIZES)
def test_a_minute_is_joined_and_looped(tmp_path, figure, height):
    """Six videos of ten seconds with sound; then one of them for a minute."""
    clip = parts(tmp_path, SIZES[height])

    joined = timed(figure, f"join in {height}", 60, lambda: ls.join([clip] * 6))
    looped = timed(figure, f"loop in {height}", 60, lambda: ls.loop(clip, 60))

    assert min(joined, looped) > LEAST[height]


@pytest.mark.parametrize("work", ["ls.join([clip] * 6)", "ls.loop(clip, 60)"])
def test_memory(tmp_path, figure, work):
    """A minute of 1080p does not take the memory of its frames, which is 5 GB."""
    clip = parts(tmp_path, SIZES["1080p"])

    _, megabytes = peak_of(f"import lipsync_nb as ls; clip = {str(clip)!r}; {work}")

    figure(f"{work} in 1080p: {megabytes:.0f} MB at most")
    assert megabytes < MOST_MB


def parts(folder: Path, size: tuple[int, int]) -> Path:
    """Ten seconds of a moving face, with sound."""
    face = Clip.open(face_video(folder / "face.mp4", 10, size=size))
    said = read_sound(speech(folder / "said.wav", " ".join([HELLO] * 3)))
    assert said is not None
    with ClipWriter(folder / "part.mp4", size, face.rate, said.of_length(10 * said.rate)) as writer:
        for _, frame in face.frames():
            writer.write(frame)
    return folder / "part.mp4"
