"""Scales a frame into another size, with black bars where the shapes differ."""

from typing import Any

import av
import numpy as np

from lipsync_nb.editing.clip import Size

BLACK, FULL_BLACK, NO_COLOUR = 16, 0, 128
"""The values of black in video's range and in the full one, and those of no colour."""


def letterboxed(frame: Any, size: Size) -> Any:
    """Return a frame of ``yuv420p``, PyAV's, scaled into a size with even sides.

    Its shape is kept; what is not covered is black.
    """
    if (frame.width, frame.height) == size:
        return frame
    inner = _inside((frame.width, frame.height), size)
    scaled = frame.reformat(*inner, interpolation="BICUBIC")
    if inner == size:
        return scaled
    is_full = frame.color_range == av.video.reformatter.ColorRange.JPEG
    values = (FULL_BLACK if is_full else BLACK, NO_COLOUR, NO_COLOUR)
    planes = [
        _placed(plane, (size[1] // share, size[0] // share), value)
        for plane, share, value in zip(_planes(scaled), (1, 2, 2), values, strict=True)
    ]
    pixels = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(-1, size[0])
    made = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    return made


def _placed(plane: Any, shape: tuple[int, int], value: int) -> Any:
    """Return a plane in the middle of a larger one."""
    whole = np.full(shape, value, np.uint8)
    top, left = ((large - small) // 2 for large, small in zip(shape, plane.shape, strict=True))
    whole[top : top + plane.shape[0], left : left + plane.shape[1]] = plane
    return whole


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


def _planes(frame: Any) -> list[Any]:
    """Return the planes of a frame: brightness, and the two of colour, of half its sides."""
    width, height = frame.width, frame.height
    data = frame.to_ndarray().reshape(-1)
    colour = (height // 2, width // 2)
    bright, blue, red = np.split(data, [width * height, width * height * 5 // 4])
    return [bright.reshape(height, width), blue.reshape(colour), red.reshape(colour)]
