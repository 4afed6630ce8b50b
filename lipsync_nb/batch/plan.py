"""The plan of a batch: every row checked and priced, before anything is sent."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Self

from lipsync_nb.batch.table import Table, refuse
from lipsync_nb.batch.wanted import Wanted
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.confirmation import require_confirmation
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.reference import JobReference
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors.base import Request

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 10
"""Rows or columns that the text of a plan names; of the others it tells the number."""
WITHOUT_RESULT = frozenset({JobStatus.failed, JobStatus.abandoned, JobStatus.expired})
"""How jobs end that may have been paid, and are sent again only on request."""


class State(StrEnum):
    """What is to be done with a row."""

    new = "new"
    """A job is submitted."""
    changed = "changed"
    """A job is submitted; there is another one, of another request, for the same key."""
    paid = "already paid"
    """A job of the same request goes on, or is lost."""
    done = "done"
    """A job of the same request has its result."""
    failed = "failed"
    """The newest job of the same request has no result, and is not sent again."""

    @property
    def is_sent(self) -> bool:
        """Whether a job is submitted."""
        return self in {State.new, State.changed}


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a plan.

    Attributes:
        number: The row's number.
        key: Its key.
        record: The job, as it is or as it will be in the ledger.
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

    Attributes:
        rows: The same.
        unused: The same.
    """

    def __init__(
        self, rows: Sequence[PlannedRow], unused: Mapping[str, str | None], call: str = "batch"
    ) -> None:
        self.rows = tuple(rows)
        self.unused = dict(unused)
        self._call = call

    def __str__(self) -> str:
        count = {state: sum(row.state is state for row in self.rows) for state in State}
        jobs = len(self.new)
        parts = [f"{jobs} new job{'' if jobs == 1 else 's'}"]
        parts += [f"{count[state]} {state}" for state in (State.paid, State.done) if count[state]]
        lines = [", ".join(parts)]
        lines += [f"{vendor}: {_sum(cost)}" for (vendor, _), cost in self.costs.items()]
        if count[State.failed]:
            which = _named(row for row in self.rows if row.state is State.failed)
            again = f"{self._call}(…, retry_failed=True) sends again what has failed"
            lines.append(f"{which}: failed before, not sent again; {again}")
        if count[State.changed]:
            which = _named(row for row in self.rows if row.state is State.changed)
            lines.append(f"{which}: changed since the last time, and paid as new")
        if self.unused:
            lines.append(f"columns that are not used: {_columns(self.unused)}")
        return "\n  ".join(lines)

    __repr__ = __str__

    @property
    def new(self) -> list[Record]:
        """The jobs that will be submitted, each once; the sounds that others need come first."""
        speeches = [row.speech for row in self.rows if row.speech is not None]
        sounds = [each.record for each in speeches if each.state.is_sent]
        rows = [row.record for row in self.rows if row.state.is_sent]
        return list({record.fingerprint: record for record in [*sounds, *rows]}.values())

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
        request for the key), "already paid", "done" or "failed". ``note`` says more.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

        return pd.DataFrame([_cells(row) for row in self.rows]).astype(
            {"key": "string", "cost": "float64", "cost_at_least": "float64", "note": "string"}
        )

    def confirm(self, confirmed: bool | None, above: float | None) -> None:  # noqa: FBT001 - the default is None
        """Raise `NotConfirmed` if it is needed; see `require_confirmation`."""
        amounts = [cost.amount for cost in self.costs.values()]
        require_confirmation(
            self, len(self.new), amounts, confirmed=confirmed, above=above, call=self._call
        )


