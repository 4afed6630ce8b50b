"""What a rendering is asked for, what it gives, and why it can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1, once per percent; what it raises ends the rendering."""


class BadMedia(ValueError):
    """A picture, sound, clip or presentation that cannot be read, with the reason."""


class NoFace(ValueError):
    """There is nobody in the picture who could speak."""


@dataclass(frozen=True)
class Style:
    """How a result looks and sounds; vendors differ in it."""

    height: int = 480
    """Height in pixels, made even; the width follows from the source's shape."""
    fps: int = 25
    crf: int = 23
    """x264's quality: 18 is very good, 28 coarse."""
    av_offset_ms: float = 0.0
    """How late the sound is against the mouth. The sound keeps its place, the mouth moves."""
    volume: int = 100
    """Percent of the speech's own loudness."""
    watermark: str = ""
    """Text across the lower left corner."""


@dataclass(frozen=True)
class Rendered:
    """The facts of a finished video."""

    width: int
    height: int
    fps: float
    duration_s: float


@dataclass(frozen=True)
class Scene:
    """One piece of a script."""

    text: str
    """What is said; empty for a scene without words."""
    media: Path | None = None
    """A picture or clip shown beside the speaker."""


def even(pixels: float) -> int:
    """The nearest even number of pixels, at least 2 (H.264 halves its colour planes)."""
    return max(2, round(pixels / 2) * 2)


class Steps:
    """Turns a count of frames into progress, reported once per percent."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total = max(1, total)
        self.progress = progress
        self.percent = -1

    def done(self, frames: int) -> None:
        """Say that so many frames are finished."""
        percent = 100 * frames // self.total
        if self.progress is not None and percent != self.percent:
            self.percent = percent
            self.progress(percent / 100)
