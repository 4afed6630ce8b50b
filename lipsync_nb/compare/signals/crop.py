"""Faces cut out of frames, all of one size, and kept still."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.signals.arrays import Crop, Luma

SIDE = 96
"""Pixels of a crop's side; the mouth is then about 40 wide, and opens by 10."""
KEEP = (slice(27, 65), slice(23, 73))
"""Rows and columns of eyes and nose: they move with the head, hardly with speech."""
SLACK = 13
"""Pixels that a head may move about its smoothed course."""
AROUND = tuple(slice(part.start - SLACK, part.stop + SLACK) for part in KEEP)
"""Rows and columns where eyes and nose are looked for."""
SAMPLES = 60
"""Faces that are looked at to find the most usual one."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square about a face, pixels: its middle and its side."""

    x: float
    y: float
    side: float

    def distance(self, other: "Square") -> float:
        """How far another one is off, in place and size together."""
        return abs(self.x - other.x) + abs(self.y - other.y) + abs(self.side - other.side)


def cut(luma: Luma, face: Square) -> Crop:
    """Cut a face out, and bring it to the size of all crops."""
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


def most_usual(crops: Sequence[Crop]) -> Crop:
    """Return the crop whose eyes and nose are nearest to the median of all."""
    some = np.stack(crops[:: max(1, len(crops) // SAMPLES)])
    kept = some[:, *KEEP].astype(np.float32)
    distances = np.abs(kept - np.median(kept, axis=0)).mean(axis=(1, 2))
    return np.asarray(some[np.argmin(distances)])


def steadied(crops: Iterable[Crop], reference: Crop) -> Iterator[Crop]:
    """Yield the crops with eyes and nose where they are in the reference.

    A crop's shift is the median of its own and its neighbours', against single mismatches.
    """
    template = np.ascontiguousarray(reference[KEEP])
    found = ((crop, _shift(crop, template)) for crop in crops)
    for before, (crop, shift), after in _with_neighbours(found):
        x, y = np.median([before[1], shift, after[1]], axis=0)
        yield _warped(crop, 1.0, -x, -y)


_Found = tuple[Crop, tuple[float, float]]


def _with_neighbours(found: Iterator[_Found]) -> Iterator[tuple[_Found, _Found, _Found]]:
    """Yield each item between its neighbours; the ends are their own neighbours."""
    before = current = next(found, None)
    if before is None or current is None:
        return
    for after in found:
        yield before, current, after
        before, current = current, after
    yield before, current, current


def _shift(crop: Crop, template: Crop) -> tuple[float, float]:
    """Return by how much eyes and nose are off, x and y, pixels."""
    around = np.ascontiguousarray(crop[AROUND])
    fit = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED).astype(np.float64)
    _, _, _, (x, y) = cv2.minMaxLoc(fit)
    return x - SLACK + _between(fit[y], x), y - SLACK + _between(fit[:, x], y)


def _between(fit: npt.NDArray[np.float64], top: int) -> float:
    """Return where between the samples a curve has its top, -0.5 to 0.5."""
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
