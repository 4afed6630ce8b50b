"""The arrays that pictures and sounds come as, by what they hold."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Luma: TypeAlias = npt.NDArray[np.uint8]
"""A frame's light as coded (the Y plane), shape (height, width)."""
Crop: TypeAlias = npt.NDArray[np.uint8]
"""A face's square, cut out of a frame, shape (SIDE, SIDE)."""
Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono sound, shape (n,), full scale 1."""
Times: TypeAlias = npt.NDArray[np.float64]
"""Presentation times, seconds, shape (frames,)."""
Track: TypeAlias = npt.NDArray[np.float64]
"""One value for each frame, or for each hop of `HOP_S`, shape (n,)."""
TrackMatrix: TypeAlias = npt.NDArray[np.float64]
"""Several tracks, one in each column, shape (n, tracks)."""
Levels: TypeAlias = npt.NDArray[np.float64]
"""Decibels above the floor, one row per hop, shape (n,) or (n, bands)."""
Curve: TypeAlias = npt.NDArray[np.float64]
"""One correlation for each of `LAGS_S`."""
