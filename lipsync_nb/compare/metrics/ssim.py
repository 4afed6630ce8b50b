"""The structural similarity of two pictures."""

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.metrics.arrays import Luma

WINDOW, DEVIATION = 11, 1.5
"""Side and standard deviation of the Gaussian window, pixels."""
LARGEST = 255
"""The range of grey levels."""
C1, C2 = (0.01 * LARGEST) ** 2, (0.03 * LARGEST) ** 2
"""They keep the quotients finite where a picture is flat."""


def ssim_map(one: Luma, other: Luma) -> npt.NDArray[np.float32]:
    """Return the structural similarity around each pixel, -1 to 1, shape (height, width).

    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error
    visibility to structural similarity", IEEE Transactions on Image Processing 13 (2004), with its
    window and constants.
    """
    x, y = one.astype(np.float32), other.astype(np.float32)
    mean_x, mean_y = _blurred(x), _blurred(y)
    spread = _blurred(x * x + y * y) - mean_x**2 - mean_y**2
    shared = _blurred(x * y) - mean_x * mean_y
    brightness = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    return np.asarray(brightness * (2 * shared + C2) / (spread + C2), np.float32)


def _blurred(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    blurred = cv2.GaussianBlur(picture, (WINDOW, WINDOW), DEVIATION)
    return np.asarray(blurred, np.float32)
