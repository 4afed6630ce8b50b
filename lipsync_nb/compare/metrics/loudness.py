"""Loudness of speech: its level over time and in bands, and the loudness of a whole video."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from lipsync_nb.compare.metrics.arrays import Levels, Samples
from lipsync_nb.compare.metrics.decode import RATE_HZ, Missing, read_audio
from lipsync_nb.media import Media

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
RANGE_DB = 40
"""Decibels from the loud parts of a sound down to the floor. Quieter parts are background."""
LOUD_PERCENTILE = 95
"""Percentile of the levels that is the level of the loud parts."""
SILENT_DB = -70
"""Decibels relative to full scale. A sound whose loud parts are below is silent."""
WINDOWS_AT_ONCE = 2000
"""Windows transformed at once; this limits the memory for long sounds."""
GATE_WINDOW_S = 0.4
"""Seconds of one window of `loudness_db`, as in ITU-R BS.1770; here the windows do not overlap."""
GATE_DB = 10.0
"""Decibels below the mean from which a window is a pause and does not count (ITU-R BS.1770)."""


def speech_level(samples: Samples) -> Levels:
    """Return the level in the speech band every `HOP_S`, decibels above the floor, shape (n,).

    Raises:
        Missing: The sound is silent or too short.
    """
    return _above_floor(_powers(samples, [SPEECH_HZ]))[:, 0]


def band_levels(samples: Samples) -> Levels:
    """Return the levels in `BANDS_HZ` every `HOP_S`, decibels above the floor, shape (n, 6).

    Raises:
        Missing: The sound is silent or too short.
    """
    return _above_floor(_powers(samples, [*pairwise(BANDS_HZ)]))


def loudness_db(path: Path) -> float:
    """Return the loudness of a video's speech without its pauses, dB relative to full scale.

    It follows ITU-R BS.1770 without the frequency weighting, since voices are compared only with
    voices. NaN if there is no sound, or only silence.
    """
    try:
        samples = read_audio(Media(path)).samples.astype(np.float64)
    except Missing:
        return float("nan")
    size = int(GATE_WINDOW_S * RATE_HZ)
    windows = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    power = (windows**2).mean(axis=1)
    loud = power[power > power.mean() / 10 ** (GATE_DB / 10)]
    return 10 * float(np.log10(loud.mean())) if len(loud) else float("nan")


def _powers(samples: Samples, bands_hz: list[tuple[int, int]]) -> Levels:
    """Return the power per band in a window around each hop; a full-scale tone has power 1."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    windows = windows[: len(samples) // HOP]
    shape = np.hanning(WINDOW).astype(np.float32)
    frequencies = np.fft.rfftfreq(TRANSFORM, 1 / RATE_HZ)
    inside = [(frequencies >= low) & (frequencies < high) for low, high in bands_hz]
    chunks = []
    for begin in range(0, len(windows), WINDOWS_AT_ONCE):
        some = np.fft.rfft(windows[begin : begin + WINDOWS_AT_ONCE] * shape, TRANSFORM)
        power = np.abs(some) ** 2 / (shape.sum() / 2) ** 2
        chunks.append(np.stack([power[:, band].sum(axis=1) for band in inside], axis=1))
    return np.concatenate(chunks) if chunks else np.empty((0, len(bands_hz)))


def _above_floor(powers: Levels) -> Levels:
    if not len(powers):
        raise Missing("the sound is too short")
    decibels = 10 * np.log10(powers + 1e-14)
    loud = np.percentile(decibels, LOUD_PERCENTILE, axis=0)
    if loud.max() < SILENT_DB:
        raise Missing("the sound is silent")
    floor = loud - RANGE_DB
    return np.asarray(np.maximum(decibels, floor) - floor)
