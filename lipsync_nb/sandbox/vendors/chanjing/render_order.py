"""蝉镜 Chanjing's create call: from its parameters to a render order and a price."""

import math
from typing import Any

from lipsync_nb.sandbox.jobs.job import RenderOrder
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import File, Files
from lipsync_nb.sandbox.vendors.chanjing.voices import VOICES
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

STYLE = {"fps": 25, "crf": 21, "av_offset_ms": 40.0}
BEANS_PER_S = (1, 2)  # by model, basic and high quality; from a copy of the price list
CHARACTERS_PER_S = 4.5  # a text is billed by its estimated length
SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 16, 3840  # limits of the encoder; the page names none
PITCHES = 0.1, 3.0  # on sibling pages, and in the vendor's own client
FORWARD, BACK_AND_FORTH = 1, 2  # values of ``backway``
EMOJI = ((0x1F000, 0x1FAFF), (0x2600, 0x27BF), (0x200D, 0x200D), (0xFE0F, 0xFE0F))
"""Ranges of code points: pictographs, dingbats, joiners and variation selectors."""


class EmojiError(ValueError):
    """The text has an emoji. The real service answers 50000."""


def priced_order(fields: Fields, files: Files) -> tuple[RenderOrder, int]:
    """The create call's parameters as an order, and its price in beans.

    Raises:
        FieldError: A parameter is wrong.
        EmojiError: The text has an emoji.
    """
    volume = fields.whole("volume", 1, 100, 100)
    options = _options(fields)
    style = {**STYLE, "height": options["size"][1], "volume": volume}
    model = fields.choice("model", (0, 1), 0)
    media = {"video": _ready(fields, "video_file_id", "lip_sync_video", files).path}
    speech: dict[str, Any] = {}
    if fields.choice("audio_type", ("tts", "audio"), "tts") == "audio":
        audio = _ready(fields, "audio_file_id", "lip_sync_audio", files)
        media["speech"] = audio.path
        length_s = audio.duration_s
    else:
        speech = _speech(fields.inner("tts_config"))
        length_s = len(speech["text"]) / CHARACTERS_PER_S / speech["speed"]
    # Each second begun is charged (not on the page).
    beans = math.ceil(length_s) * BEANS_PER_S[model]
    return RenderOrder("face_video", media, style, speech, options), beans


def _options(fields: Fields) -> dict[str, Any]:
    sides = (SMALLEST_SIDE_PX, LARGEST_SIDE_PX)
    fields.choice("drive_mode", ("", "random"), "")
    backway = fields.choice("backway", (FORWARD, BACK_AND_FORTH), FORWARD)
    size = [fields.whole("screen_width", *sides, 1080), fields.whole("screen_height", *sides, 1920)]
    return {"size": size, "backway": backway == BACK_AND_FORTH}


def _ready(fields: Fields, name: str, service: str, files: Files) -> File:
    file = files.get(fields.text(name))
    if file is None or file.service != service:
        raise FieldError(f"{name} is not a file of service {service}")
    if not file.ready:
        raise FieldError(f"{name} is not ready: status {file.status}")
    return file


def _speech(tts: Fields) -> dict[str, Any]:
    text = "\n".join(tts.texts("text"))  # a string on the page; a list in the vendor's own client
    if any(map(is_emoji, text)):
        raise EmojiError
    voice = VOICES.get(tts.text("audio_man_id"))
    if voice is None:
        raise FieldError("tts_config.audio_man_id is not a voice")
    pitch = tts.number("pitch", *PITCHES, 1)
    return {"text": text, "voice": voice, "speed": tts.number("speed", 0.5, 2, 1), "pitch": pitch}


def is_emoji(character: str) -> bool:
    """Whether a character is an emoji or a part of one."""
    return any(first <= ord(character) <= last for first, last in EMOJI)
