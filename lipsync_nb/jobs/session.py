"""The objects that a client shares with its jobs: records, accounts, engine, budgets."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from lipsync_nb import interrupts, loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.engine import Engine
from lipsync_nb.engine.inputs import Inputs, has_result
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import BadRequest, LedgerError, LipSyncError, MissingCredentials, line
from lipsync_nb.jobs.budget import Budgets
from lipsync_nb.jobs.validation import Validator, refuse_unreadable, request_of
from lipsync_nb.ledger.ledger import TotalCost
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log, notify_user
from lipsync_nb.media.reference import JobReference
from lipsync_nb.status import JobStatus
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
        self, request: Request, *, fresh: bool = False, exclude: Iterable[str] = ()
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
            return self.validator.record(request, vendor)
        except BadRequest:
            known = None if fresh else self._known(request, exclude)
            if known is None:
                raise
            return known

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
                new, reuse=not fresh, allow=self._budgets.check, exclude=frozenset(exclude)
            )
            for job in jobs:
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

        def check(added: Sequence[Record], total_cost: TotalCost) -> None:
            self._budgets.check(added, total_cost)
            raise _WithinBudget  # so that the transaction is undone

        with suppress(_WithinBudget):
            self.records.reserve([record], reuse=False, allow=check)

    def follow(self, record: Record) -> str:
        """Have the engine drive a job; return its id."""
        loop.call(self.engine.track, record.id)
        return record.id

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
        record = self.records.get(job_id)
        if record.successor is not None:
            self.load(record.successor)
            return record.successor
        again = self._again(record)
        if record.never_sent:
            self._revive({job_id: again}, reuse=False)
            return job_id
        return self._supersede(job_id, again)

    def send_unsent(self) -> list[str]:
        """Enter all jobs again that were never sent; return their ids.

        A job that cannot be submitted again is left as it is. Their number and the first reason are
        written on stderr. A job is left out too if another job of the same request has a result or
        may get one.

        Raises:
            BudgetExceeded: All together exceed a budget. Nothing is submitted.
            LipSyncError: The client is closed.
        """
        self.refuse_closed()
        new: dict[str, Record] = {}
        refusals: list[str] = []
        for job in self.records.ledger.never_sent():
            if job.vendor in self.accounts:
                try:
                    new[job.id] = self._again(job)
                except (BadRequest, LedgerError) as refusal:
                    refusals.append(f"job {job.id}: {refusal}")
        while lacking := {job_id for job_id in new if self._lacks_input(job_id, new)}:
            refusals += [f"job {job_id}: a job that it uses is not sent" for job_id in lacking]
            new = {job_id: job for job_id, job in new.items() if job_id not in lacking}
        if refusals:
            _explain(len(refusals), f"{refusals[0]}; job.abandon() dismisses such a job")
        added = self._revive(new, reuse=True)
        if len(added) < len(new):
            _explain(len(new) - len(added), "other jobs of the same requests exist")
        return added

    def _lacks_input(self, job_id: str, new: Mapping[str, Record]) -> bool:
        """Return whether a job uses one that was never sent, and is not entered again with it."""
        inputs = (self.inputs.last(each) for each in self.records.known(job_id).input_ids)
        return any(each.never_sent and each.id not in new for each in inputs)

    def _revive(self, new: Mapping[str, Record], *, reuse: bool) -> list[str]:
        def enter() -> list[str]:
            entered = self.records.revive(new, reuse=reuse, allow=self._budgets.check)
            return [self.follow(job) for job in entered]

        interrupts.forget()
        return self.records.ledger.run(enter)

    def _supersede(self, old_id: str, new: Record) -> str:
        def enter() -> str:
            entered = self.records.supersede(
                old_id,
                new,
                follow=partial(self._using, old_id, new.id),
                allow=self._budgets.check,
            )
            old = self.records.get(old_id)
            if old.status is JobStatus.abandoned:
                loop.call(self.engine.stop_abandoned, old)
            return self.follow(entered)

        interrupts.forget()
        return self.records.ledger.run(enter)

    def _using(self, old_id: str, new_id: str, user: Record) -> Record:
        """Return a job that uses the new job instead of the old one.

        If its files have changed it is left as it is, and will not be sent.
        """

        def follow(job: JobReference) -> JobReference:
            return replace(job, id=new_id) if job.id == old_id else job

        try:
            request = request_of(user)
            if request.fingerprint() != user.fingerprint:
                return user
            request = request.replace_inputs(follow)
        except (BadRequest, LedgerError):
            return user
        inputs = " ".join(job.id for job in request.inputs())
        fields = request.model_dump_json(exclude_unset=True)
        return user.using(fields, request.fingerprint(), inputs)

    def _again(self, record: Record) -> Record:
        refuse_unreadable(record)
        is_gone = record.came_in_answer and not has_result(record)
        if not (is_gone or record.resubmittable):
            raise BadRequest(
                f"job {record.id} is {record.status}; "
                "only a failed, cancelled, abandoned, expired or lost job can be resubmitted"
            )
        request = request_of(record)
        if request.fingerprint() != record.fingerprint:
            raise BadRequest("its media files have changed; submit a new request")
        request = self.inputs.followed(request)
        return self.validator.record(request, self.accounts[record.vendor], known=True)

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
    return job.created_at == new.created_at


def refuse_other(request: object) -> None:
    """Raise `BadRequest` if something is not a request."""
    if not isinstance(request, Request):
        raise BadRequest(
            f"{line(repr(request))} is not a request, such as ls.lingdong.Generate(...)"
        )


def _explain(number: int, why: str) -> None:
    what = "1 request is" if number == 1 else f"{number} requests are"
    notify_user(f"{what} not sent again: {why}")
