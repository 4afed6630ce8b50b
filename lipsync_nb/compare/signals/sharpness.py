"""How sharp a face is, and its mouth."""

import cv2
import numpy as np

from lipsync_nb.compare.signals.arrays import Luma
from lipsync_nb.compare.signals.crop import Square

SIZE = (256, 286)
"""Pixels, width and height, that every face is brought to: blur counts against its own size."""
ABOVE, BELOW = 0.5, 0.62
"""Shares of the square's side from its middle to the face's top and sides, and to its bottom."""
FACE = (slice(0, 176), slice(0, 256))
MOUTH = (slice(176, 246), slice(64, 192))
"""Rows and columns of the upper face and of the mouth in a face of `SIZE`."""


def sharpness(luma: Luma, face: Square) -> tuple[float, float]:
    """Return the variance of the Laplacian of the upper face and of the mouth."""
    top, left = max(0, int(face.y - ABOVE * face.side)), max(0, int(face.x - ABOVE * face.side))
    bottom, right = int(face.y + BELOW * face.side), int(face.x + ABOVE * face.side)
    whole = np.ascontiguousarray(luma[top:bottom, left:right])
    shrinks = whole.shape[1] > SIZE[0]
    seen = cv2.resize(whole, SIZE, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    edges = cv2.Laplacian(seen, cv2.CV_32F)
    return float(edges[FACE].var()), float(edges[MOUTH].var())
