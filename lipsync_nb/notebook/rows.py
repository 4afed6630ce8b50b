"""Jobs as the rows of a table, in a message to the browser."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.text import cut

FIELDS = (
    *("id", "vendor", "kind", "status", "progress", "cost", "unit", "estimated"),
    *("created", "finished", "vendor_id", "error", "file", "revision"),
)
"""The values of a row, in this order."""
LONGEST_ERROR = 80
"""Characters; the whole text is in the selected job's card. 20 rows stay under 10 kB."""


def rows(records: Iterable[Record]) -> dict[str, Any]:
    """Return records as a message: the names of the fields once, then a list per job."""
    return {"fields": FIELDS, "rows": [_row(record) for record in records]}


def _row(record: Record) -> list[Any]:
    return [
        *(record.id, record.vendor, record.kind, str(record.status)),
        None if record.progress is None else round(record.progress, 3),
        *(record.cost, record.cost_unit, bool(record.cost_estimated)),
        round(record.created_at, 2),
        None if record.finished_at is None else round(record.finished_at, 2),
        record.vendor_id,
        cut(record.error, LONGEST_ERROR),
        None if record.path is None else jupyter.relative(Path(record.path)),
        record.revision,
    ]
