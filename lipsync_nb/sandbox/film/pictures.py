"""Pictures and clips as RGB arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from lipsync_nb.sandbox.film.decode import opened, until_broken
from lipsync_nb.sandbox.film.spec import BadMedia, even

Pixels = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

WIDEST = 4096
"""Width in pixels; a panorama is made lower rather than wider than this."""

Number = TypeVar("Number", bound=np.generic)

UNREADABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for files that are no pictures, or broken, or absurdly large."""


@dataclass(frozen=True)
class Rectangle:
    """Whole pixels: ``left`` and ``top`` are inside, ``right`` and ``bottom`` just outside."""

    left: int
    top: int
    right: int
    bottom: int

    def of(self, pixels: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """This part of a picture, as a view."""
        return pixels[self.top : self.bottom, self.left : self.right]


def read_picture(path: Path, height: int | None = None) -> Pixels:
    """Decode a picture: upright as its camera says, transparent parts white.

    Args:
        path: A file of any format that Pillow reads.
        height: Scale to about this height and an even size, in pixels.

    Raises:
        BadMedia: Not a picture, or a broken one.
    """
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except UNREADABLE as error:
        raise BadMedia(f"{path.name} is not a readable picture") from error
    paper = Image.new("RGBA", upright.size, "white")
    opaque = Image.alpha_composite(paper, upright).convert("RGB")
    if height is not None:
        opaque = opaque.resize(
            even_size(opaque.width, opaque.height, height), Image.Resampling.LANCZOS
        )
    return np.array(opaque)


def is_picture(path: Path) -> bool:
    """Whether a file is a still picture (a clip or a sound is not)."""
    try:
        with Image.open(path):
            return True
    except UNREADABLE:
        return False


def even_size(width: float, height: float, new_height: int) -> tuple[int, int]:
    """Width and height at about ``new_height``, in the old shape, even, not absurdly wide."""
    scale = min(even(new_height) / height, WIDEST / width)
    return even(width * scale), even(height * scale)


def read_frames(path: Path) -> Iterator[tuple[float, Any]]:
    """A clip's frames (PyAV's) with their times in seconds, the first at 0.

    A clip that breaks off gives the frames before the break.

    Raises:
        BadMedia: Unreadable, or without pictures.
    """
    start: float | None = None
    with opened(path) as container:
        if not container.streams.video:
            raise BadMedia(f"{path.name} has no pictures")
        container.streams.video[0].thread_type = "AUTO"
        for frame in until_broken(container, "video"):
            time = frame.time or 0.0
            start = time if start is None else start
            yield time - start, frame
    if start is None:
        raise BadMedia(f"{path.name} has no readable frame")


def shown_size(frame: Any) -> tuple[int, int]:
    """Width and height of a PyAV frame as it is to be shown (phones store clips turned)."""
    turned = frame.rotation % 180 != 0
    return (frame.height, frame.width) if turned else (frame.width, frame.height)


def frame_pixels(frame: Any, width: int, height: int) -> Pixels:
    """A PyAV frame as RGB, upright, scaled to this size."""
    quarter_turns = round(frame.rotation / 90) % 4
    across, down = (height, width) if quarter_turns % 2 else (width, height)
    way = "AREA" if down < frame.height else "BICUBIC"
    scaled = frame.reformat(across, down, "rgb24", interpolation=way).to_ndarray()
    return np.ascontiguousarray(np.rot90(scaled, quarter_turns))
