"""How like a face's upper part is to that of the face it was made from."""

import cv2
import numpy as np

from lipsync_nb.compare.signals.arrays import Crop
from lipsync_nb.compare.signals.crop import SIDE, most_usual
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.compare.signals.survey import survey
from lipsync_nb.media import Media

UPPER_FACE = (slice(16, 50), slice(18, 78))
"""Rows and columns of the crop where eyes and brows are."""
SLACK = 10
"""Pixels that eyes and brows may be off."""
AROUND = tuple(slice(part.start - SLACK, part.stop + SLACK) for part in UPPER_FACE)
"""Rows and columns where eyes and brows are looked for."""
SCALES = (0.94, 1.0, 1.06)
"""Factors of a face's size by which two searches for it may differ."""


class Likeness:
    """Compares faces with one.

    Args:
        crop: That face.
    """

    def __init__(self, crop: Crop) -> None:
        self.templates = [_template(crop, scale) for scale in SCALES]

    @classmethod
    def of(cls, face: Media) -> "Likeness":
        """Take the face from a picture, or the most usual one of a clip.

        Raises:
            Missing: There is none.
        """
        if not (crops := survey(face).crops):
            raise Missing("no face was found in the face given")
        return cls(most_usual(crops))

    def to(self, crop: Crop) -> float:
        """Return the best normalised cross-correlation, -1 to 1."""
        around = np.ascontiguousarray(crop[AROUND])
        fits = (cv2.matchTemplate(around, it, cv2.TM_CCOEFF_NORMED).max() for it in self.templates)
        return float(max(fits))


def _template(crop: Crop, scale: float) -> Crop:
    pose = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 0, scale)
    scaled = cv2.warpAffine(crop, pose, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.asarray(scaled, np.uint8)[UPPER_FACE])
