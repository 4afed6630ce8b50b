"""蝉镜 Chanjing's voices: the common ones, as on its page, and those of the client's own."""

import hashlib
from collections.abc import Callable
from typing import Any

from lipsync_nb.sandbox.render import speech
from lipsync_nb.sandbox.signed_urls import Signer

PRINTED = "C-f2429d07554749839849497589199916"  # a Chinese voice in the page's example
AUDITION_LIFETIME_S = 86400.0


def _ids() -> dict[str, str]:
    ids = {
        f"C-{hashlib.md5(each.id.encode(), usedforsecurity=False).hexdigest()}": each.id
        for each in speech.VOICES
    }
    chinese = next(each.id for each in speech.VOICES if each.language != "en")
    return {PRINTED: chinese} | {key: own for key, own in ids.items() if own != chinese}


VOICES = _ids()
"""audio_man_id → id of one of the renderer's voices."""


OwnVoice = tuple[str, float]
"""Which of the renderer's voices speaks, and how much higher than usual."""


class Voices:
    """All voices that can speak.

    Args:
        own: Find a voice of the client's own by its audio_man_id.
    """

    def __init__(self, *own: Callable[[str], OwnVoice | None]) -> None:
        self._own = own

    def get(self, voice_id: str) -> OwnVoice | None:
        """How a voice speaks, by its audio_man_id; None if there is no such voice."""
        if voice_id in VOICES:
            return VOICES[voice_id], 1.0
        return next((found for find in self._own if (found := find(voice_id))), None)


def common_audio(signer: Signer) -> list[dict[str, Any]]:
    """All voices, as in the answer of list_common_audio."""
    own = speech.VOICES_BY_ID
    return [
        {
            "id": key,
            "name": own[name].name,
            "gender": own[name].gender,
            "lang": "en" if own[name].language == "en" else "zh",
            "audition": signer.url(f"/auditions/{name}.wav", AUDITION_LIFETIME_S),
            "speed": 1,
            "pitch": 1,
        }
        for key, name in VOICES.items()
    ]
