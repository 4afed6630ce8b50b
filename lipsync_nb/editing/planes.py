"""The planes Y, U and V of frames in ``yuv420p``: cut, scaled and put onto each other."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from lipsync_nb.editing.clip import Size

Plane = npt.NDArray[np.uint8]
"""Shape (height, width); U and V have half the sides of Y."""

STEPS = (1, 2, 2)
"""Pixels of the frame for each pixel of a plane, along a side."""
SCALER = "BICUBIC"
"""Sharper than FFmpeg's default, and without the ringing of Lanczos."""
BLURRED = 24
"""Pixels of the shorter side to which a picture is shrunk, and enlarged again, to blur it."""


class Box(NamedTuple):
    """A part of a frame in pixels, all even."""

    left: int
    top: int
    width: int
    height: int


def planes_of(frame: Any) -> list[Plane]:
    """Return a copy of the planes of PyAV's frame in ``yuv420p``."""
    flat, whole = frame.to_ndarray().reshape(-1), frame.width * frame.height
    half = frame.height // 2, frame.width // 2
    luma, first, second = np.split(flat, [whole, whole * 5 // 4])
    return [luma.reshape(frame.height, frame.width), first.reshape(half), second.reshape(half)]


def frame_of(planes: Sequence[Plane], like: Any) -> Any:
    """Return planes as PyAV's frame, whose colours mean the same as those of another one."""
    flat = np.concatenate([plane.reshape(-1) for plane in planes])
    frame = av.VideoFrame.from_ndarray(flat.reshape(-1, planes[0].shape[1]), format="yuv420p")
    return _coloured(frame, like)


def _coloured(frame: Any, like: Any) -> Any:
    frame.colorspace, frame.color_range = like.colorspace, like.color_range
    return frame


def cut(frame: Any, box: Box) -> Any:
    """Return a part of a frame."""
    if (box.width, box.height) == (frame.width, frame.height):
        return frame
    parts = zip(planes_of(frame), STEPS, strict=True)
    return frame_of([part(plane, box, step) for plane, step in parts], frame)


def part(plane: Plane, box: Box, step: int) -> Plane:
    """Return a part of a plane, which has a pixel for each of so many pixels of the frame."""
    left, top, width, height = box
    return plane[top // step : (top + height) // step, left // step : (left + width) // step]


def put(frame: Any, on: Any, box: Box) -> Any:
    """Return a frame with another one on it, whose size is the box's."""
    under = planes_of(on)
    for plane, over, step in zip(under, planes_of(frame), STEPS, strict=True):
        part(plane, box, step)[:] = over
    return frame_of(under, frame)


def scaled(frame: Any, size: Size, scaler: str = SCALER) -> Any:
    """Return a frame in another size."""
    if size == (frame.width, frame.height):
        return frame
    return _coloured(frame.reformat(*size, interpolation=scaler), frame)


def blurred(frame: Any, size: Size) -> Any:
    """Return a frame in another size, so blurred that nothing can be recognised."""
    shrink = BLURRED / min(size)
    small = [max(2, round(side * shrink / 2) * 2) for side in size]
    return scaled(scaled(frame, (small[0], small[1]), "AREA"), size, "GAUSS")


def picture_frame(picture: Image.Image, like: Any) -> Any:
    """Return a picture with even sides as a frame, in the colours of another one."""
    rgb = av.VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), format="rgb24")
    space = Colorspace.ITU709 if like.colorspace == Colorspace.ITU709 else Colorspace.ITU601
    is_full = like.color_range == ColorRange.JPEG
    frame = rgb.reformat(format="yuvj420p" if is_full else "yuv420p", dst_colorspace=space)
    return frame_of(planes_of(frame), like)
