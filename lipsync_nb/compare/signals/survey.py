"""The first look at a clip: its times, what moves at all, and where the face is."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import get_ident

import cv2
import numpy as np

from lipsync_nb.compare.signals.arrays import Crop, Luma, Times
from lipsync_nb.compare.signals.crop import Square, cut
from lipsync_nb.compare.signals.decode import luma_frames
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.media import Media

LOOK_EVERY = 5
"""Frames between two searches for the face: heads are slow."""
SEARCH_SIDE = 240
"""Pixels; the frame's shorter side is shrunk to it for the search."""
SCALE_STEP, NEIGHBOURS = 1.15, 4
"""Factor between two sizes searched for, and overlapping hits that make a face."""
SMALLEST_SHARE, SMALLEST_PIXELS = 0.1, 24
"""Smallest face, as a share of the frame's shorter side and in pixels of the shrunk frame; the
cascade was trained on 24."""
NEAR_MARGIN, NEAR_SHRINK, NEAR_GROWTH = 0.35, 0.75, 1.3
"""Where a face seen before is looked for: the margin around its box, as a share of its side, and
the factors of its side between which it may lie."""
BLOCK = 16
"""Pixels of the shrunk frame: a mouth fills about one such block."""
SAME = 0.5
"""Grey levels that a block differs by on average: if all are below, encoding alone changed them."""
VARIES = 0.15
"""Deviation of the frames' intervals, as a share of their mean, from which on the rate varies."""


@dataclass
class Survey:
    """What the first look at a clip tells.

    Attributes:
        width: Width of the frames, pixels.
        height: Height of the frames, pixels.
        stamps: Presentation times, seconds.
        changes: Largest mean difference of a block to the frame before, grey levels.
        faces: The face found, by the frame's index.
        crops: These faces, cut out.
        looks: How many frames were searched.
    """

    width: int = 0
    height: int = 0
    stamps: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    faces: dict[int, Square] = field(default_factory=dict)
    crops: list[Crop] = field(default_factory=list)
    looks: int = 0

    @property
    def times(self) -> Times:
        """Presentation times since the first frame's, seconds, shape (n,)."""
        return np.asarray(self.stamps) - self.stamps[0]

    @property
    def fps(self) -> float:
        """Frames per second, the average; `Missing` for a single frame."""
        return (len(self.stamps) - 1) / self._span

    @property
    def vfr(self) -> bool:
        """Whether the frame rate varies; `Missing` for a single frame."""
        mean = self._span / (len(self.stamps) - 1)
        return bool(np.std(np.diff(self.stamps)) > VARIES * mean)

    @property
    def duration_s(self) -> float:
        """To the end of the last frame; `Missing` for a single frame."""
        return self._span + float(np.median(np.diff(self.stamps)))

    @property
    def frozen(self) -> float:
        """Share of the frames that equal the one before; `Missing` for a single frame."""
        if not self.changes:
            raise Missing("a single frame")
        return float(np.mean(np.asarray(self.changes) < SAME))

    @property
    def face_found(self) -> float:
        """Share of the searched frames with a face."""
        return len(self.faces) / self.looks

    @property
    def _span(self) -> float:
        if len(self.stamps) < 2:  # noqa: PLR2004 - an interval has two ends
            raise Missing("a single frame")
        if not (span := self.stamps[-1] - self.stamps[0]) > 0:
            raise Missing("the frames bear no times")
        return span


def survey(media: Media) -> Survey:
    """Look through a clip.

    Raises:
        Missing: It is none.
    """
    result, known, before = Survey(), None, None
    for index, (time_s, luma) in enumerate(luma_frames(media)):
        result.height, result.width = luma.shape
        result.stamps.append(time_s)
        small, shrink = _shrunk(luma)
        if before is not None:
            result.changes.append(_change(small, before))
        before = small
        if index % LOOK_EVERY == 0:
            result.looks += 1
            if (face := find_face(small, shrink, known)) is not None:
                result.faces[index] = known = face
                result.crops.append(cut(luma, face))
    return result


def find_face(small: Luma, shrink: float, known: Square | None) -> Square | None:
    """Find the face seen before, else the largest.

    Args:
        small: The frame, shrunk.
        shrink: The factor by which it was shrunk.
        known: Where the face was a moment ago, in the frame's own pixels.
    """
    if known is not None and (near := _near(small, shrink, known)):
        return min(near, key=known.distance)
    least = max(SMALLEST_PIXELS, int(SMALLEST_SHARE * min(small.shape)))
    found = _detect(small, (0, 0), shrink, least, min(small.shape))
    if known is not None:
        return min(found, key=known.distance, default=None)
    return max(found, key=lambda face: face.side, default=None)


def _change(small: Luma, before: Luma) -> float:
    height, width = (max(1, round(side / BLOCK)) for side in small.shape)
    blocks = cv2.resize(
        cv2.absdiff(small, before).astype(np.float32), (width, height), interpolation=cv2.INTER_AREA
    )
    return float(np.max(blocks))


def _near(small: Luma, shrink: float, known: Square) -> list[Square]:
    side = known.side / shrink
    reach = side * (0.5 + NEAR_MARGIN)
    left, top = (max(0, int(at / shrink - reach)) for at in (known.x, known.y))
    right, bottom = (int(at / shrink + reach) for at in (known.x, known.y))
    around = small[top:bottom, left:right]
    return _detect(around, (left, top), shrink, int(NEAR_SHRINK * side), int(NEAR_GROWTH * side))


def _detect(
    small: Luma, corner: tuple[int, int], shrink: float, least: int, most: int
) -> list[Square]:
    if min(small.shape, default=0) < least:
        return []
    boxes = _cascade(get_ident()).detectMultiScale(
        np.ascontiguousarray(small),
        SCALE_STEP,
        NEIGHBOURS,
        minSize=(least, least),
        maxSize=(most, most),
    )
    return [
        Square(
            (x + side / 2 + corner[0]) * shrink, (y + side / 2 + corner[1]) * shrink, side * shrink
        )
        for x, y, side, _ in np.asarray(boxes).tolist()
    ]


def _shrunk(luma: Luma) -> tuple[Luma, float]:
    shrink = max(1.0, min(luma.shape) / SEARCH_SIDE)
    height, width = (max(1, round(side / shrink)) for side in luma.shape)
    if shrink == 1.0:
        return luma.copy(), shrink  # the decoder's own memory is used again
    small = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), shrink


@lru_cache(maxsize=16)
def _cascade(thread: int) -> cv2.CascadeClassifier:  # noqa: ARG001 - each has its own, as it must
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))
