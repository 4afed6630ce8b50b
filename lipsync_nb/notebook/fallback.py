"""What is shown where widgets do not work, such as on GitHub and in logs: HTML and text."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import exists
from lipsync_nb.http.addresses import without_secrets
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.probe import duration_s
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.field_spec import specs
from lipsync_nb.notebook.remedies import remedy
from lipsync_nb.notebook.text import clock, costs, cut, elapsed, request_label, size
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors.base import Request

MAX_ROWS = 50
"""The most jobs in a saved table, as more would make notebooks large. The newest are kept."""
LONGEST_NOTE = 200
"""The most characters of a job's error in a table's row."""
HEADS = ("Job", "Vendor", "Kind", "Status", "Cost", "Elapsed", "Submitted", "Video or note")


def table_html(records: Sequence[Record]) -> str:
    """Return jobs as a plain table, the newest first, with links to their videos."""
    newest = records[: -MAX_ROWS - 1 : -1]
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    body = "".join(f"<tr>{_cells(record)}</tr>" for record in newest)
    left = f"; the newest {MAX_ROWS} are shown" if len(records) > MAX_ROWS else ""
    caption = html.escape(f"{_summary(records)}{left}")
    return (
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def table_text(records: Sequence[Record]) -> str:
    """Return jobs as lines of text, the newest first."""
    newest = records[: -MAX_ROWS - 1 : -1]
    lines = ["  ".join(_texts(record)).rstrip() for record in newest]
    return "\n".join([_summary(records), *lines])


def job_html(record: Record) -> str:
    """Return a job as HTML: its video, or its status, its error and what to do."""
    facts = " · ".join(filter(None, _texts(record)[1:6]))
    head = f"<strong>Job <code>{record.id}</code></strong> {html.escape(facts)}"
    if record.path is not None and exists(record.path):
        return f"<div>{head}</div>{video_html(Path(record.path))}"
    bar, texts = "", []
    if record.progress is not None and not record.status.terminal:
        bar = f' <progress value="{record.progress:.2f}" aria-label="Progress"></progress>'
    if problem := record.error or record.note:
        texts.append(html.escape(problem))
    if todo := remedy(record):
        texts.append(f"What to do: {html.escape(todo)}.")
    if record.vendor_id:
        texts.append(f"vendor's id: <code>{html.escape(record.vendor_id)}</code>")
    return f"<div>{head}{bar}</div>{''.join(f'<p>{text}</p>' for text in texts)}"


def video_html(path: Path) -> str:
    """Return a video as a player with a path relative to the notebook, or a link if none plays."""
    address = html.escape(jupyter.url(path))
    figures = [path.name]
    with suppress(BadRequest, OSError):
        figures += [clock(duration_s(path)), size(path.stat().st_size)]
    facts = html.escape(" · ".join(figures))
    caption = f'<figcaption>{facts} · <a href="{address}" download>Download</a></figcaption>'
    player = (
        f'<video controls preload="metadata" src="{address}" aria-label="{html.escape(path.name)}" '
        'style="max-width: 100%; max-height: 480px"></video>'
    )
    shown = player if jupyter.plays_inline(path) else ""
    return f'<figure style="margin: 0">{shown}{caption}</figure>'


def form(kind: type[Request], values: Mapping[str, Any]) -> dict[str, str]:
    """Return a form as text and as HTML: its name and its values.

    Args:
        kind: The kind of request that the form is for.
        values: The values, by the fields' names.
    """
    name = request_label(kind)
    lines = [
        (spec.label, without_secrets(str(values[spec.name])))
        for spec in specs(kind)
        if spec.name in values
    ]
    rows = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in lines)
    filled = f"<table>{rows}</table>" if rows else ""
    text = "".join(f"\n  {label}: {value}" for label, value in lines)
    return {
        "text/plain": f"Form: {name}{text}",
        "text/html": f"<p><strong>Form: {html.escape(name)}</strong>. "
        f"Run the notebook to fill it in.</p>{filled}",
    }


def _summary(records: Sequence[Record]) -> str:
    number = Counter(record.status for record in records)
    statuses = [f"{number[status]} {status}" for status in JobStatus if number[status]]
    heading = f"{len(records)} job{'' if len(records) == 1 else 's'}"
    return "; ".join(filter(None, (heading, ", ".join(statuses), costs(records))))


def _texts(record: Record) -> list[str]:
    progress = "" if record.progress is None else f" {record.progress:.0%}"
    submitted = datetime.fromtimestamp(record.created_at, UTC)
    return [
        record.id,
        record.vendor,
        record.kind,
        f"{record.status}{'' if record.status.terminal else progress}",
        costs([record]),
        elapsed(record, time()),
        f"{submitted:%Y-%m-%d %H:%M:%S} UTC",
        (record.path and jupyter.relative(Path(record.path)))
        or cut(record.error, LONGEST_NOTE)
        or "",
    ]


def _cells(record: Record) -> str:
    *texts, note = map(html.escape, _texts(record))
    if record.path is not None:
        note = f'<a href="{html.escape(jupyter.url(Path(record.path)))}">{note}</a>'
    return "".join(f"<td>{text}</td>" for text in [*texts, note])
