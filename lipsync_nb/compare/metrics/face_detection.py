"""Find faces in a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import get_ident

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import Luma

SCALE_STEP, NEIGHBOURS = 1.15, 4
"""Parameters of the Haar cascade: the factor between two sizes, and the overlapping hits that make
a face."""
SMALLEST_SHARE, SMALLEST_PIXELS = 0.1, 24
"""Smallest face, as a share of the frame's shorter side and in pixels of the shrunk frame. The
cascade was trained on 24 pixels."""
NEAR_MARGIN, NEAR_SHRINK, NEAR_GROWTH = 0.35, 0.75, 1.3
"""Where a known face is searched first: the margin around its box, as a share of its side, and the
limits of the new side, as factors of the old one."""


@dataclass(frozen=True, slots=True)
class FaceBox:
    """The square around a face: its centre and its side, pixels."""

    x: float
    y: float
    side: float

    def scaled(self, factor: float) -> "FaceBox":
        """Return the box in a frame that was scaled by a factor."""
        return FaceBox(self.x * factor, self.y * factor, self.side * factor)

    def overlaps(self, other: "FaceBox") -> bool:
        """Return whether the centre of one box lies in the other one."""
        apart = max(abs(self.x - other.x), abs(self.y - other.y))
        return apart < max(self.side, other.side) / 2

    def distance(self, other: "FaceBox") -> float:
        """Return the difference from another box, in place and size together, pixels."""
        return abs(self.x - other.x) + abs(self.y - other.y) + abs(self.side - other.side)


def find_faces(
    small: Luma, shrink: float, known: Sequence[FaceBox], *, everywhere: bool
) -> list[FaceBox | None]:
    """Find the known faces again, and new ones.

    Args:
        small: The frame, shrunk.
        shrink: The factor by which it was shrunk.
        known: Where the faces were a moment ago, in pixels of the full frame.
        everywhere: Whether to search the whole frame. Known faces are searched where they were.

    Returns:
        The known faces in their order, ``None`` for one that was not found; then the new ones,
        largest first.
    """
    found = [min(_near(small, shrink, face), key=face.distance, default=None) for face in known]
    if not everywhere and any(found):
        return found
    smallest = max(SMALLEST_PIXELS, int(SMALLEST_SHARE * min(small.shape)))
    others = _detect(small, (0, 0), shrink, smallest, min(small.shape))
    for index, face in enumerate(known):
        if found[index] is None:
            same = [other for other in others if face.overlaps(other)]
            found[index] = min(same, key=face.distance, default=None)
    places = [box or face for box, face in zip(found, known, strict=True)]
    new = [other for other in others if not any(map(other.overlaps, places))]
    return [*found, *sorted(new, key=lambda face: face.side, reverse=True)]


def _near(small: Luma, shrink: float, known: FaceBox) -> list[FaceBox]:
    side = known.side / shrink
    reach = side * (0.5 + NEAR_MARGIN)
    left, top = (max(0, int(at / shrink - reach)) for at in (known.x, known.y))
    right, bottom = (int(at / shrink + reach) for at in (known.x, known.y))
    around = small[top:bottom, left:right]
    return _detect(around, (left, top), shrink, int(NEAR_SHRINK * side), int(NEAR_GROWTH * side))


def _detect(
    small: Luma, corner: tuple[int, int], shrink: float, smallest: int, largest: int
) -> list[FaceBox]:
    if min(small.shape, default=0) < smallest:
        return []
    boxes = _cascade(get_ident()).detectMultiScale(
        np.ascontiguousarray(small),
        SCALE_STEP,
        NEIGHBOURS,
        minSize=(smallest, smallest),
        maxSize=(largest, largest),
    )
    return [
        FaceBox(
            (x + side / 2 + corner[0]) * shrink, (y + side / 2 + corner[1]) * shrink, side * shrink
        )
        for x, y, side, _ in np.asarray(boxes).tolist()
    ]


@lru_cache(maxsize=16)
def _cascade(thread: int) -> cv2.CascadeClassifier:  # noqa: ARG001 - it is not thread-safe
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))
