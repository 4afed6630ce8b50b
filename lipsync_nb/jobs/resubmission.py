"""Submits jobs again: those without a result, and those that were never sent."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from lipsync_nb import event_loop as loop
from lipsync_nb import interrupts
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.engine import Engine
from lipsync_nb.engine.inputs import Inputs, has_result
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import BadRequest, LedgerError
from lipsync_nb.jobs.budget import Budgets
from lipsync_nb.jobs.validation import Validator, refuse_unreadable, request_of
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import notify_user
from lipsync_nb.media.reference import JobReference
from lipsync_nb.status import JobStatus


class Resubmission:
    """Enters the requests of jobs in the ledger again.

    Args:
        records: The state of the jobs.
        accounts: The vendors.
        engine: Drives the jobs.
        inputs: The jobs whose results other jobs use.
        validator: Checks requests.
        budgets: The limits of the costs.
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
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._engine = engine
        self._inputs = inputs
        self._validator = validator
        self._budgets = budgets

    def resubmit(self, job_id: str) -> str:
        """Submit a job again that has no successor, and return the id of the job that it is now.

        Raises:
            BadRequest: The job is running or has succeeded, or its media files have changed.
            BudgetExceeded: It exceeds a budget.
        """
        record = self._records.get(job_id)
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
        """
        new: dict[str, Record] = {}
        refusals: list[str] = []
        for job in self._records.ledger.never_sent():
            if job.vendor in self._accounts:
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
        inputs = (self._inputs.last(each) for each in self._records.get(job_id).input_ids)
        return any(each.never_sent and each.id not in new for each in inputs)

    def _revive(self, new: Mapping[str, Record], *, reuse: bool) -> list[str]:
        def enter() -> list[str]:
            entered = self._records.revive(new, reuse=reuse, allow=self._budgets.check)
            return [self._follow(job) for job in entered]

        interrupts.forget()
        return self._records.ledger.run(enter)

    def _supersede(self, old_id: str, new: Record) -> str:
        def enter() -> str:
            entered = self._records.supersede(
                old_id,
                new,
                follow=partial(self._using, old_id, new.id),
                allow=self._budgets.check,
            )
            old = self._records.get(old_id)
            if old.status is JobStatus.abandoned:
                loop.call(self._engine.stop_abandoned, old)
            return self._follow(entered)

        interrupts.forget()
        return self._records.ledger.run(enter)

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
        request = self._inputs.followed(request)
        return self._validator.record(request, self._accounts[record.vendor], known=True)

    def _follow(self, record: Record) -> str:
        loop.call(self._engine.track, record.id)
        return record.id


def _explain(number: int, why: str) -> None:
    what = "1 request is" if number == 1 else f"{number} requests are"
    notify_user(f"{what} not sent again: {why}")
