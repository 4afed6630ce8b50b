"""Similarity of the upper face to that of the face which was given."""

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import Crop
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.face_crop import SIDE, typical_crop
from lipsync_nb.compare.metrics.frame_scan import Scan

UPPER_FACE = (slice(16, 50), slice(18, 78))
"""Rows and columns of the crop where eyes and brows are."""
SLACK = 10
"""Pixels that eyes and brows may be off."""
AROUND = tuple(slice(part.start - SLACK, part.stop + SLACK) for part in UPPER_FACE)
"""Rows and columns where eyes and brows are searched."""
SCALES = (0.94, 1.0, 1.06)
"""Factors by which the sizes from two face searches may differ."""


class FaceSimilarity:
    """Compare faces with one face.

    Args:
        crop: The crop of that face.
    """

    def __init__(self, crop: Crop) -> None:
        self.templates = [_template(crop, scale) for scale in SCALES]

    @classmethod
    def of(cls, face: Scan) -> "FaceSimilarity":
        """Use the face in a scanned picture, or the typical face of a clip.

        Raises:
            Missing: No face was found.
        """
        if not (crops := face.crops):
            raise Missing("no face was found in the face given")
        return cls(typical_crop(crops))

    def to(self, crop: Crop) -> float:
        """Return the highest normalised cross-correlation, -1 to 1."""
        around = np.ascontiguousarray(crop[AROUND])
        fits = (cv2.matchTemplate(around, it, cv2.TM_CCOEFF_NORMED).max() for it in self.templates)
        return float(max(fits))


def _template(crop: Crop, scale: float) -> Crop:
    pose = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 0, scale)
    scaled = cv2.warpAffine(crop, pose, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.asarray(scaled, np.uint8)[UPPER_FACE])
