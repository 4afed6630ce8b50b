"""The plan of a batch: every row checked and priced, before anything is sent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan, nan
from typing import TYPE_CHECKING

from lipsync_nb.errors import line
from lipsync_nb.jobs.confirmation import require_confirmation
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.reference import JobReference
from lipsync_nb.status import Cost

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 10
"""Rows or columns that the text of a plan names; of the others it tells the number."""


class State(StrEnum):
    """What is to be done with a row."""

    new = "new"
    """A job is submitted."""
    changed = "changed"
    """A job is submitted; there is another one, of another request, for the same key."""
    waiting = "waiting to be sent"
    """A running kernel will send a job of the same request."""
    paid = "already paid"
    """A job of the same request was sent, and goes on; or it is not known what became of it."""
    done = "done"
    """A job of the same request has its result."""
    failed = "failed"
    """The newest job of the same request has no result, and is not sent again."""

    @property
    def is_sent(self) -> bool:
        """Whether a job is submitted."""
        return self in {State.new, State.changed}


_HAVE_JOBS = (State.waiting, State.paid, State.done)


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a plan.

    Attributes:
        number: The row's number.
        key: Its key.
        record: The job, as it is or as it will be in the ledger; that of the sound, if there is no
            other, as the sound has failed.
        state: What is to be done.
        cost: The estimated cost; ``None`` if it is not known.
        speech: The job of the sound that is made first of its text, if one is.
        note: What else is to be known.
    """

    number: int
    key: str
    record: Record
    state: State
    cost: Cost | None
    speech: "PlannedSpeech | None" = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSpeech:
    """A sound that is made first. The same text with the same voice is spoken once.

    Attributes:
        record: The job, as it is or as it will be in the ledger.
        state: What is to be done.
        cost: The estimated cost; ``None`` if it is not known.
    """

    record: Record
    state: State
    cost: Cost | None

    @property
    def reference(self) -> JobReference:
        """The reference to its job."""
        return JobReference(self.record.id, self.record.makes, self.record.vendor)


