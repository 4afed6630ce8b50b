"""Types of the arrays that hold pictures, sound and values over time."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Luma: TypeAlias = npt.NDArray[np.uint8]
"""The luma (Y) plane of a frame, shape (height, width)."""
Crop: TypeAlias = npt.NDArray[np.uint8]
"""A face cut out of a frame, shape (SIDE, SIDE)."""
Thumbs: TypeAlias = npt.NDArray[np.uint8]
"""Thumbnails of frames, shape (frames, height, width)."""
Region: TypeAlias = npt.NDArray[np.bool_]
"""The pixels of a frame that belong to a region, shape (height, width)."""
FrameIndices: TypeAlias = npt.NDArray[np.intp]
"""The index of a frame for each frame, shape (frames,)."""
Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono sound, full scale 1, shape (n,)."""
Times: TypeAlias = npt.NDArray[np.float64]
"""Presentation times in seconds, shape (frames,)."""
Track: TypeAlias = npt.NDArray[np.float64]
"""One value for each frame, or for each hop of `HOP_S`, shape (n,)."""
Flags: TypeAlias = npt.NDArray[np.bool_]
"""One flag for each frame, shape (frames,)."""
Hops: TypeAlias = npt.NDArray[np.signedinteger[Any]]
"""Moments on the grid, in hops of `HOP_S`, shape (n,)."""
TrackMatrix: TypeAlias = npt.NDArray[np.float64]
"""Several tracks, one in each column, shape (n, tracks)."""
Levels: TypeAlias = npt.NDArray[np.float64]
"""Decibels above the floor, one row for each hop, shape (n,) or (n, bands)."""
Curve: TypeAlias = npt.NDArray[np.float64]
"""One correlation for each of `LAGS_S`."""
