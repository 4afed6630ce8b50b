"""What jobs cost, by project, month and more, as a DataFrame."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.ledger.record import Record
from lipsync_nb.ledger.spending import DAY
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors import VENDORS

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("project", "month", "vendor", "kind", "title", "key")
"""By what costs can be summed."""
USUAL = ("project", "month")
Key = tuple[str, ...]
FREE = Cost(0.0, "")
"""What counts of a job that ended unpaid, in whatever unit."""
NEEDED = ("project", "title", "key", "cost", "cost_unit", "cost_estimated")
"""What is needed of a job, besides what `brief_records` have."""


def costs_frame(records: Iterable[Record], by: Sequence[str] | str = USUAL) -> "pd.DataFrame":
    """Return what jobs cost, one row per group and unit; amounts of two units are never added.

    Jobs count as in budgets: those that may get a result count with their estimates, and abandoned
    ones too, as they may have been paid. A job that was refused, has failed or was never sent costs
    0, unless its vendor has reported that it cost something.

    Args:
        records: The jobs.
        by: Some of ``"project"``, ``"month"`` (of submission, in UTC, such as ``"2026-11"``),
            ``"vendor"``, ``"kind"``, ``"title"`` and ``"key"``.

    Returns:
        The columns of `by`, which have NA where a job has none; ``amount`` in ``unit``, and how
        much of it is ``estimated``; the number of ``jobs``, and of those whose cost is
        ``unknown``, which the amount leaves out. The unit of a vendor without prices is NA.

    Raises:
        BadRequest: There is no such group.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    by = _checked(by)
    groups: defaultdict[Key, list[Cost | None]] = defaultdict(list)
    for record in records:
        price = record.price
        unit = _unit(record) if price is None else price.unit
        groups[*(_value(record, name) for name in by), unit].append(_counted(record, price))
    rows = [_row(key, groups[key]) for key in sorted(groups)]
    columns = [*by, "unit", "amount", "estimated", "jobs", "unknown"]
    frame = pd.DataFrame(rows, columns=columns)
    kinds = dict.fromkeys([*by, "unit"], "string") | dict.fromkeys(["amount", "estimated"], "float")
    frame = frame.astype(kinds | dict.fromkeys(["jobs", "unknown"], "int64"))
    return frame[[*by, "amount", "unit", "jobs", "estimated", "unknown"]]


def _checked(by: Sequence[str] | str) -> tuple[str, ...]:
    names = (by,) if isinstance(by, str) else tuple(by)
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        known = ", ".join(GROUPS)
        raise BadRequest(f"by={line(repr(by))}: {line(repr(unknown[0]))} is none of {known}")
    return tuple(dict.fromkeys(names))


def _value(record: Record, name: str) -> str:
    if name == "month":
        return _month(int(record.created_at // DAY))
    return getattr(record, name) or ""


@cache
def _month(day: int) -> str:
    """Return the month of a day, which is counted from 1970, in UTC."""
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m")


def _unit(record: Record) -> str:
    """Return the unit of a job whose cost is not known."""
    return (VENDORS[record.vendor].unit or "") if record.vendor in VENDORS else ""


def _row(key: Key, prices: Sequence[Cost | None]) -> list[object]:
    known = [price for price in prices if price is not None]
    amount = sum(price.amount for price in known)
    estimated = sum(price.amount for price in known if price.estimated)
    return [*(text or None for text in key), amount, estimated, len(prices), prices.count(None)]


def _counted(record: Record, price: Cost | None) -> Cost | None:
    """Return what counts of a job's price; see `lipsync_nb.ledger.spending.COUNTED`."""
    ended = record.status is JobStatus.failed or record.status is JobStatus.cancelled
    reported = price is not None and not price.estimated
    return FREE if ended and not reported else price
