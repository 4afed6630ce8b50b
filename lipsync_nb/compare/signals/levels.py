"""How loud a sound is, over time and in bands."""

from itertools import pairwise

import numpy as np

from lipsync_nb.compare.signals.arrays import Levels, Samples
from lipsync_nb.compare.signals.decode import RATE_HZ
from lipsync_nb.compare.signals.row import Missing

HOP_S = 0.02
"""Seconds between two levels; everything that is compared over time lies on this grid."""
HOP = round(HOP_S * RATE_HZ)
WINDOW = 2 * HOP
TRANSFORM = 1024
"""Samples between two levels, heard for one, and in its Fourier transform (padded)."""
SPEECH_HZ = (200, 3800)
"""Edges of the speech band, Hz."""
BANDS_HZ = (100, 350, 700, 1200, 2000, 3200, 6000)
"""Edges of the six bands, Hz; vowels differ by which of these are loud."""
RANGE_DB = 40
"""Decibels from the loud parts down to the floor; what is quieter is background."""
LOUD_PERCENTILE = 95
"""Percentile of a sound's levels that is its loud parts' level."""
SILENT_DB = -70
"""Decibels of full scale; a sound whose loud parts stay below is silent."""
WINDOWS_AT_ONCE = 2000
"""Windows transformed at once; bounds the memory that a long sound takes."""


def speech_level(samples: Samples) -> Levels:
    """Return the level in the speech band every `HOP_S`, decibels above the floor, shape (n,).

    Raises:
        Missing: The sound is silent.
    """
    return _above_floor(_powers(samples, [SPEECH_HZ]))[:, 0]


def band_levels(samples: Samples) -> Levels:
    """Return the levels in `BANDS_HZ` every `HOP_S`, shape (n, 6).

    Raises:
        Missing: The sound is silent.
    """
    return _above_floor(_powers(samples, [*pairwise(BANDS_HZ)]))


def _powers(samples: Samples, bands_hz: list[tuple[int, int]]) -> Levels:
    """Return the mean power per band in windows about each hop, 1 for a full-scale tone."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    windows = windows[: len(samples) // HOP]
    shape = np.hanning(WINDOW).astype(np.float32)
    frequencies = np.fft.rfftfreq(TRANSFORM, 1 / RATE_HZ)
    inside = [(frequencies >= low) & (frequencies < high) for low, high in bands_hz]
    pieces = []
    for begin in range(0, len(windows), WINDOWS_AT_ONCE):
        some = np.fft.rfft(windows[begin : begin + WINDOWS_AT_ONCE] * shape, TRANSFORM)
        power = np.abs(some) ** 2 / (shape.sum() / 2) ** 2
        pieces.append(np.stack([power[:, band].sum(axis=1) for band in inside], axis=1))
    return np.concatenate(pieces) if pieces else np.empty((0, len(bands_hz)))


def _above_floor(powers: Levels) -> Levels:
    if not len(powers):
        raise Missing("the sound is too short")
    decibels = 10 * np.log10(powers + 1e-14)
    loud = np.percentile(decibels, LOUD_PERCENTILE, axis=0)
    if loud.max() < SILENT_DB:
        raise Missing("the sound is silent")
    floor = loud - RANGE_DB
    return np.asarray(np.maximum(decibels, floor) - floor)
