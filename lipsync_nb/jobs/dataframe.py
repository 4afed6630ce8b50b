"""The ledger as a DataFrame."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lipsync_nb.engine.records import laid_over
from lipsync_nb.errors import LedgerError
from lipsync_nb.http.addresses import bare
from lipsync_nb.ledger.reading import COLUMNS as STORED
from lipsync_nb.ledger.reading import record_of, unreadable
from lipsync_nb.ledger.record import Record
from lipsync_nb.results import made_from
from lipsync_nb.vendors import VENDORS

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
VALUES = (*TEXTS, *CATEGORIES, *NUMBERS, *FLAGS, *TIMES)
FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
"""How texts begin that spreadsheets take for formulas."""
BEGINS = frozenset(FORMULAS)
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
    rows = [_row(record) for record in records]
    return _frame({name: [row[name] for row in rows] for name in VALUES})


def ledger_frame(columns: Mapping[str, list[Any]], noted: Sequence[Record] = ()) -> "pd.DataFrame":
    """Return `jobs_frame` of all jobs of a ledger.

    Only jobs that are not shown as they are in the file are made to records: those that cannot be
    read, of a vendor that is not registered, with a result that is no file, or with an annotation.

    Args:
        columns: Its columns, which are changed; see `JobsFile.columns`.
        noted: The jobs that have annotations, with them.
    """
    odd = unreadable(columns) | _found(columns["vendor"], set(columns["vendor"]) - VENDORS.keys())
    odd |= _found(columns["id"], {record.id for record in noted})
    odd |= {n for n, result in enumerate(columns["result"]) if result is not None}
    rows = [record_of({name: columns[name][n] for name in STORED}) for n in odd]
    for column in columns.values():
        for n in odd:
            column[n] = None
    _shorten(columns)
    for n, row in zip(odd, map(_row, laid_over(rows, noted)), strict=True):
        for name in VALUES:
            columns[name][n] = row[name]
    return _frame(columns)


def _found(column: Sequence[Any], wanted: AbstractSet[Any]) -> set[int]:
    if not wanted:
        return set()
    return {n for n, value in enumerate(column) if value in wanted}


def _shorten(columns: Mapping[str, list[Any]]) -> None:
    """Change columns to what `_row` says of them, where it says something else."""
    for name in SAID:
        column = columns[name]
        for n, value in enumerate(column):
            if value and value[0] in BEGINS:
                column[n] = _quoted(value)
    for n, url in enumerate(columns["video_url"]):
        if url is not None and ("?" in url or "#" in url or "@" in url):
            columns["video_url"][n] = bare(url)
    for name in FLAGS:
        columns[name][:] = [None if flag is None else bool(flag) for flag in columns[name]]


def _frame(values: Mapping[str, Sequence[Any]]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    kinds = dict.fromkeys(TEXTS, "string") | dict.fromkeys(FLAGS, "boolean")
    kinds |= dict.fromkeys([*NUMBERS, *TIMES], "float64")
    columns = {name: _typed(values[name], kind) for name, kind in kinds.items()}
    columns |= {name: _categories(values[name]) for name in CATEGORIES}
    columns["queue_s"] = columns["started_at"] - columns["accepted_at"]
    columns["wall_s"] = columns["finished_at"] - columns["created_at"]
    for name in TIMES:
        columns[name] = pd.to_datetime(columns[name], unit="s", utc=True)
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)


def _typed(values: Sequence[Any], kind: Any) -> "pd.Series":
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    is_empty = values.count(None) == len(values)  # pandas would look at each
    series: pd.Series = (
        pd.Series(None, index=range(len(values)), dtype=kind)
        if is_empty
        else pd.Series(values, dtype=kind)
    )
    return series


def _categories(values: Sequence[str | None]) -> "pd.Series":
    """Return a column of few different texts. pandas would look at each for its kind."""
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    words = sorted({word for word in values if word is not None})
    codes: dict[str | None, int] = {word: code for code, word in enumerate(words)}
    codes[None] = -1
    return pd.Series(pd.Categorical.from_codes([codes[v] for v in values], pd.Index(words)))


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
