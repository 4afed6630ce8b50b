"""Sharpness of a face and of its mouth."""

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import Luma
from lipsync_nb.compare.metrics.face_detection import FaceBox

SIZE = (256, 286)
"""Width and height in pixels to which every face is scaled, so that faces of all sizes compare."""
ABOVE, BELOW = 0.5, 0.62
"""Distance from the box's centre to the top and the sides of the face, and to its bottom, as shares
of the box's side."""
FACE = (slice(0, 176), slice(0, 256))
MOUTH = (slice(176, 246), slice(64, 192))
"""Rows and columns of the upper face and of the mouth in a face of `SIZE`."""


def sharpness(luma: Luma, face: FaceBox) -> tuple[float, float]:
    """Return the variance of the Laplacian of the upper face and of the mouth."""
    top, left = max(0, int(face.y - ABOVE * face.side)), max(0, int(face.x - ABOVE * face.side))
    bottom, right = int(face.y + BELOW * face.side), int(face.x + ABOVE * face.side)
    whole = np.ascontiguousarray(luma[top:bottom, left:right])
    shrinks = whole.shape[1] > SIZE[0]
    scaled = cv2.resize(whole, SIZE, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    edges = cv2.Laplacian(scaled, cv2.CV_32F)
    return float(edges[FACE].var()), float(edges[MOUTH].var())
