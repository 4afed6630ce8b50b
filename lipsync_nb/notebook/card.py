"""What the card of a job shows, as a message to the browser."""

import json
from collections.abc import Iterator
from typing import Any

from lipsync_nb.files import exists
from lipsync_nb.http.addresses import without_secrets
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.reference import reference_to
from lipsync_nb.notebook.chain import Find, knows_none, steps, waiting_for
from lipsync_nb.notebook.etas import eta_row
from lipsync_nb.notebook.remedies import can_be_attached, remedy
from lipsync_nb.notebook.result_card import result_card
from lipsync_nb.notebook.text import costs, cut, vendor_label
from lipsync_nb.status import Eta, JobStatus
from lipsync_nb.vendors import VENDORS

DESCRIBED = ("project", "title", "notes")
"""What the user can change in a card."""
LONGEST_VALUE = 200
"""The most characters that are shown of a request's field, and of each of the details."""


def job_card(
    record: Record, find: Find = knows_none, eta: Eta | None = None, *, still: bool = True
) -> dict[str, Any]:
    """Return what is shown of a job.

    Args:
        record: The job.
        find: Finds the jobs whose results it uses.
        eta: When it is expected to be done, if that is known.
        still: Whether to add a video's first frame, which takes some milliseconds and kB.
    """
    return {
        "id": record.id,
        "title": vendor_label(record.vendor),
        "vendor": record.vendor,
        "kind": record.kind,
        "makes": record.makes,
        "status": str(record.status),
        "lost": record.lost,
        "vendor_status": record.vendor_status,
        "vendor_id": record.vendor_id,
        "progress": record.progress,
        "eta": eta_row(eta, record),
        "cost": costs([record]) or None,
        "created": record.created_at,
        "finished": record.finished_at,
        "fetching": record.status is JobStatus.succeeded and not record.done,
        "error": record.error or record.note,
        "waits": waiting_for(record, find),
        "remedy": remedy(record),
        "request": [[name, cut(value, LONGEST_VALUE)] for name, value in _fields(record.request)],
        "said": [[name, cut(text, LONGEST_VALUE)] for name, text in record.details if text],
        "details": described(record),
        "buttons": list(_buttons(record)),
        "result": result_card(record, still=still),
        "chain": steps(record, find),
    }


def described(record: Record) -> dict[str, str] | None:
    """Return what the user can change of what is said of a job; ``None`` if nothing is kept."""
    if not record.readable:
        return None
    return {name: getattr(record, name) or "" for name in DESCRIBED}


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
    """Return a JSON value without the secrets of its URLs, and with jobs as they are written."""
    if (job := reference_to(value)) is not None:
        return str(job)
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
    if can_be_attached(record) and (lost or (followed and record.sent_at)):
        yield "attach"
    if record.resubmittable:
        yield "resubmit"
    if record.lost or record.never_sent or (going_on and record.sent_at is not None):
        yield "abandon"
    gone = record.path is None or not exists(record.path)
    if record.status is JobStatus.succeeded and record.done and gone and _at_vendor(record):
        yield "fetch"


def _at_vendor(record: Record) -> bool:
    """Return whether the vendor has the file of a succeeded job, so that it can be fetched."""
    return record.makes_file and not record.came_in_answer
