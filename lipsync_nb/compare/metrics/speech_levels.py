"""Levels of speech over time, in one band and in several."""

from itertools import pairwise

import numpy as np

from lipsync_nb.compare.metrics.arrays import Levels, Samples, Track, TrackMatrix
from lipsync_nb.compare.metrics.decode import RATE_HZ, Missing

HOP_S = 0.02
"""Seconds from one level to the next. All tracks over time are compared on this grid."""
HOP = round(HOP_S * RATE_HZ)
WINDOW = 2 * HOP
TRANSFORM = 1024
"""Samples from one level to the next, in one window, and in its zero-padded Fourier transform."""
SPEECH_HZ = (200, 3800)
"""Edges of the speech band, Hz."""
BANDS_HZ = (100, 350, 700, 1200, 2000, 3200, 6000)
"""Edges of the six bands, Hz. Vowels differ in which bands are loud."""
LEAST_POWER = 1e-14
"""Power that is added to each level, so that silence has a logarithm."""
RANGE_DB = 40
"""Decibels from the loud parts of a sound down to the floor. Quieter parts are background."""
LOUD_PERCENTILE = 95
"""Percentile of the levels that is the level of the loud parts."""
SILENT_DB = -70
"""Decibels relative to full scale. A sound whose loud parts are below is silent."""
WINDOWS_AT_ONCE = 2000
"""Windows transformed at once; this limits the memory for long sounds."""


def speech_level(samples: Samples) -> Levels:
    """Return the level in the speech band every `HOP_S`, decibels above the floor, shape (n,).

    Raises:
        Missing: The sound is silent or too short.
    """
    return above_floor(powers(samples, band(SPEECH_HZ)[:, None]))[:, 0]


def band_levels(samples: Samples) -> Levels:
    """Return the levels in `BANDS_HZ` every `HOP_S`, decibels above the floor, shape (n, 6).

    Raises:
        Missing: The sound is silent or too short.
    """
    return above_floor(powers(samples, np.column_stack([*map(band, pairwise(BANDS_HZ))])))


def frequencies_hz() -> Track:
    """Return the frequencies of a window's spectrum, Hz."""
    return np.asarray(np.fft.rfftfreq(TRANSFORM, 1 / RATE_HZ), np.float64)


def band(edges_hz: tuple[int, int]) -> Track:
    """Return the weights of the frequencies in a band: 1 within its edges, 0 outside."""
    low, high = edges_hz
    hertz = frequencies_hz()
    return ((hertz >= low) & (hertz < high)).astype(np.float64)


def powers(samples: Samples, bank: TrackMatrix) -> Levels:
    """Return the power per band in a window around each hop; a full-scale tone has power 1.

    Args:
        samples: The sound.
        bank: The weights of the frequencies in each band, shape (frequencies, bands).
    """
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    windows = windows[: len(samples) // HOP]
    shape = np.hanning(WINDOW).astype(np.float32)
    chunks = []
    for begin in range(0, len(windows), WINDOWS_AT_ONCE):
        some = np.fft.rfft(windows[begin : begin + WINDOWS_AT_ONCE] * shape, TRANSFORM)
        chunks.append(np.abs(some) ** 2 / (shape.sum() / 2) ** 2 @ bank)
    return np.concatenate(chunks) if chunks else np.empty((0, bank.shape[1]))


def above_floor(power: Levels, range_db: float = RANGE_DB, *, least: float = LEAST_POWER) -> Levels:
    """Return decibels above a floor that lies `range_db` below the loud parts of each band.

    Raises:
        Missing: The sound is silent or too short.
    """
    if not len(power):
        raise Missing("the sound is too short")
    decibels = 10 * np.log10(power + least)
    loud = np.percentile(decibels, LOUD_PERCENTILE, axis=0)
    if loud.max() < SILENT_DB:
        raise Missing("the sound is silent")
    floor = loud - range_db
    return np.asarray(np.maximum(decibels, floor) - floor)
