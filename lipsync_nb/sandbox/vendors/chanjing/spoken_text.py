"""Text that 蝉镜 Chanjing speaks, in a lip sync or as an audio."""

import math
from typing import Any

from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

CHARACTERS_PER_S = 4.5  # a text is billed by its estimated length
SPEEDS = 0.5, 2.0
PITCHES = 0.1, 3.0  # on sibling pages, and in the vendor's own client
EMOJI = ((0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x200D, 0x200D), (0xFE0F, 0xFE0F))
"""Ranges of code points: pictographs, dingbats, joiners and variation selectors."""


class EmojiError(ValueError):
    """The text has an emoji. The real service answers 50000."""


def spoken_text(text: str, fields: Fields, voice_field: str, voices: Voices) -> dict[str, Any]:
    """The speech of a render order.

    Args:
        text: What to say.
        fields: The object with voice, speed and pitch.
        voice_field: The name that the call has for the voice.
        voices: Those that can speak.

    Raises:
        FieldError: There is no such voice, or another field is wrong.
        EmojiError: The text has an emoji.
    """
    refuse_emoji(text)
    found = voices.get(fields.text(voice_field))
    if found is None:
        raise FieldError(f"{voice_field} is not a voice")
    (voice, own_pitch), speed = found, fields.number("speed", *SPEEDS, 1)
    pitch = own_pitch * fields.number("pitch", *PITCHES, 1)
    return {"text": text, "voice": voice, "speed": speed, "pitch": pitch}


def refuse_emoji(text: str) -> None:
    """Raise EmojiError if a text has an emoji, or a part of one."""
    if any(first <= ord(character) <= last for character in text for first, last in EMOJI):
        raise EmojiError


def estimated_s(speech: dict[str, Any]) -> float:
    """About how long it takes to speak a speech, in seconds."""
    return float(len(speech["text"]) / CHARACTERS_PER_S / speech["speed"])


def beans(length_s: float, per_s: int) -> int:
    """The price in beans. Each second begun is charged (not on the page)."""
    return math.ceil(length_s) * per_s
