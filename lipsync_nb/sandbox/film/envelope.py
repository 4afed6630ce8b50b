"""From speech to the mouth: how far open, and how wide, at each frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.sound import Sound

Curve = npt.NDArray[np.floating[Any]]
"""One value for each hop or frame, shape (n,)."""

HOP_S = 0.01
WINDOW_S = 0.032
"""Window of the spectra: long enough for two periods of a low voice, short for a plosive."""
WINDOWS_AT_ONCE = 2000
"""Windows analysed at a time, to bound the memory that a long speech takes."""

VOICE_HZ = (200, 2500)
"""Band in which vowels are strong; its loudness opens the mouth."""
HISS_HZ = (3500, 7500)
"""Band in which s, sh and f are strong, which are spoken with the teeth nearly shut."""
ROUND_HZ = (300, 900)
SPREAD_HZ = (1700, 3200)
"""Second formants: low for o and u (round lips), high for i and e (spread lips)."""

RANGE_DB = 24
"""Range of loudness from the loudest vowels down to closed lips."""
FULL_DB = 22
"""Loudness above closed lips at which the mouth is fully open."""
LOUDEST_SHARE = 95
"""Percentile of the levels that counts as loud."""
PEAK_ABOVE_LOUD_DB = 12
"""A speech of mostly silence still has its peaks: loud is at most so far below them."""
QUIETEST_LOUD_DB = -50
"""Level, against a full-scale tone; a speech that never gets louder is silence."""
OPENING_POWER = 1.2

HISS_SHARES = (0.25, 0.7)
"""Shares of hiss from which on, and at which, a sound is all sibilant."""
HISS_CLOSES = 0.75

VOWEL_OPENNESS = 0.4
SPREAD_SLOPE = 1.2
"""Change of the mouth's width per tenfold change of the second formants' strength."""

OPENING_S, CLOSING_S = 0.025, 0.05
"""Lips open faster than they close."""
WIDTH_SMOOTH_HOPS = 15


@dataclass(frozen=True)
class MouthControls:
    """The mouth's course, one value per frame."""

    openness: Curve
    """0 (closed) to 1."""
    width: Curve
    """-1 (round) to 1 (spread)."""


def mouth_controls(sound: Sound, fps: float, frames: int, lead_s: float = 0.0) -> MouthControls:
    """The mouth for each frame of a speech.

    Args:
        sound: The speech.
        fps: Frames per second.
        frames: How many frames are wanted.
        lead_s: How much earlier than its sound the mouth moves, in seconds.

    Returns:
        Openness and width, shape (frames,) each.
    """
    voice, hiss, rounded, spread, whole = band_levels(
        sound, (VOICE_HZ, HISS_HZ, ROUND_HZ, SPREAD_HZ, (VOICE_HZ[0], HISS_HZ[1]))
    )
    openness = loudness(voice) * (1 - HISS_CLOSES * smoothstep(hiss / whole, *HISS_SHARES))
    openness = (inert(openness) + inert(openness[::-1])[::-1]) / 2
    width = smoothed(spread_of_lips(rounded, spread, openness), WIDTH_SMOOTH_HOPS)
    hops = np.arange(len(voice)) * HOP_S
    times = np.arange(frames) / fps + lead_s
    return MouthControls(
        np.interp(times, hops, openness, left=0, right=0).astype(np.float32),
        np.interp(times, hops, width, left=0, right=0).astype(np.float32),
    )


def band_levels(sound: Sound, bands_hz: tuple[tuple[int, int], ...]) -> list[Curve]:
    """Power in each band at every hop, 1 for a full-scale tone."""
    length = round(WINDOW_S * sound.rate)
    window = np.hanning(length).astype(np.float32)
    full_scale = (window.sum() / 2) ** 2
    transform = 1 << (length - 1).bit_length()
    frequencies = np.fft.rfftfreq(transform, 1 / sound.rate)
    padded = np.pad(sound.mono, (length // 2, length))
    starts = (np.arange(int(sound.duration_s / HOP_S) + 1) * HOP_S * sound.rate).astype(int)
    pieces = []
    for some in np.split(starts, range(WINDOWS_AT_ONCE, len(starts), WINDOWS_AT_ONCE)):
        windows = padded[some[:, None] + np.arange(length)] * window
        power = np.abs(np.fft.rfft(windows, transform)) ** 2 / full_scale
        inside = [(frequencies >= low) & (frequencies < high) for low, high in bands_hz]
        pieces.append([power[:, band].sum(axis=1) + 1e-12 for band in inside])
    return [np.concatenate(band) for band in zip(*pieces, strict=True)]


def loudness(power: Curve) -> Curve:
    """Levels as 0 (quiet) to 1 (as loud as this speech gets); silence stays 0."""
    levels_db = 10 * np.log10(power)
    loud_db = max(
        np.percentile(levels_db, LOUDEST_SHARE),
        levels_db.max() - PEAK_ABOVE_LOUD_DB,
        QUIETEST_LOUD_DB,
    )
    above_floor = np.clip((levels_db - (loud_db - RANGE_DB)) / FULL_DB, 0, 1)
    return np.asarray(above_floor**OPENING_POWER)


def spread_of_lips(rounded: Curve, spread: Curve, openness: Curve) -> Curve:
    """-1 (round) to 1 (spread) against this speaker's usual vowel; closed lips are neither."""
    tilt = np.log10(spread / rounded)
    vowels = tilt[openness > VOWEL_OPENNESS]
    usual = np.median(vowels) if len(vowels) else 0.0
    return np.asarray(np.tanh(SPREAD_SLOPE * (tilt - usual)) * np.minimum(1, openness * 3))


def inert(target: Curve) -> Curve:
    """A curve that follows ``target`` with the inertia of lips, forwards in time."""
    opening, closing = (1 - np.exp(-HOP_S / time_s) for time_s in (OPENING_S, CLOSING_S))
    followed, now = np.empty_like(target), 0.0
    for hop, goal in enumerate(target.tolist()):
        now += (opening if goal > now else closing) * (goal - now)
        followed[hop] = now
    return followed


def smoothed(curve: Curve, hops: int) -> Curve:
    """A moving average of so many hops with soft ends (``hops`` is odd)."""
    kernel = np.hanning(hops + 2)[1:-1]
    padded = np.pad(curve, hops // 2, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), "valid"))


def smoothstep(value: npt.ArrayLike, low: float, high: float) -> Curve:
    """0 below ``low``, 1 above ``high``, a soft slope between."""
    share = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
