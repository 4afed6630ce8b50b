"""What a card shows of a result, as a message to the browser."""

import base64
from collections.abc import Iterable
from dataclasses import astuple
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from lipsync_nb.engine.inputs import has_result, result_of
from lipsync_nb.errors import BadRequest, LedgerError
from lipsync_nb.http.addresses import http_url
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.file_extensions import EXTENSIONS
from lipsync_nb.notebook.text import vendor_label
from lipsync_nb.results import Avatar, Subtitle, Text, Voice
from lipsync_nb.vendors.base.request import Result


def recorded(record: Record) -> Result | None:
    """Return the result of a job, if it is there and can be read."""
    try:
        return result_of(record) if has_result(record) else None
    except LedgerError:
        return None


def result_card(record: Record, *, still: bool = True) -> dict[str, Any] | None:
    """Return what is shown of a job's result; ``None`` if it has none here.

    Args:
        record: The job.
        still: Whether to add a video's first frame.
    """
    match recorded(record):
        case Video() as video:
            return media_card(video.path, still=still)
        case Audio() as audio:
            return audio_card(audio)
        case Text() as text:
            return {"kind": "text", "text": str(text)}
        case (Voice() | Avatar()) as resource:
            return resource_card(resource)
    return None


def media_card(path: Path, *, kind: str = "video", still: bool = True) -> dict[str, Any]:
    """Return what is shown of a file.

    Args:
        path: The file.
        kind: ``"video"`` or ``"audio"``.
        still: Whether to add a video's first frame, which takes some milliseconds and kB.
    """
    frame = thumbnail(path) if still and kind == "video" else None
    try:
        duration = round(duration_s(path), 2)
    except BadRequest:
        duration = None
    return {
        "kind": kind,
        "file": jupyter.relative(path),
        "name": path.name,
        "size": path.stat().st_size,
        "duration": duration,
        "poster": frame and f"data:image/jpeg;base64,{base64.b64encode(frame).decode()}",
    }


def audio_card(audio: Audio) -> dict[str, Any]:
    """Return what is shown of an audio, with its subtitles."""
    return media_card(audio.path, kind="audio") | {"subtitles": subtitle_rows(audio.subtitles)}


def subtitle_rows(subtitles: Iterable[Subtitle]) -> list[list[Any]]:
    """Return subtitles as lists of start, end and text."""
    return [list(astuple(each)) for each in subtitles]


def resource_card(resource: Voice | Avatar) -> dict[str, Any]:
    """Return what is shown of a voice or an avatar."""
    return {
        "kind": type(resource).__name__.lower(),
        "vendor": vendor_label(resource.vendor),
        "name": resource.name,
        "id": resource.id,
        "preview": preview_of(resource),
    }


def preview_of(resource: Voice | Avatar) -> dict[str, str] | None:
    """Return the preview of a voice or an avatar: its URL, and which element shows it.

    The vendor gave the URL: only http(s) is shown.
    """
    if (url := shown_url(resource.preview)) is None:
        return None
    if isinstance(resource, Voice):
        return {"as": "audio", "url": url}
    ending = PurePosixPath(urlsplit(url).path.lower()).suffix
    return {"as": "video" if ending in EXTENSIONS["video"] else "image", "url": url}


def shown_url(url: object) -> str | None:
    """Return a URL that a browser may load; ``None`` if it is not an http(s) one."""
    try:
        return str(http_url(url.strip())) if isinstance(url, str) else None
    except ValueError:
        return None