class Planner:
    """Checks and prices what rows ask for.

    Args:
        client: The client that will submit it.
        retry_failed: Whether rows whose newest job has failed are sent again.
        fresh: Whether everything is made and paid again.
        earlier: The ids of the jobs that were written beside the rows, by key.
        has_keys: Whether the rows' keys are the user's own, and not their numbers.
    """

    def __init__(
        self,
        client: JobClient,
        *,
        retry_failed: bool,
        fresh: bool,
        earlier: Mapping[str, str],
        has_keys: bool,
    ) -> None:
        self._client = client
        self._retry_failed = retry_failed
        self._fresh = fresh
        self._earlier = earlier
        self._has_keys = has_keys
        self._speeches: dict[str, PlannedSpeech] = {}
        self._known: dict[str, PlannedRow] = {}
        self._jobs = {job.id: job for job in client.ledger.all()}
        self._by_request: dict[str, list[Record]] = defaultdict(list)
        for job in self._jobs.values():
            self._by_request[job.fingerprint].append(job)
        self._fingerprints = self._by_key()

    @classmethod
    def of(cls, client: JobClient, table: Table, *, retry_failed: bool, fresh: bool) -> Self:
        """Return what plans the rows of a table."""
        keys: dict[str, Any] = {"earlier": table.earlier, "has_keys": table.key is not None}
        return cls(client, retry_failed=retry_failed, fresh=fresh, **keys)

    def plan(self, wanted: Iterable[Wanted], wrong: list[tuple[str, str]]) -> list[PlannedRow]:
        """Return the rows, all checked and priced.

        Args:
            wanted: What they ask for.
            wrong: What is known to be wrong with others.

        Raises:
            BadRequest: Something is wrong with a row; all of it is told.
            MissingCredentials: A vendor is not connected.
        """
        rows = []
        for each in wanted:
            try:
                rows.append(self._row(each))
            except BadRequest as error:
                wrong.append((each.row.name, str(error)))
        refuse(wrong)
        return rows

    def _row(self, wanted: Wanted) -> PlannedRow:
        speech = None if wanted.speech is None else self._speech(wanted.speech)
        request = wanted.request(None if speech is None else speech.reference)
        with (
            nullcontext()
            if speech is None
            else self._client.session.inputs.expecting(speech.record)
        ):
            record = self._client.session.check(request, fresh=self._fresh, details=wanted.details)
            cost = self._cost(request, record)
        number, key = wanted.row.number, wanted.row.key
        if (same := self._known.get(record.fingerprint)) is not None:
            note = f"the same request as row {same.number}"
            return replace(same, number=number, key=key, note=note)
        record, state = self._state(record)
        if speech is not None and speech.state is State.failed and state is State.new:
            record, state = speech.record, State.failed
        if state is State.new and self._is_changed(key, record):
            state = State.changed
        planned = PlannedRow(number, key, record, state, cost, speech)
        self._known[planned.record.fingerprint] = planned
        return planned

    def _speech(self, request: Request) -> PlannedSpeech:
        record = self._client.session.check(request, fresh=self._fresh)
        known = self._speeches.get(record.fingerprint)
        if known is None:
            found, state = self._state(record)
            known = PlannedSpeech(found, state, self._cost(request, found))
            self._speeches[record.fingerprint] = known
        return known

    def _cost(self, request: Request, record: Record) -> Cost | None:
        """Return the estimated cost of a job, with the least that it may be."""
        cost = self._client.estimate(request)
        return cost if cost is not None and cost.plausible else record.price

    def _state(self, new: Record) -> tuple[Record, State]:
        """Return the job that there is, or the new one, and what is to be done with it."""
        if self._fresh:
            return new, State.new
        if alive := self._client.ledger.reusable(new.fingerprint):
            done = alive[0].status is JobStatus.succeeded and alive[0].done
            return alive[0], State.done if done else State.paid
        known = [job for job in self._by_request[new.fingerprint] if job.successor is None]
        if unsent := [job for job in known if job.never_sent]:
            return replace(new, id=unsent[0].id), State.new  # as the ledger will call it
        newest = max(known, key=lambda job: job.created_at, default=None)
        if newest is None or newest.status not in WITHOUT_RESULT or self._retry_failed:
            return new, State.new
        return newest, State.failed

    def _by_key(self) -> dict[tuple[str, str], set[str]]:
        """Return the requests of the jobs in the ledger that have a key, by project and key."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for job in self._jobs.values():
            if job.key:
                found[job.project or "", job.key].add(job.fingerprint)
        return found

    def _is_changed(self, key: str, record: Record) -> bool:
        """Return whether there is a job of another request for the same row."""
        earlier = self._jobs.get(self._earlier.get(key, ""))
        if earlier is not None:
            return earlier.fingerprint != record.fingerprint
        others = self._fingerprints.get((record.project or "", key), set())
        return self._has_keys and bool(others - {record.fingerprint})


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
