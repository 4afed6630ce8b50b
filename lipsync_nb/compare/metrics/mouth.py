"""Track the mouth, frame by frame, in stabilized crops of a face."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import Crop, Track

MOUTH = (slice(58, 92), slice(24, 72))
"""Rows and columns of the crop where the mouth is."""
UPPER_FACE = (slice(14, 48), slice(20, 76))
"""Rows and columns of eyes and brows. A change there comes from the head or the lighting."""
FLOW = (slice(50, 96), slice(16, 80))
"""Rows and columns of the crop where optical flow is computed."""
UPPER_LIP, LOWER_LIP = (slice(2, 14), slice(16, 48)), (slice(26, 44), slice(16, 48))
"""Rows and columns within `FLOW`; the lower lip includes the chin."""
DARK = 0.55
"""Share of the median of the mouth region. The inside of an open mouth is darker."""
HEAD_SHARE = 0.5
"""Change around the mouth of a silent head that moves, as a share of the upper face's change."""
STILL = 0.1
"""Mean change, grey levels, below which only encoding noise is left. Speech has 2 or 3."""


@dataclass(frozen=True)
class MouthTrack:
    """The mouth in each frame.

    Attributes:
        darkness: How much darker than the median the dark parts are on average, as a share of it.
        change: Mean change from the frame before, grey levels, less the change of the head.
        opening: Cumulative motion of the lower lip away from the upper lip, pixels.
    """

    darkness: Track
    change: Track
    opening: Track

    @property
    def still(self) -> bool:
        """Whether the mouth does not move at all."""
        return bool(self.change.mean() < STILL)


def track_mouth(crops: Iterable[Crop]) -> MouthTrack:
    """Track the mouth through stabilized crops of a face."""
    darkness, change, opening = [], [], []
    before: Crop | None = None
    for crop in crops:
        before = crop if before is None else before
        darkness.append(_darkness(crop))
        change.append(_change(before, crop))
        opening.append(_opening(before, crop))
        before = crop
    return MouthTrack(np.array(darkness), np.array(change), np.cumsum(opening))


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
