"""Where the face is in every frame, from where it was found in some."""

import numpy as np

from lipsync_nb.compare.signals.arrays import Track
from lipsync_nb.compare.signals.crop import Square
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.compare.signals.survey import Survey

PLACE_S, SIZE_S = 0.8, 1.2
"""Seconds over which the face's place and size are smoothed: each search is off by pixels."""
MEDIAN_OF = 5
"""Finds that a median is taken of; two wrong ones in a row do no harm."""
FEWEST = 2
"""Finds that a face needs; a clip with fewer has none, but a mistake."""


def face_path(seen: Survey) -> list[Square]:
    """Return the face's square in each frame.

    Raises:
        Missing: There is no face, or no time passes.
    """
    fps = seen.fps
    if len(seen.faces) < min(FEWEST, seen.looks):
        raise Missing("no face was found")
    finds = np.array([(face.x, face.y, face.side) for face in seen.faces.values()])
    found_at = np.asarray([*seen.faces])
    frames = np.arange(len(seen.stamps))
    smooth = [
        _smoothed(np.interp(frames, found_at, _median(values)), seconds * fps)
        for values, seconds in zip(finds.T, (PLACE_S, PLACE_S, SIZE_S), strict=True)
    ]
    return [Square(*values) for values in np.stack(smooth, axis=1).tolist()]


def _median(values: Track) -> Track:
    padded = np.pad(values, MEDIAN_OF // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_OF), axis=1)


def _smoothed(values: Track, frames: float) -> Track:
    half = int(frames / 2)
    kernel = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(values, half, mode="edge"), kernel / kernel.sum(), "valid")
