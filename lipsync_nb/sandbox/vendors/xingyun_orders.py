"""魔珐星云 Xingyun's scripts: what they make the renderer do, and how a task repeats them."""

from typing import Any

from lipsync_nb.sandbox.vendors.fields import Fields
from lipsync_nb.sandbox.work.jobs import Order

STYLE = {"height": 540, "fps": 25, "crf": 24, "av_offset_ms": -40.0}
FIRST_MEDIA_ID = 123338  # the page's own


def script_order(rows: list[Fields], options: dict[str, Any]) -> Order:
    """What to render of a script's segments."""
    media, scenes = {}, []
    for i, row in enumerate(rows):
        role = f"scene{i}"
        scenes.append([row.text("text"), role])
        if url := row.url("media_url", ""):
            media[role] = url
    return Order("script", media, STYLE, options={**options, "scenes": scenes})


def segments_as_told(segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The segments as a task's detail repeats them, each medium with an id."""
    return [
        {
            "text": row["text"],
            "media_id": FIRST_MEDIA_ID + i,
            "media_url": row.get("media_url") or "",
        }
        for i, row in enumerate(segments)
    ]
