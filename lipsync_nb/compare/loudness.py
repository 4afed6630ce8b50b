"""How loud a video's speech is, and how two are made equally loud.

It is measured as ITU-R BS.1770 does, in short windows and without the pauses, but plainly: all
frequencies count alike, for one voice is held against another.
"""

from pathlib import Path

import numpy as np

from lipsync_nb.compare.signals.decode import RATE_HZ, read_sound
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.media import Media

WINDOW_S = 0.4
"""Seconds of sound measured at once, as in ITU-R BS.1770; here the windows do not overlap."""
GATE_DB = 10.0
"""Decibels below the mean from which a window is a pause, and does not count (ITU-R BS.1770)."""


def loudness_db(path: Path) -> float:
    """Return the mean power of a video's speech, dB to full scale, pauses aside; NaN if silent."""
    try:
        samples = read_sound(Media(path)).samples.astype(np.float64)
    except Missing:
        return float("nan")
    size = int(WINDOW_S * RATE_HZ)
    windows = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    power = (windows**2).mean(axis=1)
    loud = power[power > power.mean() / 10 ** (GATE_DB / 10)]
    return 10 * float(np.log10(loud.mean())) if len(loud) else float("nan")


def volumes(left_db: float, right_db: float) -> tuple[float, float]:
    """Return volumes at which two sounds are equally loud: the louder one is turned down."""
    excess = np.nan_to_num(left_db - right_db)
    return min(1.0, 10 ** (-excess / 20)), min(1.0, 10 ** (excess / 20))
