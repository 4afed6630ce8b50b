"""蝉镜 Chanjing's create_video: from the parameters to a render order and a price."""

import re
from typing import Any

from lipsync_nb.sandbox.jobs.job import RenderOrder
from lipsync_nb.sandbox.vendors.chanjing.own_person import OwnPeople
from lipsync_nb.sandbox.vendors.chanjing.people import BY_ID, FONTS
from lipsync_nb.sandbox.vendors.chanjing.spoken_text import beans, estimated_s, spoken_text
from lipsync_nb.sandbox.vendors.chanjing.uploaded_files import Files
from lipsync_nb.sandbox.vendors.chanjing.voices import Voices
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

STYLE = {"fps": 25, "crf": 21, "av_offset_ms": 40.0}
BEANS_PER_S = (1, 2, 3)  # by model, basic, high quality and cartoon; from a copy of the price list
SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 16, 3840  # limits of the encoder; the page names none
FARTHEST_PX = 10_000  # of a box, likewise
LONGEST_TEXT = 3999  # characters
AI_MARK = "AI生成"
USUAL_AUDIO_S = 10.0  # what an audio behind a URL is billed as before it was fetched
USUAL_SUBTITLES = 31, 1521, 1000, 200  # their box, as the vendor's own client has it
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
FIGURES = ("whole_body", "sit_body", "circle_view")


def avatar_order(
    fields: Fields, files: Files, voices: Voices, people: OwnPeople
) -> tuple[RenderOrder, int]:
    """The create call's parameters as an order, and its price in beans.

    Raises:
        FieldError: A parameter is wrong.
        EmojiError: The text has an emoji.
    """
    media, options = _person(fields, people)
    heard, speech, length_s = _audio(fields.inner("audio"), files, voices)
    background, behind = _background(fields, files)
    options |= behind | _screen(fields)
    model = fields.choice("model", (0, 1, 2), 0)
    fields.choice("resolution_rate", (0, 1), 0)
    marked = fields.flag("add_compliance_watermark", default=False)
    volume = fields.inner("audio").whole("volume", 0, 100, 100)
    style = {**STYLE, "volume": volume, "watermark": AI_MARK if marked else ""}
    options |= _subtitles(fields)
    if fields.inner("person").flag("is_rgba_mode", default=False):  # has neither of them
        options.pop("subtitles", None)
        background, options = {}, _without_picture(options)
    order = RenderOrder("avatar", media | heard | background, style, speech, options)
    return order, beans(length_s, BEANS_PER_S[model])


def _person(fields: Fields, people: OwnPeople) -> tuple[dict[str, str], dict[str, Any]]:
    person = fields.inner("person")
    person_id, figure = person.text("id"), person.text("figure_type", "")
    options: dict[str, Any] = {"box": _box(person)}
    person.choice("drive_mode", ("", "random"), "")
    person.choice("backway", (1, 2), 1)
    for source in ("source", "audio_source"):
        fields.choice(source, (0, 1), 0)
    if figure and figure not in FIGURES:
        raise FieldError(f"person.figure_type must be one of {', '.join(FIGURES)}")
    if (public := BY_ID.get(person_id)) is not None:
        if figure not in public.figures:
            known = ", ".join(public.figures)
            raise FieldError(f"person.figure_type of this public person must be one of {known}")
        return {}, options | {"name": public.look, "figure": figure}
    if (clip := people.clip(person_id)) is None:
        raise FieldError("person.id is not a person")
    return {"clip": clip}, options


def _audio(
    audio: Fields, files: Files, voices: Voices
) -> tuple[dict[str, str], dict[str, Any], float]:
    """The media, the speech, and about how many seconds it lasts."""
    audio.text("language", "cn")
    if audio.choice("type", ("tts", "audio"), "tts") == "tts":
        tts = audio.inner("tts")
        text = "\n".join(tts.texts("text"))
        if len(text) > LONGEST_TEXT:
            raise FieldError(f"audio.tts.text must have at most {LONGEST_TEXT} characters")
        speech = spoken_text(text, tts, "audio_man", voices)
        return {}, speech, estimated_s(speech)
    if audio.given("file_id"):
        file = files.ready(audio, "file_id", "make_video_audio")
        return {"speech": file.path}, {}, file.duration_s
    return {"speech": audio.url("wav_url")}, {}, USUAL_AUDIO_S


def _background(fields: Fields, files: Files) -> tuple[dict[str, str], dict[str, Any]]:
    colour = fields.text("bg_color", "#FFFFFF")
    if not COLOUR.fullmatch(colour):
        raise FieldError("bg_color must be like #EDEDED")
    if not fields.given("bg"):
        return {}, {"colour": colour}
    bg = fields.inner("bg")
    if bg.given("file_id"):
        place = files.ready(bg, "file_id", "make_video_background").path
    else:
        place = bg.url("src_url")
    return {"picture": place}, {"colour": colour, "picture_box": _box(bg)}


def _without_picture(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "picture_box"}


def _screen(fields: Fields) -> dict[str, Any]:
    sides = (SMALLEST_SIDE_PX, LARGEST_SIDE_PX)
    return {
        "size": [
            fields.whole("screen_width", *sides, 1080),
            fields.whole("screen_height", *sides, 1920),
        ]
    }


def _subtitles(fields: Fields) -> dict[str, Any]:
    if not fields.given("subtitle_config"):
        return {}
    given = fields.inner("subtitle_config")
    shown = given.flag("show", default=False)
    given.choice("asr_type", (0, 1), 0)
    if given.text("font_id", "") not in {"", *(font["id"] for font in FONTS)}:
        raise FieldError("subtitle_config.font_id is not a font")
    if not shown:
        return {}
    style = {
        "box": _box(given, USUAL_SUBTITLES),
        "font_size": given.whole("font_size", 1, 1000, 64),
        "colour": given.text("color", "#FFFFFF"),
        "stroke_colour": given.text("stroke_color", "#000000"),
        "stroke_width": given.whole("stroke_width", 0, 100, 7),
    }
    for name in ("colour", "stroke_colour"):
        if not COLOUR.fullmatch(str(style[name])):
            raise FieldError(f"subtitle_config: the {name} must be like #FFFFFF")
    return {"subtitles": style}


def _box(place: Fields, usual: tuple[int | None, ...] = (None,) * 4) -> list[int]:
    """Left and upper edge, width and height; each is required unless there is a usual one."""
    x, y, width, height = usual
    return [
        place.whole("x", -FARTHEST_PX, FARTHEST_PX, x),
        place.whole("y", -FARTHEST_PX, FARTHEST_PX, y),
        place.whole("width", 1, LARGEST_SIDE_PX, width),
        place.whole("height", 1, LARGEST_SIDE_PX, height),
    ]
