"""Clips of which each frame shows its own number, as a level of grey."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from lipsync_nb.editing.sound import Sound
from lipsync_nb.editing.writer import ClipWriter

DARKEST, STEP = 24, 2
"""The grey of number 0, and from one number to the next: up to 100 numbers."""


def frame(number: int, size: tuple[int, int] = (64, 48)) -> av.VideoFrame:
    """A frame of one grey."""
    pixels = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
    pixels[: size[1]] = DARKEST + STEP * number
    return av.VideoFrame.from_ndarray(pixels, format="yuv420p")


def numbered(
    path: Path,
    numbers: Iterable[int],
    rate: Fraction | int = 25,
    *,
    size: tuple[int, int] = (64, 48),
    sound: Sound | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """Write a clip of such frames."""
    with ClipWriter(path, size, Fraction(rate), sound, tags) as writer:
        for number in numbers:
            writer.write(frame(number, size))
    return path


def numbers(path: Path) -> list[int]:
    """Read the numbers of a clip's frames, from their middle."""
    with av.open(str(path)) as container:
        greys = [
            shown.to_ndarray(format="yuv420p")[shown.height // 2, shown.width // 2]
            for shown in container.decode(video=0)
        ]
    return [round((int(grey) - DARKEST) / STEP) for grey in greys]


def hum(seconds: Fraction | float, rate: int = 48_000, hz: float = 220.0) -> Sound:
    """A quiet tone."""
    at = np.arange(round(seconds * rate))
    return Sound(np.float32(0.2 * np.sin(2 * np.pi * hz * at / rate))[None], rate)
