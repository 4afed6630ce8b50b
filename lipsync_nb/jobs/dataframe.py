"""The ledger as a DataFrame."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lipsync_nb.errors import LedgerError
from lipsync_nb.http.addresses import bare
from lipsync_nb.ledger.record import Record
from lipsync_nb.results import made_from

if TYPE_CHECKING:
    import pandas as pd

DETAILS = ("project", "title", "key", "notes")
TEXTS = (
    *("id", "inputs", "vendor_id", "error", "note", "verdict", "video_url", "path", "result"),
    *DETAILS,
)
CATEGORIES = ("vendor", "kind", "makes", "status", "vendor_status", "cost_unit")
NUMBERS = ("progress", "cost", "duration_s")
SAID = ("vendor_id", "vendor_status", "error", "note", "result", *DETAILS)
"""Columns whose texts are a vendor's or the user's, who may have them from others."""
FLAGS = ("cost_estimated",)
TIMES = ("created_at", "sent_at", "accepted_at", "started_at", "finished_at")
FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
"""How texts begin that spreadsheets take for formulas."""
PLAIN = re.compile(r"[+-][\w.-]*", re.ASCII)
"""Texts that begin so, and are none: numbers and ids."""
COLUMNS = (
    *("id", "vendor", "kind", "makes", "inputs", "status", "vendor_status", "progress"),
    *("cost", "cost_unit", "cost_estimated", "duration_s"),
    *TIMES,
    *("queue_s", "wall_s", "error", "note", "verdict", "vendor_id", "video_url", "path", "result"),
    *DETAILS,
)


def jobs_frame(records: Iterable[Record]) -> "pd.DataFrame":
    """Return one row per job, the oldest first, with typed columns.

    Times are in UTC. ``queue_s`` is the time in seconds from acceptance to the first status
    "running", and ``wall_s`` the time from submission to the end. ``cost`` is in ``cost_unit``.
    ``inputs`` has the ids of the jobs whose results it uses, separated by spaces. The result is a
    file at ``path`` from ``video_url``, if it ``makes`` a "Video" or an "Audio". ``result`` has a
    text, or the vendor's id of a voice or an avatar. ``project``, ``title``, ``key`` and ``notes``
    are the user's; see `Job`.
    A ``video_url`` has no query, as it may be a signature. What vendors and users say begins with
    an apostrophe if a spreadsheet would take it for a formula; `Job.key` and so on have it as it
    was given.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    rows = [_row(record) for record in records]
    frame = pd.DataFrame(rows, columns=[*TEXTS, *CATEGORIES, *NUMBERS, *FLAGS, *TIMES])
    kinds = dict.fromkeys(TEXTS, "string") | dict.fromkeys(CATEGORIES, "category")
    kinds |= dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(FLAGS, "boolean")
    frame = frame.astype(dict.fromkeys(TIMES, "float64") | kinds)
    frame["queue_s"] = frame["started_at"] - frame["accepted_at"]
    frame["wall_s"] = frame["finished_at"] - frame["created_at"]
    for column in TIMES:
        frame[column] = pd.to_datetime(frame[column], unit="s", utc=True)
    return frame[list(COLUMNS)]


def _row(record: Record) -> dict[str, Any]:
    row = asdict(record)
    row["result"] = None
    if record.result is not None and not record.makes_file:
        with suppress(LedgerError):  # another program has written it
            row["result"] = str(made_from(record.makes, record.result))
    said = {column: _quoted(row[column]) for column in SAID}
    return row | said | {"video_url": record.video_url and bare(record.video_url)}


def without_formulas(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a frame for a spreadsheet: an apostrophe is put before texts that begin a formula."""
    texts = frame.select_dtypes(exclude=["number", "bool", "datetime", "datetimetz"])
    return frame.assign(**{str(name): texts[name].map(_quoted) for name in texts})


def _quoted(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULAS) and not PLAIN.fullmatch(value):
        return f"'{value}"
    return value
