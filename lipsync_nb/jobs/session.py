"""The objects that a client shares with its jobs: records, accounts, engine, budgets."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from lipsync_nb import event_loop as loop
from lipsync_nb import interrupts
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.engine import Engine
from lipsync_nb.engine.inputs import Inputs
from lipsync_nb.engine.records import Held, Records
from lipsync_nb.errors import BadRequest, LipSyncError, MissingCredentials, line
from lipsync_nb.jobs.budget import Budgets
from lipsync_nb.jobs.resubmission import Resubmission
from lipsync_nb.jobs.validation import Validator, refuse_unreadable, request_of
from lipsync_nb.ledger.details import NO_DETAILS, Details
from lipsync_nb.ledger.ledger import Spent
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log, notify_user
from lipsync_nb.media.reference import JobReference
from lipsync_nb.vendors.base import Request

T = TypeVar("T")

IN_A_WORKER = (
    "make one in the worker, in the function that it calls, such as client = ls.Client(); "
    "requests, jobs and results can be sent to it"
)
"""What to do where a client of another process was to be used."""


class _WithinBudget(Exception):
    """A job could be entered."""


class Session:
    """Adds requests to the ledger, and has the engine drive their jobs.

    Args:
        records: The state of the jobs.
        accounts: The vendors.
        engine: Drives the jobs.
        inputs: The jobs whose results other jobs use.
        validator: Checks requests.
        budgets: The limits of the costs.
        of_ledger: Returns a session for a ledger's file, in whichever process it is called.

    Attributes:
        of_ledger: The same.
    """

    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        engine: Engine,
        inputs: Inputs,
        *,
        validator: Validator,
        budgets: Budgets,
        of_ledger: Callable[[Path], "Session"],
    ) -> None:
        self.records = records
        self.accounts = accounts
        self.engine = engine
        self.inputs = inputs
        self.validator = validator
        self._budgets = budgets
        self._resubmission = Resubmission(
            records, accounts, engine, inputs, validator=validator, budgets=budgets
        )
        self.of_ledger = of_ledger
        self._process = os.getpid()
        self.closed = False

    @property
    def path(self) -> Path:
        """The ledger's file."""
        return self.records.ledger.path

    @property
    def is_here(self) -> bool:
        """Whether it belongs to this process, and not to the parent of a forked child."""
        return self._process == os.getpid()

    def check(
        self,
        request: Request,
        *,
        fresh: bool = False,
        exclude: Iterable[str] = (),
        details: Details = NO_DETAILS,
    ) -> Record:
        """Check a request, and return a record that is not in the ledger yet.

        Files that are refused are checked no further if a job of the same request will be used.
        For the arguments, see `enter`.

        Raises:
            BadRequest: The vendor does not accept a media file, or this is not a request.
            LipSyncError: The client is closed.
            MissingCredentials: The vendor is not connected.
        """
        self.refuse_closed()
        refuse_other(request)
        vendor = self.accounts[request.vendor]
        request = self.entered(request)
        try:
            return self.validator.record(request, vendor).detailed(details)
        except BadRequest:
            known = None if fresh else self._known(request, exclude)
            if known is None:
                raise
            return known.detailed(details)

    def entered(self, request: Request[T]) -> Request[T]:
        """Return a request as it is entered; see `Inputs.entered`."""
        return self.inputs.entered(request, lambda path: self.of_ledger(path).inputs)

    def _known(self, request: Request, exclude: Iterable[str]) -> Record | None:
        """Return the record of a request if the ledger has a job that will be used for it."""
        try:
            record = self.validator.record(request, self.accounts[request.vendor], known=True)
        except BadRequest:
            return None
        found = self.records.ledger.reusable(record.fingerprint, frozenset(exclude))
        return record if found else None

    def enter(
        self, new: Iterable[Record], *, fresh: bool, exclude: Iterable[str] = ()
    ) -> list[str]:
        """Add jobs, all or none, or find jobs of the same requests; return their ids.

        Ctrl-C does not separate a job's row from its driving, as both are done on one thread.
        """
        new = list(new)

        def add() -> list[Record]:
            jobs = self.records.reserve(
                new,
                reuse=not fresh,
                allow=self._budgets.check,
                exclude=frozenset(exclude),
                follow=_using,
            )
            for job in jobs:
                if job.status.unsent and job.owner != self.engine.id:
                    self.engine.want(job.id)
                self.follow(job)
            return jobs

        interrupts.forget()
        jobs = self.records.ledger.run(add)
        added = [job for job, each in zip(jobs, new, strict=True) if _is_entered_as(job, each)]
        for note in dict.fromkeys(f"{job.kind}.{job.note}" for job in added if job.note):
            notify_user(note)
        return [job.id for job in jobs]

    def refuse_over_budget(self, record: Record) -> None:
        """Raise `BudgetExceeded` if a job could not be entered now; it is not entered."""

        def check(added: Sequence[Record], spent: Spent) -> None:
            self._budgets.check(added, spent)
            raise _WithinBudget  # so that the transaction is undone

        with suppress(_WithinBudget):
            self.records.reserve([record], reuse=False, allow=check)

    def follow(self, record: Record) -> str:
        """Have the engine drive a job; return its id."""
        loop.call(self._track, self.records.hold(record.id))
        return record.id

    def _track(self, held: Held) -> None:
        self.engine.track(held.record.id)

    def load(self, job_id: str) -> None:
        """Read a job from the ledger, and drive it if another kernel has changed it.

        Raises:
            LedgerError: There is no such job.
        """

        def read() -> None:
            row = self.records.ledger.get(job_id)
            if self.records.learn(row):
                loop.call(self.engine.track_own, row)

        self.records.ledger.run(read)

    def attach(self, job_id: str, vendor_id: str) -> None:
        """Give a job another id at the vendor; see `Job.attach`."""
        self.refuse_closed()
        if not vendor_id:
            raise BadRequest("vendor_id is empty: it is the id of the job at the vendor")
        self.load(job_id)
        refuse_unreadable(self.records.get(job_id))
        loop.finish(self.engine.attach(job_id, vendor_id))

    def describe(self, job_id: str, details: Details) -> None:
        """Write what the user says of a job; see `Job.title`."""
        self.refuse_closed()
        self.load(job_id)
        refuse_unreadable(self.records.get(job_id))
        loop.finish(self.records.update(job_id, lambda job: job.detailed(details)))

    def inspected(self, job_id: str, verdict: str) -> None:
        """Keep the verdict on a job's video in the ledger, if that can be written."""
        change = self.records.update(job_id, lambda job: job.inspected(verdict))
        try:
            loop.finish(change)
        except LipSyncError as error:
            log.warning("the verdict on job %s is not kept: %s", job_id, error)

    def abandon(self, job_id: str) -> None:
        """Abandon a job; see `Job.abandon`."""
        self.refuse_closed()
        self.load(job_id)
        loop.finish(self.engine.abandon(job_id))

    def resubmit(self, job_id: str) -> str:
        """Submit a job again, and return the id of the job that it is now; see `Job.resubmit`."""
        self.refuse_closed()
        self.load(job_id)
        successor = self.records.get(job_id).successor
        if successor is None:
            return self._resubmission.resubmit(job_id)
        self.load(successor)
        return successor

    def send_unsent(self) -> list[str]:
        """Enter all jobs again that were never sent; see `Resubmission.send_unsent`."""
        self.refuse_closed()
        return self._resubmission.send_unsent()

    def refuse_closed(self) -> None:
        """Raise `LipSyncError` if the client is closed or of another process, or the loop ended."""
        if not self.is_here:
            raise LipSyncError(f"this client belongs to another process; {IN_A_WORKER}")
        if self.closed:
            raise LipSyncError("this client is closed; create a new one")
        loop.start()

    def refuse_undriven(self, record: Record) -> None:
        """Raise if neither this client nor another running kernel can drive a job.

        A deleted file of a finished job is downloaded again by the client that asks for it.
        """
        self.refuse_closed()
        refuse_unreadable(record)
        try:
            self.accounts.of(record)
        except MissingCredentials:
            ours = record.owner == self.engine.id
            if record.done or ours or not self.records.ledger.is_alive(record.owner):
                raise


def _is_entered_as(job: Record, new: Record) -> bool:
    """Return whether a job was added now, perhaps under the id of one that was never sent."""
    return job.created_at == new.created_at and not new.revision  # it is not of the ledger


def _using(job: Record, replaced: Mapping[str, str]) -> Record:
    """Return a job that uses other inputs, by the ids of those that they replace."""

    def follow(used: JobReference) -> JobReference:
        return replace(used, id=replaced.get(used.id, used.id))

    request = request_of(job).replace_inputs(follow)
    inputs = " ".join(used.id for used in request.inputs())
    return job.using(request.model_dump_json(exclude_unset=True), request.fingerprint(), inputs)


def refuse_other(request: object) -> None:
    """Raise `BadRequest` if something is not a request."""
    if not isinstance(request, Request):
        raise BadRequest(
            f"{line(repr(request))} is not a request, such as ls.lingdong.Generate(...)"
        )
