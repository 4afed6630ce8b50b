"""魔珐星云 Xingyun's scripts: render orders, and the fields that a task repeats."""

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from lipsync_nb.sandbox.jobs.job import RenderOrder
from lipsync_nb.sandbox.vendors.fields import Fields

STYLE = {"fps": 25, "crf": 24, "av_offset_ms": -40.0}
HEIGHTS = {"540P": 540, "720P": 720, "1080P": 1080, "2K": 1440, "4K": 2160}
"""Pixels by output_resolution, which the page shows in answers, but not as a field of requests."""
FIRST_MEDIA_ID = 123338  # as on the page
SHANGHAI = timezone(timedelta(hours=8))


def options_of(fields: Fields) -> dict[str, Any]:
    """The render options for scripts and slides."""
    fields.text("video_name", "")
    return {
        "look": fields.text("look_name"),
        "voice": fields.text("tts_vcn_name"),
        "studio": fields.text("studio_name"),
        "subtitles": fields.choice("sub_title", ("on", "off"), "on") == "on",
        "aigc_mark": fields.flag("if_aigc_mark", default=True),
    }


def style_of(fields: Fields) -> dict[str, Any]:
    """The render style, of the height that is asked for."""
    return {**STYLE, "height": HEIGHTS[fields.choice("output_resolution", tuple(HEIGHTS), "540P")]}


def script_order(rows: list[Fields], style: dict[str, Any], options: dict[str, Any]) -> RenderOrder:
    """The render order for a script's segments."""
    media, scenes = {}, []
    for i, row in enumerate(rows):
        role = f"scene{i}"
        scenes.append([row.text("text"), role])
        if url := row.url("media_url", ""):
            media[role] = url
    return RenderOrder("script", media, style, options={**options, "scenes": scenes})


def fields_in_detail(fields: Fields, body: dict[str, Any]) -> dict[str, Any]:
    """The fields that a task's detail repeats, with an id for each medium.

    The default name of a video is the time.
    """
    now = datetime.now(SHANGHAI)
    named = now.strftime("%Y%m%d_%H_%M_%S.") + f"{now.microsecond // 1000:03d}"
    names = ("look_name", "tts_vcn_name", "studio_name")
    return {
        "name": uuid.uuid4().hex,
        "video_name": fields.text("video_name", "") or named,
        "output_resolution": body.get("output_resolution") or "540P",
        **{name: body[name] for name in names},
        "sub_title": body.get("sub_title") or "on",
        "segment": [
            {
                "text": row["text"],
                "media_id": FIRST_MEDIA_ID + i,
                "media_url": row.get("media_url") or "",
            }
            for i, row in enumerate(body.get("segment") or [])
        ],
    }
