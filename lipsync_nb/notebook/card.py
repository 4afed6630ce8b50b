"""What the card of a job or of a video shows, as a message to the browser."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import exists
from lipsync_nb.http.addresses import without_secrets
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.remedies import remedy
from lipsync_nb.notebook.text import costs, cut, vendor_label
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors import VENDORS

LONGEST_VALUE = 200
"""The most characters that are shown of a request's field."""


def job_card(record: Record, *, still: bool = True) -> dict[str, Any]:
    """Return what is shown of a job.

    Args:
        record: The job.
        still: Whether to add the video's first frame, which takes some milliseconds and kB.
    """
    path = Path(record.path) if record.path else None
    return {
        "id": record.id,
        "title": vendor_label(record.vendor),
        "vendor": record.vendor,
        "kind": record.kind,
        "status": str(record.status),
        "lost": record.lost,
        "vendor_status": record.vendor_status,
        "vendor_id": record.vendor_id,
        "progress": record.progress,
        "cost": costs([record]) or None,
        "created": record.created_at,
        "finished": record.finished_at,
        "fetching": record.status is JobStatus.succeeded and not record.done,
        "error": record.error or record.note,
        "remedy": remedy(record),
        "request": [[name, cut(value, LONGEST_VALUE)] for name, value in _fields(record.request)],
        "buttons": list(_buttons(record)),
        "video": video_card(path, still=still) if path and exists(path) else None,
    }


def video_card(path: Path, *, still: bool = True) -> dict[str, Any]:
    """Return what is shown of a video.

    Args:
        path: The video's file.
        still: Whether to add its first frame.
    """
    frame = thumbnail(path) if still else None
    try:
        duration = round(duration_s(path), 2)
    except BadRequest:
        duration = None
    return {
        "file": jupyter.relative(path),
        "name": path.name,
        "size": path.stat().st_size,
        "duration": duration,
        "poster": frame and f"data:image/jpeg;base64,{base64.b64encode(frame).decode()}",
    }


def _fields(request: str) -> list[tuple[str, str]]:
    """Return the fields of a request as texts; the request itself if it cannot be read."""
    try:
        fields = json.loads(request)
        if isinstance(fields, dict):
            return [(name, _text(_hidden(value))) for name, value in fields.items()]
    except (ValueError, RecursionError):
        pass
    return [("request", without_secrets(request))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _hidden(value: Any) -> Any:
    """Return a JSON value without the secrets of its URLs."""
    if isinstance(value, dict):
        return {name: _hidden(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return without_secrets(value) if isinstance(value, str) else value


def _buttons(record: Record) -> Iterator[str]:
    going_on = not record.status.terminal and not record.lost
    if going_on:
        vendor = VENDORS.get(record.vendor)
        kinds = [kind.kind() for kind in vendor.cancels] if vendor else []
        if record.sent_at is None or record.kind in kinds:
            yield "cancel"
    followed = going_on and record.status is not JobStatus.submitting
    lost = record.lost or record.status is JobStatus.abandoned
    if record.readable and (lost or (followed and record.sent_at)):
        yield "attach"
    if record.resubmittable:
        yield "resubmit"
    if record.lost or record.never_sent or (going_on and record.sent_at is not None):
        yield "abandon"
    gone = record.path is None or not exists(record.path)
    if record.status is JobStatus.succeeded and record.done and gone:
        yield "fetch"
