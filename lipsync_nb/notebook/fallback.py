"""What is shown where widgets do not work, such as on GitHub and in logs: HTML and text."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

from lipsync_nb.http.addresses import without_secrets
from lipsync_nb.ledger.record import Record, joined
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.chain import Find, chain_of, knows_none, waiting_for
from lipsync_nb.notebook.etas import FindEta, knows_no_eta
from lipsync_nb.notebook.field_spec import specs
from lipsync_nb.notebook.remedies import remedy
from lipsync_nb.notebook.result_card import recorded
from lipsync_nb.notebook.result_html import result_html
from lipsync_nb.notebook.text import costs, cut, elapsed, vendor_label
from lipsync_nb.results import Avatar, Voice
from lipsync_nb.status import Eta, JobStatus
from lipsync_nb.vendors.base import Model

MAX_ROWS = 50
"""The most jobs in a saved table, as more would make notebooks large. The newest are kept."""
LONGEST_NOTE = 200
"""The most characters of a job's error in a table's row, and of its notes."""
LONGEST_TITLE = 60
"""The most characters of a job's title."""
HEADS = (
    *("Job", "Project", "Vendor", "Kind", "Makes", "Status", "Cost", "Elapsed", "Submitted"),
    "Result or note",
)


def table_html(
    records: Sequence[Record],
    find: Find = knows_none,
    eta_of: FindEta = knows_no_eta,
    count: int | None = None,
) -> str:
    """Return jobs as a plain table, the newest first, with links to their files.

    Args:
        records: The jobs, the oldest first.
        find: Finds the jobs that they wait for.
        eta_of: Returns when each is expected to be done.
        count: How many jobs there are, if these are the newest of more.
    """
    newest = records[: -MAX_ROWS - 1 : -1]
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    body = "".join(f"<tr>{_cells(record, find, eta_of(record))}</tr>" for record in newest)
    left = f"; the newest {MAX_ROWS} are shown" if len(records) > MAX_ROWS else ""
    caption = html.escape(f"{_summary(records, count)}{left}")
    return (
        f"<table><caption>{caption}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def table_text(
    records: Sequence[Record],
    find: Find = knows_none,
    eta_of: FindEta = knows_no_eta,
    count: int | None = None,
) -> str:
    """Return jobs as lines of text, the newest first; see `table_html`."""
    newest = records[: -MAX_ROWS - 1 : -1]
    lines = ["  ".join(_texts(record, find, eta_of(record))).rstrip() for record in newest]
    return "\n".join([_summary(records, count), *lines])


def job_html(record: Record, find: Find = knows_none, eta: Eta | None = None) -> str:
    """Return a job as HTML: its result, or its status, its error and what to do; and its inputs.

    Args:
        record: The job.
        find: Finds the jobs whose results it uses.
        eta: When it is expected to be done, if that is known.
    """
    facts = " · ".join(filter(None, _texts(record, find, eta)[1:8]))
    head = f"<strong>Job <code>{record.id}</code></strong> {html.escape(facts)}"
    chain = _chain_html(record, find)
    said = "".join(f"<p>{text}</p>" for text in _said(record))
    if (result := recorded(record)) is not None:
        return f"<div>{head}</div>{result_html(result)}{said}{chain}"
    bar, texts = "", []
    if record.progress is not None and not record.status.terminal:
        bar = f' <progress value="{record.progress:.2f}" aria-label="Progress"></progress>'
    if eta is not None:
        texts.append(f"As of {_moment(eta.estimated_at)}: {eta}, {eta.basis}.")
    if problem := record.error or joined(waiting_for(record, find), record.note):
        texts.append(html.escape(problem))
    if todo := remedy(record):
        texts.append(f"What to do: {html.escape(todo)}.")
    if record.vendor_id:
        texts.append(f"vendor's id: <code>{html.escape(record.vendor_id)}</code>")
    return f"<div>{head}{bar}</div>{''.join(f'<p>{text}</p>' for text in texts)}{said}{chain}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _said(record: Record) -> list[str]:
    """Return a job's key and notes as HTML, as far as it has them."""
    said = {"key": record.key, "notes": cut(record.notes, LONGEST_NOTE)}
    return [f"{name}: {html.escape(text)}" for name, text in said.items() if text]


def _named(record: Record) -> str:
    """Return a job's kind with the title that the user gave it."""
    title = cut(record.title, LONGEST_TITLE)
    return f"{record.kind} · {title}" if title else record.kind


def _chain_html(record: Record, find: Find) -> str:
    """Return the jobs whose results a job uses, and theirs, as a list; nothing if it uses none."""
    items = "".join(
        f"<li>{html.escape(f'{vendor_label(each.vendor)} {each.kind}')} "
        f"<code>{html.escape(each.id)}</code>: {each.status}</li>"
        for each in chain_of(record, find)
    )
    return f"<p>It uses the results of:</p><ol>{items}</ol>" if items else ""


def form(name: str, kind: type[Model], values: Mapping[str, Any]) -> dict[str, str]:
    """Return a form as text and as HTML: its name and its values.

    Args:
        name: What stands above its fields.
        kind: The model that the form is for.
        values: The values, by the fields' names.
    """
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


def _summary(records: Sequence[Record], count: int | None) -> str:
    number = Counter(record.status for record in records)
    statuses = [f"{number[status]} {status}" for status in JobStatus if number[status]]
    heading = f"{len(records)} job{'' if len(records) == 1 else 's'}"
    if count is not None and count > len(records):
        heading += f", the newest of {count}"
    unfinished = not all(record.status.terminal for record in records)
    moment = f"as of {_moment(time())}" if unfinished else ""  # it may be read later
    return "; ".join(filter(None, (heading, ", ".join(statuses), costs(records), moment)))


def _texts(record: Record, find: Find, eta: Eta | None) -> list[str]:
    progress = "" if record.progress is None else f" {record.progress:.0%}"
    left = "" if eta is None else f", {eta.in_words(eta.estimated_at)}"
    return [
        record.id,
        record.project or "",
        record.vendor,
        _named(record),
        record.makes,
        f"{record.status}{'' if record.status.terminal else progress}{left}",
        costs([record]),
        elapsed(record, time()),
        _moment(record.created_at),
        (record.path and jupyter.relative(Path(record.path)))
        or cut(record.error or waiting_for(record, find) or _made(record), LONGEST_NOTE)
        or "",
    ]


def _made(record: Record) -> str | None:
    """Return a result that is no file: a text, or the name and the id of a voice or an avatar."""
    match recorded(record):
        case Voice() | Avatar() as made:
            return " · ".join(filter(None, (made.name, made.id)))
        case str() as text:
            return text
    return None


def _cells(record: Record, find: Find, eta: Eta | None) -> str:
    *texts, note = map(html.escape, _texts(record, find, eta))
    if record.path is not None:
        note = f'<a href="{html.escape(jupyter.url(Path(record.path)))}">{note}</a>'
    return "".join(f"<td>{text}</td>" for text in [*texts, note])
