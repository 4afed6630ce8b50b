"""蝉镜 Chanjing's common voices, as on its page."""

import hashlib
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
