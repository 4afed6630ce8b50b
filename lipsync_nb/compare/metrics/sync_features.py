"""The signals to which the filters are applied: mouth and sound at the rate of speech."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from lipsync_nb.compare.metrics.arrays import Samples, Track, TrackMatrix
from lipsync_nb.compare.metrics.speech_levels import (
    HOP_S,
    SPEECH_HZ,
    above_floor,
    band,
    frequencies_hz,
    powers,
)

SLOWEST_HZ, FASTEST_HZ = 0.4, 8.0
"""Pass band, Hz. Speech opens the mouth 2 to 7 times a second. Slower changes are posture, faster
ones are noise."""
PAD = 200
"""Hops by which a track is mirrored at its ends before it is filtered; several periods."""
MELS, MEL_HZ, MEL_RANGE_DB = 20, (120, 7000), 45
"""Number and edges of the bands, which have equal widths on the mel scale, and the decibels from
the loud parts of a band down to its floor."""
LEAST_MEL = 3.9185e-15
"""Power that is added to each band, so that silence has a logarithm."""
MOUTH_TAPS, SOUND_TAPS = range(-10, 11, 2), range(-4, 5, 2)
"""Hops about each moment of which a filter takes the signals: 200 ms and 80 ms either way."""


def mouth_signals(tracks: TrackMatrix) -> TrackMatrix:
    """Return the signals of a mouth, each with deviation 1.

    Args:
        tracks: Opening, darkness, change, and gradient of the opening on the grid, shape (n, 4).
    """
    kept = speech_rate(tracks)
    return np.asarray(kept / (kept.std(axis=0) + 1e-9))


def sound_signals(samples: Samples) -> TrackMatrix:
    """Return the levels of 20 mel bands, the speech level and the flux, each with deviation 1.

    Args:
        samples: The sound at 16 kHz.

    Returns:
        Shape (hops, 22).

    Raises:
        Missing: The sound is silent or too short.
    """
    power = powers(samples, np.column_stack([_mel_bank(), band(SPEECH_HZ)]))
    mels = above_floor(power[:, :MELS], MEL_RANGE_DB, least=LEAST_MEL)
    level = above_floor(power[:, MELS:])
    flux = np.maximum(0, np.diff(mels, axis=0, prepend=mels[:1])).mean(axis=1)
    kept = speech_rate(np.column_stack([mels, level, flux]))
    return np.asarray((kept - kept.mean(axis=0)) / (kept.std(axis=0) + 1e-9))


def taps(signals: TrackMatrix, offsets: Sequence[int]) -> TrackMatrix:
    """Return the signals at t + offset for each offset side by side, shape (n, signals x offsets).

    Before the first and after the last hop, the signals stay as they are there.
    """
    at = np.arange(len(signals))
    return np.concatenate([signals[np.clip(at + o, 0, len(at) - 1)] for o in offsets], axis=1)


def speech_rate(track: Track | TrackMatrix) -> Track | TrackMatrix:
    """Filter a track to the rate of speech, with a zero-phase Butterworth band-pass.

    Args:
        track: Shape (n,) or (n, tracks).
    """
    pad = min(PAD, len(track) - 1)
    head, tail = 2 * track[:1] - track[pad:0:-1], 2 * track[-1:] - track[-2 : -pad - 2 : -1]
    mirrored = np.concatenate([head, track, tail])
    hertz = np.fft.rfftfreq(len(mirrored), HOP_S)
    low, high = (hertz / FASTEST_HZ) ** 4, (hertz / SLOWEST_HZ) ** 2
    gain = (high / ((1 + low) * (1 + high))).reshape(-1, *[1] * (track.ndim - 1))
    filtered = np.fft.irfft(np.fft.rfft(mirrored, axis=0) * gain, len(mirrored), axis=0)
    return np.asarray(filtered[pad : pad + len(track)])


@cache
def _mel_bank() -> TrackMatrix:
    """Return triangles of equal width on the mel scale, shape (frequencies, MELS)."""
    hertz = frequencies_hz()[:, None]
    lowest, highest = (2595 * math.log10(1 + edge / 700) for edge in MEL_HZ)
    edges = 700 * (10 ** (np.linspace(lowest, highest, MELS + 2) / 2595) - 1)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (hertz - low) / (middle - low), (high - hertz) / (high - middle)
    return np.asarray(np.clip(np.minimum(rise, fall), 0, None))
