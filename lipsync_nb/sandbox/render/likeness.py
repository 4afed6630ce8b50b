"""Cloning a voice: one of the espeak-ng voices, as high as the voice of a sample."""

import functools
import zlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lipsync_nb.sandbox.render.audio import Samples, read_audio
from lipsync_nb.sandbox.render.speech import VOICES, speak

LOWEST_HZ, HIGHEST_HZ = 60.0, 450.0
"""Voices speak between these frequencies."""
BETWEEN_HZ = 165.0
"""Men mostly speak below this frequency, women above."""
FRAME_S, FRAMES = 0.04, 200
"""Length of a piece of the sample whose pitch is measured, and about how many are measured."""
VOICED = 0.5
"""Autocorrelation, relative to the energy, from which a piece is a vowel."""
PITCHES = 0.5, 2.0
"""Limits of the pitch that espeak-ng can speak with."""


@dataclass(frozen=True)
class Likeness:
    """How to speak like the voice of a sample.

    Args:
        voice: The id of one of ``VOICES``.
        pitch: How much higher than usual it speaks.
    """

    voice: str
    pitch: float


def voice_like(sample: Path, language: str = "") -> Likeness:
    """A voice of the sample's pitch. The same sample always gives the same voice.

    Args:
        sample: Audio of any format.
        language: ``en`` or ``zh``, in which it is to speak; empty if that is not said.

    Raises:
        BadMedia: The sample cannot be read.
    """
    audio = read_audio(sample)
    pitch_hz = median_pitch_hz(audio.mono, audio.rate) or BETWEEN_HZ
    gender = "female" if pitch_hz > BETWEEN_HZ else "male"
    own = "en" if language == "en" else "cmn"
    fitting = [each.id for each in VOICES if (each.gender, each.language) == (gender, own)]
    voice = fitting[zlib.crc32(sample.read_bytes()) % len(fitting)]
    pitch = pitch_hz / _usual_pitch_hz(voice)
    return Likeness(voice, round(min(max(pitch, PITCHES[0]), PITCHES[1]), 3))


def median_pitch_hz(mono: Samples, rate: int) -> float:
    """The median frequency of the vowels in a speech, by autocorrelation; 0 if it has none."""
    length, shortest, longest = (
        int(FRAME_S * rate),
        int(rate / HIGHEST_HZ),
        int(rate / LOWEST_HZ),
    )
    found = []
    for begin in range(0, len(mono) - length, max(length, len(mono) // FRAMES)):
        piece = mono[begin : begin + length].astype(float)
        piece -= piece.mean()
        correlation = np.correlate(piece, piece, "full")[length - 1 :]
        lag = shortest + int(np.argmax(correlation[shortest:longest]))
        if correlation[0] > 0 and correlation[lag] > VOICED * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found)) if found else 0.0


@functools.cache
def _usual_pitch_hz(voice: str) -> float:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "usual.wav"
        speak("Hello, nice to meet you.", path, voice=voice)
        audio = read_audio(path)
    return median_pitch_hz(audio.mono, audio.rate) or BETWEEN_HZ
