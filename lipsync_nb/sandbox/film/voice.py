"""Text to speech for the sandbox: a handful of espeak-ng voices, English and Mandarin."""

import math
import subprocess
import sys
import wave
from dataclasses import dataclass
from hashlib import md5
from os import PathLike
from pathlib import Path
from typing import Final

from lipsync_nb.sandbox.film import espeak


@dataclass(frozen=True)
class Voice:
    """A voice on offer."""

    id: str
    name: str
    gender: str
    """``female`` or ``male``."""
    language: str
    """``en`` (English) or ``cmn`` (Mandarin Chinese)."""
    timbre: str
    """The espeak-ng variant that colours the voice."""


VOICES: Final = (
    Voice("en-emma", "Emma", "female", "en", "f2"),
    Voice("en-grace", "Grace", "female", "en", "f4"),
    Voice("en-james", "James", "male", "en", "m3"),
    Voice("en-oliver", "Oliver", "male", "en", "m7"),
    Voice("cmn-xiaomei", "小美", "female", "cmn", "f3"),
    Voice("cmn-yating", "雅婷", "female", "cmn", "f5"),
    Voice("cmn-dawei", "大伟", "male", "cmn", "m3"),
    Voice("cmn-zhiqiang", "志强", "male", "cmn", "m2"),
)

BASE_VOICES: Final = {"en": "en-us", "cmn": "cmn"}

NORMAL_RATE_WPM = 175
"""espeak-ng's own speed."""

RATE_LIMITS_WPM = (80, 450)
"""What espeak-ng can do; beyond it repeats its limit."""

MIDDLE_PITCH = 50
"""espeak-ng's pitch runs from 0 to 100."""

PITCH_STEPS_PER_OCTAVE = 50
"""Half the pitch is espeak-ng's lowest, twice its highest."""

TIMEOUT_S = 120
"""A text of 10,000 characters takes about 2 s."""


def speak(
    text: str,
    path: str | PathLike[str],
    *,
    voice: str,
    speed: float = 1.0,
    pitch: float = 1.0,
    volume: int = 100,
) -> float:
    """Speak ``text`` into the WAV file ``path`` (mono, 16 bit, 22,050 Hz).

    The same text, voice and settings always give the same samples. Chinese within an English
    voice's text is spoken by the Chinese voice of its timbre, and the other way round.

    Args:
        text: What to say; any length, Chinese and Latin script may be mixed.
        path: Where the WAV goes; an existing file is overwritten.
        voice: The id of one of ``VOICES``.
        speed: 0.5 (slow) to 2 (fast).
        pitch: 0.5 (an octave down) to 2 (an octave up), about.
        volume: 0 to 100.

    Returns:
        The speech's length in seconds.

    Raises:
        ValueError: There is no such voice, or nothing in the text can be spoken.
    """
    if not any(character.isalnum() for character in text):
        raise ValueError("nothing to speak: the text has neither letters nor digits")
    chosen = find_voice(voice)
    settings = (espeak_voice(text, chosen), rate_wpm(speed), pitch_steps(pitch), volume)
    run_espeak(text.replace("\0", " "), [*map(str, settings), str(Path(path).resolve())])
    with wave.open(str(path)) as wav:
        return float(wav.getnframes() / wav.getframerate())


def find_voice(voice: str) -> Voice:
    """The voice of this id; ValueError where there is none."""
    for candidate in VOICES:
        if candidate.id == voice:
            return candidate
    known = ", ".join(candidate.id for candidate in VOICES)
    raise ValueError(f"unknown voice {voice!r}; known are {known}")


def cast(name: str, gender: str) -> Voice:
    """A voice for any name: its own if it is an id, else always the same one of this gender."""
    for candidate in VOICES:
        if candidate.id == name:
            return candidate
    fitting = [candidate for candidate in VOICES if candidate.gender == gender]
    return fitting[md5(name.encode(), usedforsecurity=False).digest()[0] % len(fitting)]


def espeak_voice(text: str, voice: Voice) -> str:
    """espeak-ng's name for a voice.

    Its Mandarin reads Latin words as English, but its English reads Chinese as the words
    "Chinese letter": so any Chinese in a text calls for Mandarin.
    """
    language = "cmn" if any(map(is_chinese, text)) else voice.language
    return f"{BASE_VOICES[language]}+{voice.timbre}"


def is_chinese(character: str) -> bool:
    """Whether a character is a Chinese ideograph."""
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def rate_wpm(speed: float) -> int:
    """espeak-ng's words per minute for a relative speed."""
    slowest, fastest = RATE_LIMITS_WPM
    return max(slowest, min(fastest, round(NORMAL_RATE_WPM * speed)))


def pitch_steps(pitch: float) -> int:
    """espeak-ng's pitch for a relative pitch."""
    steps = MIDDLE_PITCH + PITCH_STEPS_PER_OCTAVE * math.log2(max(pitch, 0.01))
    return max(0, min(99, round(steps)))


def run_espeak(text: str, arguments: list[str]) -> None:
    """Run ``espeak.py`` once; RuntimeError with its reason if it fails."""
    program = [sys.executable, "-I", espeak.__file__, *arguments]
    done = subprocess.run(  # noqa: S603 (our own file, run by our own interpreter)
        program, input=text.encode(), capture_output=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"speech failed: {done.stderr.decode(errors='replace').strip()}")
