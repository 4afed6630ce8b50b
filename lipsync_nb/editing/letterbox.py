"""Scales a frame into another size, with black bars where the shapes differ."""

from typing import Any

import numpy as np

from lipsync_nb.editing.clip import FULL_RANGE, Size
from lipsync_nb.editing.planes import STEPS, Box, frame_of, put, scaled

BLACK, FULL_BLACK, NO_COLOUR = 16, 0, 128
"""The values of black in video's range and in the full one, and those of no colour."""


def letterboxed(frame: Any, size: Size) -> Any:
    """Return a frame of ``yuv420p``, PyAV's, scaled into a size with even sides.

    Its shape is kept; what is not covered is black.
    """
    width, height = inner = _inside((frame.width, frame.height), size)
    if inner == size:
        return scaled(frame, size)
    to = Box((size[0] - width) // 2, (size[1] - height) // 2, width, height)
    return put(scaled(frame, inner), _black(frame, size), to)


def _black(frame: Any, size: Size) -> Any:
    """Return a black frame in the range of another one."""
    values = FULL_BLACK if frame.color_range == FULL_RANGE else BLACK, NO_COLOUR, NO_COLOUR
    planes = [
        np.full((size[1] // step, size[0] // step), value, np.uint8)
        for step, value in zip(STEPS, values, strict=True)
    ]
    return frame_of(planes, frame)


def _inside(own: Size, size: Size) -> Size:
    """Return the largest size of the same shape.

    Its sides are even, and so is what is left on each side: colours have half as many pixels.
    """
    scale = min(size[0] / own[0], size[1] / own[1])
    width, height = (
        max(2, min(whole, whole - 4 * round((whole - side * scale) / 4)))
        for whole, side in zip(size, own, strict=True)
    )
    return width, height
