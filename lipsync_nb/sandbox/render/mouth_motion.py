"""From speech to mouth shapes: how far open and how wide the mouth is at each frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.render.audio import Audio

Curve = npt.NDArray[np.floating[Any]]
"""One value for each hop or frame, shape (n,)."""

HOP_S = 0.01
WINDOW_S = 0.032
"""Length of a spectrum's window: two periods of a low voice, and no longer than a plosive."""
WINDOWS_PER_BATCH = 2000
"""Limits the memory that a long speech needs."""

VOICE_HZ = (200, 2500)
"""Band of the vowels. Its loudness opens the mouth."""
HISS_HZ = (3500, 7500)
"""Band of s, sh and f, which are spoken with the teeth nearly closed."""
ROUND_HZ, SPREAD_HZ = (300, 900), (1700, 3200)
"""Bands of second formants: low for o and u (round lips), high for i and e (spread lips)."""

RANGE_DB = 18
"""Levels this far below loud vowels close the lips."""
FULL_DB = 18
"""Levels this far above closed lips open the mouth fully."""
LOUD_PERCENTILE = 95
"""Percentile of the levels that counts as loud."""
MAX_PEAK_DB = 12
"""Loud is at most so far below the peak, as a speech can be silent most of the time."""
SILENCE_DB = -50
"""A speech that never gets louder than this, relative to full scale, is silence."""
OPENING_POWER = 1.2

HISS_SHARES = (0.25, 0.7)
"""Shares of hiss in a sound's power at which the mouth begins to close and is closed most."""
HISS_CLOSES = 0.75

VOWEL_OPENNESS = 0.4
SPREAD_SLOPE = 1.2
"""Change of the mouth's width for a tenfold change of the second formants' ratio."""

OPENING_S, CLOSING_S = 0.02, 0.035
"""Time constants. Lips open faster than they close."""
ANTICIPATION_S = 0.04
"""Seconds by which lips are ahead of the loudness: they take their shape before the sound comes."""
WIDTH_SMOOTH_HOPS = 15


@dataclass(frozen=True)
class MouthMotion:
    """The shape of the mouth over time, one value per frame."""

    openness: Curve
    """0 (closed) to 1."""
    width: Curve
    """-1 (round) to 1 (spread)."""

    def at(self, frame: int) -> tuple[float, float]:
        """Openness and width at a frame."""
        return float(self.openness[frame]), float(self.width[frame])


def mouth_motion(audio: Audio, fps: float, frames: int, lead_s: float = 0.0) -> MouthMotion:
    """The mouth's shape for each frame of a speech.

    Args:
        audio: The speech.
        fps: Frames per second.
        frames: The number of frames.
        lead_s: How much earlier than natural lips the mouth moves, in seconds.
    """
    voice, hiss, rounded, spread, total = band_powers(
        audio, (VOICE_HZ, HISS_HZ, ROUND_HZ, SPREAD_HZ, (VOICE_HZ[0], HISS_HZ[1]))
    )
    openness = loudness(voice) * (1 - HISS_CLOSES * smoothstep(hiss / total, *HISS_SHARES))
    openness = (lagged(openness) + lagged(openness[::-1])[::-1]) / 2
    tilt = np.log10(spread / rounded)
    vowels = tilt[openness > VOWEL_OPENNESS]
    usual = np.median(vowels) if len(vowels) else 0.0
    width = np.tanh(SPREAD_SLOPE * (tilt - usual)) * np.minimum(1, openness * 3)
    kernel = np.hanning(WIDTH_SMOOTH_HOPS + 2)[1:-1]
    padded = np.pad(width, WIDTH_SMOOTH_HOPS // 2, mode="edge")
    width = np.convolve(padded, kernel / kernel.sum(), "valid")
    hops = np.arange(len(voice)) * HOP_S
    times = np.arange(frames) / fps + lead_s + ANTICIPATION_S
    return MouthMotion(
        np.interp(times, hops, openness, left=0, right=0).astype(np.float32),
        np.interp(times, hops, width, left=0, right=0).astype(np.float32),
    )


def band_powers(audio: Audio, bands_hz: tuple[tuple[int, int], ...]) -> list[Curve]:
    """Power in each band at every hop, 1 for a full-scale tone."""
    length = round(WINDOW_S * audio.rate)
    window = np.hanning(length).astype(np.float32)
    full_scale = (window.sum() / 2) ** 2
    transform = 1 << (length - 1).bit_length()
    frequencies = np.fft.rfftfreq(transform, 1 / audio.rate)
    inside = [(frequencies >= low) & (frequencies < high) for low, high in bands_hz]
    padded = np.pad(audio.mono, (length // 2, length))
    starts = (np.arange(int(audio.duration_s / HOP_S) + 1) * HOP_S * audio.rate).astype(int)
    pieces = []
    for batch in np.split(starts, range(WINDOWS_PER_BATCH, len(starts), WINDOWS_PER_BATCH)):
        windows = padded[batch[:, None] + np.arange(length)] * window
        power = np.abs(np.fft.rfft(windows, transform)) ** 2 / full_scale
        pieces.append([power[:, band].sum(axis=1) + 1e-12 for band in inside])
    return [np.concatenate(band) for band in zip(*pieces, strict=True)]


def loudness(power: Curve) -> Curve:
    """Levels from 0 (quiet) to 1 (as loud as this speech gets); silence stays 0."""
    levels_db = 10 * np.log10(power)
    loud_db = max(
        np.percentile(levels_db, LOUD_PERCENTILE), levels_db.max() - MAX_PEAK_DB, SILENCE_DB
    )
    return np.asarray(np.clip((levels_db - (loud_db - RANGE_DB)) / FULL_DB, 0, 1) ** OPENING_POWER)


def lagged(target: Curve) -> Curve:
    """A curve that follows ``target`` with the inertia of lips, forwards in time."""
    opening, closing = (1 - np.exp(-HOP_S / time_s) for time_s in (OPENING_S, CLOSING_S))
    followed, now = np.empty_like(target), 0.0
    for hop, goal in enumerate(target.tolist()):
        now += (opening if goal > now else closing) * (goal - now)
        followed[hop] = now
    return followed


def smoothstep(value: npt.ArrayLike, low: float, high: float) -> Curve:
    """0 below ``low``, 1 above ``high``, and a smooth slope between them."""
    share = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
