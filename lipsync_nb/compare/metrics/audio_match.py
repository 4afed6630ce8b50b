"""Find the speech that was given in the sound of a video."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.metrics.arrays import Levels, Samples
from lipsync_nb.compare.metrics.decode import RATE_HZ, Missing
from lipsync_nb.compare.metrics.speech_levels import HOP_S, band_levels

REACH_S = 2.0
"""Largest lag either way, seconds."""
REACH = round(REACH_S * RATE_HZ)
"""Largest lag either way, samples."""
BLOCK = 1 << 18
"""Samples compared at once, 16 s; this limits the memory for long sounds."""
SHORTEST_S = 0.5
"""Least length of sound and speech, seconds."""
OWN_RECORDING = 0.2
"""Least correlation of the waveforms for the same recording. Other speech reaches 0.1 at some
lag."""


@dataclass(frozen=True)
class AudioMatch:
    """The speech in the sound.

    Attributes:
        lag_s: How late the speech is, seconds.
        corr: Correlation of the waveforms at this lag, 0 to 1.
        sisdr_db: Scale-invariant signal-to-distortion ratio, decibels.
    """

    lag_s: float
    corr: float
    sisdr_db: float

    @property
    def own_recording(self) -> bool:
        """Whether the sound contains this recording of the speech; if not, the lag is random."""
        return self.corr >= OWN_RECORDING


def match_audio(sound: Samples, speech: Samples) -> AudioMatch:
    """Find the speech in the sound, by the cross-correlation of the waveforms.

    Raises:
        Missing: One of them is too short or silent.
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
    return AudioMatch(lag / RATE_HZ, corr, float(10 * np.log10(ratio)))


def match_levels(sound: Samples, speech: Samples) -> float:
    """Return the correlation of the levels in six bands, at the lag where it is largest.

    Raises:
        Missing: One of them is too short or silent.
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
    """Return the overlapping parts of sound and speech for a lag of the speech, in samples."""
    sound, speech = sound[max(0, lag) :], speech[max(0, -lag) :]
    count = min(len(sound), len(speech))
    return sound[:count], speech[:count]


def _cross_correlation(sound: Samples, speech: Samples) -> npt.NDArray[np.float64]:
    """Return the cross-correlation for each lag from -REACH to REACH samples."""
    size = 2 * BLOCK
    total = np.zeros(2 * REACH + 1)
    padded = np.pad(sound, (REACH, REACH + BLOCK))
    for begin in range(0, min(len(speech), len(sound) + REACH), BLOCK):
        said = np.fft.rfft(speech[begin : begin + BLOCK], size)
        heard = np.fft.rfft(padded[begin : begin + BLOCK + 2 * REACH], size)
        total += np.fft.irfft(heard * np.conj(said), size)[: 2 * REACH + 1]
    return total
