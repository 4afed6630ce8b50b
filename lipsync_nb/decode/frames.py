"""Frames of clips as they are to be shown: upright, not mirrored, with square pixels."""

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Pixels: TypeAlias = "npt.NDArray[np.uint8]"
"""Shape (height, width, 3) for RGB, (height, width) for grey."""

MOST_OBLONG = 4.0
"""The largest ratio of a pixel's sides that is believed; those of video formats are below 3."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How the pixels of a stored frame are moved to show it.

    Attributes:
        transposed: Whether rows become columns. It is done first.
        mirrored: Whether left and right are exchanged.
        flipped: Whether top and bottom are exchanged.
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    @classmethod
    def of(cls, frame: Any) -> "Turn":
        """Read a frame's display matrix (ISO 14496-12, 6.2.2): x' = a x + c y, y' = b x + d y.

        PyAV's `rotation` is right for matrices that do not mirror.
        """
        matrix = frame.side_data.get("DISPLAYMATRIX")
        if matrix is None:
            return cls()
        a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(transposed=True, mirrored=c < 0, flipped=b < 0)
        return cls(mirrored=a < 0, flipped=d < 0)

    def shown(self, pixels: Pixels) -> Pixels:
        """Return the pixels as they are to be shown."""
        if self.transposed:
            pixels = pixels.swapaxes(0, 1)
        if self.mirrored:
            pixels = pixels[:, ::-1]
        if self.flipped:
            pixels = pixels[::-1]
        return pixels.copy()  # in the order of memory that PyAV and Pillow want


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as it is to be shown.

    Attributes:
        frame: The decoded frame, PyAV's.
        turn: How its pixels are moved.
        oblong: The width of its pixels by their height.
    """

    frame: Any
    turn: Turn
    oblong: float

    @classmethod
    def of(cls, frame: Any, track: Any) -> "Shown":
        """Return a frame of a track, both PyAV's."""
        oblong = float(track.sample_aspect_ratio or 1)
        is_believed = 1 / MOST_OBLONG <= oblong <= MOST_OBLONG
        return cls(frame, Turn.of(frame), oblong if is_believed else 1.0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = max(1, round(self.frame.width * self.oblong)), self.frame.height
        return (height, width) if self.turn.transposed else (width, height)

    def pixels(self, size: tuple[int, int] | None = None, format: str = "rgb24") -> Pixels:  # noqa: A002 - PyAV's word
        """Return the pixels, scaled.

        Args:
            size: Width and height in pixels; by default `size`.
            format: FFmpeg's name of an 8-bit format: ``"rgb24"`` or ``"gray"``.
        """
        width, height = size or self.size
        stored = (height, width) if self.turn.transposed else (width, height)
        method = "AREA" if stored[1] < self.frame.height else "BICUBIC"
        scaled = self.frame.reformat(*stored, format, interpolation=method)
        return self.turn.shown(scaled.to_ndarray())
