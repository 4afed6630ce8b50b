"""What a mouth does, frame by frame, in crops of a face that is kept still."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.signals.arrays import Crop, Track, TrackMatrix

MOUTH = (slice(58, 92), slice(24, 72))
"""Rows and columns of the crop where the mouth is."""
UPPER_FACE = (slice(14, 48), slice(20, 76))
"""Rows and columns of eyes and brows: what moves there is the head or the light."""
FLOW = (slice(50, 96), slice(16, 80))
"""Rows and columns of the crop where optical flow is looked for."""
UPPER_LIP, LOWER_LIP = (slice(2, 14), slice(16, 48)), (slice(26, 44), slice(16, 48))
"""Rows and columns within `FLOW`; the lower one takes the chin in."""
DARK = 0.55
"""Share of the mouth region's median: the inside of an open mouth is darker."""
HEAD_SHARE = 0.5
"""Share of the upper face's change that a head which moves and is silent has about the mouth."""
PATCH_SIZE, PATCH_BLUR = (16, 12), 1.2
"""Pixels of the mouth for the principal components, width and height, and of the blur before."""
COMPONENTS = 8
"""Principal components of the mouth's look that are kept."""
STILL = 0.1
"""Mean change, grey levels, below which only encoding changes; speech has 2 or 3."""


@dataclass(frozen=True)
class Mouth:
    """A mouth's course.

    Attributes:
        darkness: Mean depth of the dark parts, as a share of the median.
        change: Mean change since the frame before, grey levels, the head's own taken off.
        opening: How far the lower lip went down against the upper one, pixels, summed up.
        components: Principal components of its look, shape (n, COMPONENTS).
    """

    darkness: Track
    change: Track
    opening: Track
    components: TrackMatrix

    @property
    def still(self) -> bool:
        """Whether it does not move at all."""
        return bool(self.change.mean() < STILL)


def follow(crops: Iterable[Crop]) -> Mouth:
    """Follow the mouth through the crops of a face that is kept still."""
    darkness, change, opening, patches = [], [], [], []
    before: Crop | None = None
    for crop in crops:
        before = crop if before is None else before
        darkness.append(_darkness(crop))
        change.append(_change(before, crop))
        opening.append(_opening(before, crop))
        patches.append(_patch(crop))
        before = crop
    return Mouth(
        np.array(darkness), np.array(change), np.cumsum(opening), _components(np.stack(patches))
    )


def _darkness(crop: Crop) -> float:
    mouth = crop[MOUTH].astype(np.float32)
    usual = max(1.0, float(np.median(mouth)))
    return float(np.maximum(0, DARK * usual - mouth).mean() / usual)


def _change(before: Crop, crop: Crop) -> float:
    mouth, head = (
        cv2.norm(before[part], crop[part], cv2.NORM_L1) / crop[part].size
        for part in (MOUTH, UPPER_FACE)
    )
    return max(0.0, mouth - HEAD_SHARE * head)


def _opening(before: Crop, crop: Crop) -> float:
    flow = np.asarray(
        cv2.calcOpticalFlowFarneback(before[FLOW], crop[FLOW], None, 0.5, 2, 9, 2, 5, 1.1, 0)  # type: ignore[call-overload]
    )
    return float(flow[*LOWER_LIP, 1].mean() - flow[*UPPER_LIP, 1].mean())


def _patch(crop: Crop) -> npt.NDArray[np.float32]:
    soft = cv2.GaussianBlur(crop[MOUTH], (0, 0), PATCH_BLUR)
    small = np.asarray(cv2.resize(soft, PATCH_SIZE, interpolation=cv2.INTER_AREA), np.float32)
    return np.asarray((small - small.mean()).ravel())


def _components(patches: npt.NDArray[np.float32]) -> TrackMatrix:
    """Return the patches' strongest principal components, shape (n, COMPONENTS)."""
    centred = patches - patches.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
    return np.asarray(centred @ vectors[:, : -COMPONENTS - 1 : -1], np.float64)
