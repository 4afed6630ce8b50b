"""Where a sound is quiet: its level in the bands of voices, against its own noise."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lipsync_nb.editing.sound import Sound

Levels: TypeAlias = npt.NDArray[np.float64]
"""Levels in dB relative to a tone at full scale; shape (bands, windows)."""
Flags: TypeAlias = npt.NDArray[np.bool_]
"""Whether something holds for each window, or for each band."""

WINDOW_S, HOP_S = 0.02, 0.01
"""Seconds over which a level is taken, and from one window to the next."""
BANDS_HZ = ((300, 3400), (3400, 8000))
"""Vowels are in the first band, such sounds as s and f in the second. Hum is below both."""
LOUD_S, LOUD_SHARE = 0.5, 0.05
"""How much of a sound are its loud parts: half a second, or this share of a short sound."""
SILENCE_DB = -32.0
"""What is always quiet, relative to the loud parts. Room tone is often louder."""
NOISE_DB = (-70.0, -12.0)
"""Between which levels noise is looked for, relative to the loud parts."""
STEADY_S, STEADY_DB = 0.2, 8.0
"""Noise is what changes by no more than this within this time. Speech changes by more."""
QUIET, LEAST_RANGE_DB = 10, 15.0
"""Percentile of the levels that is the level of the quiet parts, and how much louder the loud parts
are in a band with speech. Telephones and noise leave none in the second band."""
NOISE_PERCENTILE, OVER_NOISE_DB = 25, 3.0
"""Which of the levels of steady stretches is the level of the noise, and by how much what is quiet
may be over it."""
SILENT_DB = -100.0
"""What nobody hears, in a sound without any loud parts."""
LEAST_POWER = 1e-14
"""-140 dB, which is the level of digital silence here."""
BLOCK = 4096
"""Windows that are computed at once, so that a long sound takes little memory."""


def quiet_windows(sound: Sound) -> Flags:
    """Return which windows of a sound are quiet, in all bands and channels; see `window`."""
    levels = _levels(sound)
    if not levels.size:
        return np.zeros(0, np.bool_)
    relative = levels - _loud(levels)[:, None]
    relative[1:][~_has_speech(levels, relative)[1:]] = SILENT_DB
    noise = _noise(relative)
    limits = np.maximum(SILENCE_DB, noise + OVER_NOISE_DB)
    quiet = (relative < limits[:, None]) | (levels <= SILENT_DB)
    return np.asarray(quiet.all(axis=0))


def window(rate: int) -> tuple[int, int]:
    """Return how many samples a window has, and how many lie between the beginnings of two."""
    return max(2, round(WINDOW_S * rate)), max(1, round(HOP_S * rate))


def _levels(sound: Sound) -> Levels:
    size, hop = window(sound.rate)
    count = -(-len(sound) // hop)
    blocks = [
        _block(sound.samples[:, first * hop : (first + BLOCK - 1) * hop + size], sound.rate)
        for first in range(0, count, BLOCK)
    ]
    powers = np.concatenate([np.zeros((len(BANDS_HZ), 0)), *blocks], axis=1)[:, :count]
    return np.asarray(10 * np.log10(powers + LEAST_POWER))


def _block(samples: npt.NDArray[np.float32], rate: int) -> Levels:
    """Return the power of each band in each window, of the channel where it is largest."""
    size, hop = window(rate)
    windows = min(BLOCK, -(-samples.shape[1] // hop))
    missing = max(0, (windows - 1) * hop + size - samples.shape[1])
    padded = np.pad(samples, ((0, 0), (0, missing)))
    views = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)[:, ::hop][:, :windows]
    shape = np.hanning(size).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(views * shape) / (shape.sum() / 2)) ** 2
    hz = np.fft.rfftfreq(size, 1 / rate)
    bands = [spectrum[:, :, (hz >= low) & (hz < high)].sum(axis=2) for low, high in BANDS_HZ]
    return np.asarray(np.stack(bands).max(axis=1), np.float64)


def _loud(levels: Levels) -> npt.NDArray[np.float64]:
    """Return the level of the loud parts in each band."""
    few = min(round(LOUD_S / HOP_S), int(LOUD_SHARE * levels.shape[1])) + 1
    return np.asarray(np.sort(levels, axis=1)[:, -few])


def _has_speech(levels: Levels, relative: Levels) -> Flags:
    """Return which bands have speech; in others, noise would hide every pause."""
    is_heard = levels[0] > SILENT_DB
    if not is_heard.any():
        return np.ones(len(levels), np.bool_)
    return np.asarray(np.percentile(relative[:, is_heard], QUIET, axis=1) <= -LEAST_RANGE_DB)


def _noise(relative: Levels) -> npt.NDArray[np.float64]:
    """Return the level of the noise in each band, relative to the loud parts; -inf for none."""
    none = np.full(len(relative), -np.inf)
    size = round(STEADY_S / HOP_S)
    if relative.shape[1] < size:
        return none
    stretches = np.lib.stride_tricks.sliding_window_view(relative, size, axis=1)
    highest, lowest = stretches.max(axis=2), stretches.min(axis=2)
    is_steady = (highest - lowest < STEADY_DB) & (highest < NOISE_DB[1])
    is_heard = highest[0] > NOISE_DB[0]
    steady = is_steady.all(axis=0) & is_heard
    if not steady.any():
        return none
    return np.asarray(np.percentile(highest[:, steady], NOISE_PERCENTILE, axis=1))