class Plan:
    """The rows of a batch, and what they cost.

    Args:
        rows: The rows.
        unused: The columns that are for nothing, each with the field that may be meant.
        call: The method that was called.
        guessed: The encoding of the file, if nothing says that it is this one.

    Attributes:
        rows: The same.
        unused: The same.
        guessed: The same.
    """

    def __init__(
        self,
        rows: Sequence[PlannedRow],
        unused: Mapping[str, str | None],
        call: str = "batch",
        *,
        guessed: str | None = None,
    ) -> None:
        self.rows = tuple(rows)
        self.unused = dict(unused)
        self.guessed = guessed
        self._call = call

    def __str__(self) -> str:
        count = {state: sum(row.state is state for row in self.rows) for state in State}
        jobs = len(self.new)
        parts = [f"{jobs} new job{'' if jobs == 1 else 's'}"]
        parts += [f"{count[state]} {state}" for state in _HAVE_JOBS if count[state]]
        lines = [", ".join(parts)]
        lines += [f"{vendor}: {_sum(cost)}" for (vendor, _), cost in self.costs.items()]
        if count[State.failed]:
            which = _named(row for row in self.rows if row.state is State.failed)
            again = f"{self._call}(…, retry_failed=True) sends again what has failed"
            lines.append(f"{which}: failed before, not sent again; {again}")
        if count[State.changed]:
            which = _named(row for row in self.rows if row.state is State.changed)
            lines.append(f"{which}: changed since the last time, and paid as new")
        if self.guessed:
            what = f"the file is not in UTF-8, and was read as {self.guessed}"
            lines.append(f'{what}: look at its texts, or give encoding="…", or save it as UTF-8')
        if self.unused:
            lines.append(f"columns that are not used: {_columns(self.unused)}")
        return "\n  ".join(lines)

    __repr__ = __str__

    @property
    def new(self) -> list[Record]:
        """The jobs that will be submitted, each once; the sounds that others need come first."""
        speeches = [row.speech for row in self.rows if row.speech and row.state.is_sent]
        sounds = [each.record for each in speeches if each.state.is_sent]
        rows = [row.record for row in self.rows if row.state.is_sent]
        return list({record.fingerprint: record for record in [*sounds, *rows]}.values())

    @property
    def unsent(self) -> list[Record]:
        """The jobs that a running kernel will send, each once."""
        each: list[PlannedRow | PlannedSpeech] = [row.speech for row in self.rows if row.speech]
        each += self.rows
        waiting = [planned.record for planned in each if planned.state is State.waiting]
        return list({record.id: record for record in waiting}.values())

    @property
    def details(self) -> dict[str, Details]:
        """What the rows say of jobs that there are already, by the jobs' ids."""
        rows = [row for row in self.rows if row.state in _HAVE_JOBS]
        return {row.record.id: row.record.details for row in rows}

    @property
    def costs(self) -> dict[tuple[str, str], Cost]:
        """Estimated cost of the new jobs by vendor and unit; NaN where it is not known."""
        planned = {row.record.id: row.cost for row in self.rows}
        planned |= {row.speech.record.id: row.speech.cost for row in self.rows if row.speech}
        sums: dict[tuple[str, str], list[Cost]] = defaultdict(list)
        for record in self.new:
            cost = planned[record.id] or Cost(nan, "")
            sums[record.vendor, cost.unit].append(cost)
        return {of: _added(costs) for of, costs in sums.items()}

    @property
    def df(self) -> "pd.DataFrame":
        """One row per row: ``row``, ``key``, ``vendor``, ``kind``, ``cost`` in ``cost_unit``.

        ``cost`` is estimated; it may be less from ``cost_at_least`` on, where it is not certain
        which price applies. ``state`` is "new", "changed" (new, and there is a job of another
        request for the key), "waiting to be sent", "already paid", "done" or "failed". ``note``
        says more.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

        return pd.DataFrame([_cells(row) for row in self.rows]).astype(
            {"key": "string", "cost": "float64", "cost_at_least": "float64", "note": "string"}
        )

    def confirm(self, confirmed: bool | None, above: float | None) -> None:  # noqa: FBT001 - the default is None
        """Raise `NotConfirmed` if it is needed; see `require_confirmation`.

        It always is for new jobs of a file whose encoding is not certain.
        """
        if confirmed is None and self.guessed and self.new:
            confirmed = False
        amounts = [cost.amount for cost in self.costs.values()]
        require_confirmation(
            self, len(self.new), amounts, confirmed=confirmed, above=above, call=self._call
        )


def _cells(row: PlannedRow) -> dict[str, object]:
    return {
        "row": row.number,
        "key": row.key,
        "vendor": row.record.vendor,
        "kind": row.record.kind,
        "cost": row.cost and row.cost.amount,
        "cost_at_least": row.cost and row.cost.at_least,
        "cost_unit": row.cost and row.cost.unit,
        "state": str(row.state),
        "note": row.note
        or (f"speech: {row.speech.record.kind}, {row.speech.state}" if row.speech else ""),
    }


def _added(costs: Sequence[Cost]) -> Cost:
    """Return the sum of costs of one unit."""
    least = [cost.amount if cost.at_least is None else cost.at_least for cost in costs]
    most = sum(cost.amount for cost in costs)
    at_least = sum(least) if sum(least) < most else None
    return Cost(most, costs[0].unit, estimated=True, at_least=at_least)


def _sum(cost: Cost) -> str:
    if isnan(cost.amount):
        return "cost not known"
    least = "" if cost.at_least is None else f"{cost.at_least:,.2f} to "
    return f"≈ {least}{cost.amount:,.2f} {cost.unit}"


def _named(rows: Iterable[PlannedRow]) -> str:
    numbers = [row.number for row in rows]
    more = "" if len(numbers) <= MOST_NAMED else f" and {len(numbers) - MOST_NAMED} more"
    what = "row" if len(numbers) == 1 else "rows"
    return f"{what} {', '.join(map(str, numbers[:MOST_NAMED]))}{more}"


def _columns(unused: Mapping[str, str | None]) -> str:
    named = [
        f"{line(name)} (did you mean {meant}?)" if meant else line(name)
        for name, meant in unused.items()
    ]
    more = "" if len(named) <= MOST_NAMED else f" and {len(named) - MOST_NAMED} more"
    return f"{', '.join(named[:MOST_NAMED])}{more}"
