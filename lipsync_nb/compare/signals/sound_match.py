"""How much of the speech that was given is in a video's sound, and where."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.signals.arrays import Levels, Samples
from lipsync_nb.compare.signals.decode import RATE_HZ
from lipsync_nb.compare.signals.levels import HOP_S, band_levels
from lipsync_nb.compare.signals.row import Missing

REACH_S = 2.0
"""Seconds either way within which a lag is looked for."""
REACH = round(REACH_S * RATE_HZ)
"""Samples either way within which a lag is looked for."""
BLOCK = 1 << 18
"""Samples compared at once: 16 s; bounds the memory that a long sound takes."""
SHORTEST_S = 0.5
"""Seconds of sound, and of speech, below which nothing can be matched."""
OWN_RECORDING = 0.2
"""Correlation of the waveforms below which the sound is not the speech's own recording: other
speech reaches 0.1 at some lag."""


@dataclass(frozen=True)
class Match:
    """The speech in the sound.

    Attributes:
        lag_s: How late it is.
        corr: Correlation of the waveforms there, 0 to 1.
        sisdr_db: Energy of the speech in the sound to that of the rest, decibels.
    """

    lag_s: float
    corr: float
    sisdr_db: float

    @property
    def own_recording(self) -> bool:
        """Whether the sound holds the speech's own recording, so that the lag means something."""
        return self.corr >= OWN_RECORDING


def match(sound: Samples, speech: Samples) -> Match:
    """Find the speech in the sound, by their cross-correlation.

    Raises:
        Missing: One of them is too short, or silent.
    """
    if min(len(sound), len(speech)) < SHORTEST_S * RATE_HZ:
        raise Missing("the sound is too short")
    lag = int(np.argmax(np.abs(_cross_correlation(sound, speech)))) - REACH
    heard, said = (part.astype(np.float64) for part in _overlap(sound, speech, lag))
    energy = float(said @ said) * float(heard @ heard)
    if energy <= 0:
        raise Missing("the sound is silent")
    shared = float(heard @ said) / float(said @ said)
    rest = heard - shared * said
    ratio = (shared**2 * float(said @ said) + 1e-12) / (float(rest @ rest) + 1e-12)
    corr = abs(float(heard @ said)) / energy**0.5
    return Match(lag / RATE_HZ, corr, float(10 * np.log10(ratio)))


def level_match(sound: Samples, speech: Samples) -> float:
    """Return the correlation of both sounds' levels in six bands, at their best lag.

    Raises:
        Missing: One of them is too short, or silent.
    """
    heard, said = band_levels(sound), band_levels(speech)
    if min(len(heard), len(said)) < SHORTEST_S / HOP_S:
        raise Missing("the sound is too short")
    reach = min(round(REACH_S / HOP_S), min(len(heard), len(said)) // 2)
    return max(_level_correlation(heard, said, lag) for lag in range(-reach, reach + 1))


def _level_correlation(heard: Levels, said: Levels, lag: int) -> float:
    heard, said = (part - part.mean(axis=0) for part in _overlap(heard, said, lag))
    energy = np.sqrt((heard**2).sum(axis=0) * (said**2).sum(axis=0))
    shared = (heard * said).sum(axis=0)
    return float(np.mean(np.divide(shared, energy, out=np.zeros_like(shared), where=energy > 0)))


def _overlap(
    sound: npt.NDArray[np.floating], speech: npt.NDArray[np.floating], lag: int
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """Return what is heard and what is said at the same time, the speech being so late."""
    sound, speech = sound[max(0, lag) :], speech[max(0, -lag) :]
    count = min(len(sound), len(speech))
    return sound[:count], speech[:count]


def _cross_correlation(sound: Samples, speech: Samples) -> npt.NDArray[np.float64]:
    """Return the cross-correlation for every lag from -REACH to REACH samples."""
    size = 2 * BLOCK
    total = np.zeros(2 * REACH + 1)
    padded = np.pad(sound, (REACH, REACH + BLOCK))
    for begin in range(0, min(len(speech), len(sound) + REACH), BLOCK):
        said = np.fft.rfft(speech[begin : begin + BLOCK], size)
        heard = np.fft.rfft(padded[begin : begin + BLOCK + 2 * REACH], size)
        total += np.fft.irfft(heard * np.conj(said), size)[: 2 * REACH + 1]
    return total
