"""Checks and prices the rows of a table, and finds the jobs that they have already."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Self

from lipsync_nb.batch.plan import PlannedRow, PlannedSpeech, State
from lipsync_nb.batch.table import Table, refuse
from lipsync_nb.batch.wanted import Wanted
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors.base import Request

WITHOUT_RESULT = frozenset({JobStatus.failed, JobStatus.abandoned, JobStatus.expired})
"""How jobs end that may have been paid, and are sent again only on request."""


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
        self._running: dict[str | None, bool] = {}
        self._jobs = {job.id: job for job in client.ledger.having("id", earlier.values())}

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
            return self._alive(alive[0], new)
        same = self._client.ledger.having("fingerprint", [new.fingerprint])
        known = [job for job in same if job.successor is None]
        if unsent := [job for job in known if job.never_sent]:
            return replace(new, id=unsent[0].id), State.new  # as the ledger will call it
        newest = max(known, key=lambda job: job.created_at, default=None)
        if newest is None or newest.status not in WITHOUT_RESULT or self._retry_failed:
            return new, State.new
        return newest, State.failed

    def _alive(self, job: Record, new: Record) -> tuple[Record, State]:
        completed = job.completed(new.details)
        if job.status is JobStatus.succeeded and job.done:
            return completed, State.done
        if not job.status.unsent or job.sent_at is not None:
            return completed, State.paid
        if self._is_alive(job.owner):
            return completed, State.waiting
        return replace(new, id=job.id), State.new  # nobody would send it

    def _is_alive(self, owner: str | None) -> bool:
        if owner not in self._running:
            self._running[owner] = self._client.ledger.is_alive(owner)
        return self._running[owner]

    def _is_changed(self, key: str, record: Record) -> bool:
        """Return whether there is a job of another request for the same row."""
        earlier = self._jobs.get(self._earlier.get(key, ""))
        if earlier is not None:
            return earlier.fingerprint != record.fingerprint
        return self._has_keys and any(
            (job.project or "") == (record.project or "") and job.fingerprint != record.fingerprint
            for job in self._client.ledger.having("key", [key])
        )
