"""Cut faces out of frames, bring them to one size, and hold them still."""

from collections.abc import Iterable, Iterator, Sequence
from math import hypot

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.metrics.arrays import Crop, Luma
from lipsync_nb.compare.metrics.face_detection import FaceBox

SIDE = 96
"""Side of a crop in pixels. The mouth is then about 40 pixels wide and opens by 10."""
EYES_AND_NOSE = (slice(27, 65), slice(23, 73))
"""Rows and columns of eyes and nose. They move with the head, and hardly with speech."""
EYES_AND_BROWS = (slice(14, 48), slice(18, 78))
"""Rows and columns of eyes and brows, all above the lower half, which vendors may replace."""
SLACK = 13
"""Pixels that a head may be off its smoothed path."""
SAMPLES = 60
"""Number of crops from which the typical one is chosen."""


def crop_face(luma: Luma, face: FaceBox) -> Crop:
    """Cut a face out of a frame and scale it to `SIDE`."""
    reach = 0.75 * face.side
    left, top = max(0, int(face.x - reach)), max(0, int(face.y - reach))
    around = luma[top : int(face.y + reach) + 1, left : int(face.x + reach) + 1]
    shrink = max(1, int(face.side / SIDE))  # whole steps first, so that no pixel is skipped
    if shrink > 1:
        size = max(1, around.shape[1] // shrink), max(1, around.shape[0] // shrink)
        around = np.asarray(cv2.resize(around, size, interpolation=cv2.INTER_AREA), np.uint8)
    scale = SIDE / face.side
    shift_x, shift_y = SIDE / 2 - scale * (face.x - left), SIDE / 2 - scale * (face.y - top)
    return _warped(np.ascontiguousarray(around), scale * shrink, shift_x, shift_y)


def typical_crop(crops: Sequence[Crop]) -> Crop:
    """Return the crop whose eyes and nose are nearest to the median of all."""
    some = np.stack(crops[:: max(1, len(crops) // SAMPLES)])
    parts = some[:, *EYES_AND_NOSE].astype(np.float32)
    distances = np.abs(parts - np.median(parts, axis=0)).mean(axis=(1, 2))
    return np.asarray(some[np.argmin(distances)])


def stabilized(crops: Iterable[Crop], reference: Crop) -> Iterator[Crop]:
    """Yield the crops, moved so that eyes and nose are where they are in the reference.

    A crop is moved by the median of three shifts: its own and those of its neighbours. This
    removes single wrong matches.
    """
    template = np.ascontiguousarray(reference[EYES_AND_NOSE])
    found = ((crop, _shift(crop, template, EYES_AND_NOSE)) for crop in crops)
    for before, (crop, shift), after in _with_neighbours(found):
        x, y = np.median([before[1], shift, after[1]], axis=0)
        yield _warped(crop, 1.0, -x, -y)


def moved_by(one: Luma, other: Luma, face: FaceBox) -> float:
    """Return how far eyes and brows of one frame are from those of another, in sides of the face.

    Distances from 0.1 sides on are random.

    Args:
        one: A frame.
        other: Another frame of the same size.
        face: Where the face is in them, about.
    """
    template = np.ascontiguousarray(crop_face(other, face)[EYES_AND_BROWS])
    return hypot(*_shift(crop_face(one, face), template, EYES_AND_BROWS)) / SIDE


_Found = tuple[Crop, tuple[float, float]]


def _with_neighbours(found: Iterator[_Found]) -> Iterator[tuple[_Found, _Found, _Found]]:
    """Yield each item with the one before and the one after; the ends are repeated."""
    before = current = next(found, None)
    if before is None or current is None:
        return
    for after in found:
        yield before, current, after
        before, current = current, after
    yield before, current, current


def _shift(crop: Crop, template: Crop, part: tuple[slice, slice]) -> tuple[float, float]:
    """Return how far a part of a crop is from where the template has it, x and y, pixels."""
    rows, columns = (slice(side.start - SLACK, side.stop + SLACK) for side in part)
    around = np.ascontiguousarray(crop[rows, columns])
    fit = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED).astype(np.float64)
    _, _, _, (x, y) = cv2.minMaxLoc(fit)
    return x - SLACK + _subpixel(fit[y], x), y - SLACK + _subpixel(fit[:, x], y)


def _subpixel(fit: npt.NDArray[np.float64], top: int) -> float:
    """Return the offset of a curve's maximum from its largest sample, -0.5 to 0.5 samples."""
    if not 0 < top < len(fit) - 1:
        return 0.0
    before, here, after = (float(value) for value in fit[top - 1 : top + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _warped(picture: Crop, scale: float, shift_x: float, shift_y: float) -> Crop:
    pose = np.array([[scale, 0, shift_x], [0, scale, shift_y]], np.float32)
    moved = cv2.warpAffine(
        picture, pose, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)
