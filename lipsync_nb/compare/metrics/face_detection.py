"""Find a face in a frame."""

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

    def distance(self, other: "FaceBox") -> float:
        """Return the difference from another box, in place and size together, pixels."""
        return abs(self.x - other.x) + abs(self.y - other.y) + abs(self.side - other.side)


def find_face(small: Luma, shrink: float, known: FaceBox | None) -> FaceBox | None:
    """Find the face that is nearest to the known one, or else the largest face.

    Args:
        small: The frame, shrunk.
        shrink: The factor by which it was shrunk.
        known: Where the face was a moment ago, in pixels of the full frame.
    """
    if known is not None and (near := _near(small, shrink, known)):
        return min(near, key=known.distance)
    smallest = max(SMALLEST_PIXELS, int(SMALLEST_SHARE * min(small.shape)))
    found = _detect(small, (0, 0), shrink, smallest, min(small.shape))
    if known is not None:
        return min(found, key=known.distance, default=None)
    return max(found, key=lambda face: face.side, default=None)


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
