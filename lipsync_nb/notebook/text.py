"""Times, sizes, costs and long texts, as people read them.

The browser formats them the same way: see ``static/text.js``.
"""

from collections import defaultdict
from collections.abc import Iterable

from lipsync_nb.files import MB
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Cost

KB = 1000
"""Bytes, as vendors count them."""
HOURS_IN_DAYS = 48
"""Hours from which on a duration is given in days."""


def cut(text: str | None, longest: int) -> str | None:
    """Return a text in one line, shortened by an ellipsis where it is too long."""
    line = " ".join(text.split()) if text else None
    return line if line is None or len(line) <= longest else f"{line[: longest - 1]}…"


def clock(seconds: float | None) -> str:
    """Return a length of time: ``0:07``, ``1:02:03``, ``3 d 4 h``; a dash if it is not known."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= HOURS_IN_DAYS:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def elapsed(record: Record, now: float) -> str:
    """Return the time from a job's submission to its end, or to now; a dash if it is on hold."""
    if record.finished_at is None and (record.lost or record.status.terminal):
        return clock(None)
    return clock(max(0.0, (record.finished_at or now) - record.created_at))


def size(count: int) -> str:
    """Return a number of bytes as text: ``37 kB``, ``1.2 MB``."""
    return f"{count / MB:,.1f} MB" if count >= MB else f"{-(-count // KB)} kB"


def cost(price: Cost) -> str:
    """Return a cost with at most two decimals: ``≈ 12.5 credits``."""
    return str(Cost(round(price.amount, 2), price.unit, price.estimated))


def costs(records: Iterable[Record]) -> str:
    """Return what jobs cost: charged and estimated sums by unit; empty if no cost is known."""
    sums: dict[tuple[str, bool], float] = defaultdict(float)
    for record in records:
        if (price := record.price) is not None:
            sums[price.unit, price.estimated] += price.amount
    return " + ".join(
        cost(Cost(amount, unit, estimated)) for (unit, estimated), amount in sums.items()
    )
