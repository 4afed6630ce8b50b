"""Text to speech: a few espeak-ng voices, English and Mandarin."""

import math
import re
import subprocess
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from os import PathLike
from pathlib import Path
from typing import Final

from lipsync_nb.sandbox.render import espeak


@dataclass(frozen=True)
class Voice:
    """A voice that can speak."""

    id: str
    name: str
    gender: str
    """``female`` or ``male``."""
    language: str
    """``en`` (English) or ``cmn`` (Mandarin Chinese)."""
    timbre: str
    """The espeak-ng variant of the voice."""


VOICES: Final = (
    Voice("en-emma", "Emma", "female", "en", "f2"),
    Voice("en-grace", "Grace", "female", "en", "f4"),
    Voice("en-james", "James", "male", "en", "m3"),
    Voice("en-oliver", "Oliver", "male", "en", "m7"),
    Voice("cmn-xiaomei", "小美", "female", "cmn", "f3"),
    Voice("cmn-yating", "雅婷", "female", "cmn", "f5"),
    Voice("cmn-dawei", "大伟", "male", "cmn", "m1"),
    Voice("cmn-zhiqiang", "志强", "male", "cmn", "m8"),
)
"""No timbre is here twice, nor two that are hardly told apart, such as m2 and m3."""

VOICES_BY_ID: Final = {voice.id: voice for voice in VOICES}

BASE_VOICES: Final = {"en": "en-us", "cmn": "cmn"}

NORMAL_RATE_WPM = 175
"""espeak-ng's default speed."""

RATE_LIMITS_WPM = (80, 450)
"""espeak-ng's slowest and fastest speed."""

MIDDLE_PITCH = 50
"""espeak-ng's pitch runs from 0 to 100."""

PITCH_STEPS_PER_OCTAVE = 50
"""Half the frequency is espeak-ng's lowest pitch, twice the frequency its highest."""

TIMEOUT_S = 120
"""A text of 10,000 characters takes about 2 s."""

CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
"""Any Chinese character."""

SENTENCE_END = re.compile(r"(?<=[。！？；\n])|(?<=[.!?;])\s+")
"""Ends of sentences in both scripts. A Latin one needs a space: 3.5 is a number."""


@dataclass(frozen=True)
class Subtitle:
    """What is said from one time to another, in seconds."""

    text: str
    begin_s: float
    end_s: float


def speak(
    text: str,
    path: str | PathLike[str],
    *,
    voice: str,
    speed: float = 1.0,
    pitch: float = 1.0,
    volume: int = 100,
) -> float:
    """Speak ``text`` into the WAV file ``path``; see `speak_all` for the arguments.

    Returns:
        The speech's length in seconds.

    Raises:
        ValueError: The voice is unknown, or the text has neither letters nor digits.
    """
    (whole,) = speak_all([text], path, voice=voice, speed=speed, pitch=pitch, volume=volume)
    return whole.end_s


def speak_all(
    texts: Sequence[str],
    path: str | PathLike[str],
    *,
    voice: str,
    speed: float = 1.0,
    pitch: float = 1.0,
    volume: int = 100,
) -> list[Subtitle]:
    """Speak texts, one after the other, into the WAV file ``path`` (mono, 16 bit, 22,050 Hz).

    The same texts, voice and settings always give the same samples. If there is any Chinese, all
    is spoken in Mandarin by the same timbre, whatever the voice's language.

    Args:
        texts: What to say, of any length. Chinese and Latin script may be mixed.
        path: Where the WAV goes. An existing file is overwritten.
        voice: The id of one of ``VOICES``.
        speed: 0.5 (slow) to 2 (fast).
        pitch: About 0.5 (an octave lower) to 2 (an octave higher).
        volume: 0 to 100.

    Returns:
        The texts with their times. Each begins where the one before it ends.

    Raises:
        ValueError: The voice is unknown, or the texts have neither letters nor digits.
    """
    if not any(character.isalnum() for text in texts for character in text):
        raise ValueError("nothing to speak: the text has neither letters nor digits")
    chosen = find_voice(voice)
    # Its Mandarin reads Latin words as English, but its English reads any Chinese character as
    # the words "Chinese letter".
    language = "cmn" if any(map(CHINESE.search, texts)) else chosen.language
    steps = MIDDLE_PITCH + PITCH_STEPS_PER_OCTAVE * math.log2(max(pitch, 0.01))
    arguments = (
        f"{BASE_VOICES[language]}+{chosen.timbre}",
        max(RATE_LIMITS_WPM[0], min(RATE_LIMITS_WPM[1], round(NORMAL_RATE_WPM * speed))),
        max(0, min(99, round(steps))),
        volume,
        Path(path).resolve(),
    )
    done = subprocess.run(  # noqa: S603 -- our own file, run by our own interpreter
        [sys.executable, "-I", espeak.__file__, *map(str, arguments)],
        input="\0".join(text.replace("\0", " ") for text in texts).encode(),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"speech failed: {done.stderr.decode(errors='replace').strip()}")
    with wave.open(str(path)) as wav:
        ends_s = [int(sample) / wav.getframerate() for sample in done.stdout.split()]
    return [Subtitle(*each) for each in zip(texts, [0.0, *ends_s], ends_s, strict=False)]


def sentences(text: str) -> list[str]:
    """A text's sentences. A piece without letters and digits is added to the one before it.

    Returns:
        At least one string; a single empty one if there is nothing to say.
    """
    whole: list[str] = []
    for piece in SENTENCE_END.split(text):
        if any(map(str.isalnum, piece)):
            whole.append(piece.strip())
        elif whole:
            whole[-1] += piece.rstrip()
    return whole or [""]


def find_voice(voice: str) -> Voice:
    """The voice with this id.

    Raises:
        ValueError: The id is unknown.
    """
    if voice not in VOICES_BY_ID:
        raise ValueError(f"unknown voice {voice!r}; known are {', '.join(VOICES_BY_ID)}")
    return VOICES_BY_ID[voice]


def voice_for(name: str, gender: str = "") -> Voice:
    """A voice for any name: the voice with this id, or one chosen by the name.

    Args:
        name: The name.
        gender: The gender of the voice that is chosen; empty for any.
    """
    fitting = [voice for voice in VOICES if gender in {"", voice.gender}]
    number = md5(name.encode(), usedforsecurity=False).digest()[0]
    return VOICES_BY_ID.get(name) or fitting[number % len(fitting)]
