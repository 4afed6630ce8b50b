"""蝉镜 Chanjing's lip sync: from the parameters to a render order and a price."""

from typing import Any

from lipsync_nb.sandbox.jobs.job import RenderOrder
from lipsync_nb.sandbox.vendors.chanjing.spoken_text import beans, estimated_s, spoken_text
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
from lipsync_nb.sandbox.vendors.fields import Fields

STYLE = {"fps": 25, "crf": 21, "av_offset_ms": 40.0}
BEANS_PER_S = (1, 2)  # by model, basic and high quality; from a copy of the price list
SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 16, 3840  # limits of the encoder; the page names none
FORWARD, BACK_AND_FORTH = 1, 2  # values of ``backway``


def priced_order(fields: Fields, files: Files, voices: Voices) -> tuple[RenderOrder, int]:
    """The create call's parameters as an order, and its price in beans.

    Raises:
        FieldError: A parameter is wrong.
        EmojiError: The text has an emoji.
    """
    volume = fields.whole("volume", 1, 100, 100)
    options = _options(fields)
    style = {**STYLE, "height": options["size"][1], "volume": volume}
    model = fields.choice("model", (0, 1), 0)
    media = {"video": files.ready(fields, "video_file_id", "lip_sync_video").path}
    speech: dict[str, Any] = {}
    if fields.choice("audio_type", ("tts", "audio"), "tts") == "audio":
        audio = files.ready(fields, "audio_file_id", "lip_sync_audio")
        media["speech"] = audio.path
        length_s = audio.duration_s
    else:
        speech = _speech(fields.inner("tts_config"), voices)
        length_s = estimated_s(speech)
    price = beans(length_s, BEANS_PER_S[model])
    return RenderOrder("face_video", media, style, speech, options), price


def _options(fields: Fields) -> dict[str, Any]:
    sides = (SMALLEST_SIDE_PX, LARGEST_SIDE_PX)
    fields.choice("drive_mode", ("", "random"), "")
    backway = fields.choice("backway", (FORWARD, BACK_AND_FORTH), FORWARD)
    size = [fields.whole("screen_width", *sides, 1080), fields.whole("screen_height", *sides, 1920)]
    return {"size": size, "backway": backway == BACK_AND_FORTH}


def _speech(tts: Fields, voices: Voices) -> dict[str, Any]:
    # The text is a string on the page; a list in the vendor's own client.
    return spoken_text("\n".join(tts.texts("text")), tts, "audio_man_id", voices)
