"""Takes a job through its steps: wait for inputs, submit, reconcile if lost, poll, download."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic, time

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.estimates import Estimates
from lipsync_nb.engine.inputs import Entry, Inputs, has_result
from lipsync_nb.engine.options import EngineOptions
from lipsync_nb.engine.poller import Poller
from lipsync_nb.engine.reconcile import Reconciler, SpeechLength
from lipsync_nb.engine.records import Records
from lipsync_nb.engine.results import Fetcher
from lipsync_nb.engine.submission import Submitter, refuse_changed
from lipsync_nb.engine.transitions import job_in_log
from lipsync_nb.engine.turns import Turns
from lipsync_nb.engine.watch import Watch
from lipsync_nb.errors import LipSyncError
from lipsync_nb.http.retry import scaled_backoff
from lipsync_nb.http.transfer import Web
from lipsync_nb.ledger.ledger import Allow
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Vendor


class Driver:
    """Takes jobs through their steps. Each step is written to the ledger before the next begins.

    Args:
        accounts: The vendors.
        records: The state of the jobs.
        options: How jobs are driven.
        inputs: The jobs whose results other jobs use.
        entry: Checks a waiting job again, once its inputs are done.
        allow: Raises if a job must not be paid.
        follow: Drives or observes the input of a job.
        speech_length: Returns the seconds of a job's speech, if known.
        estimates: Tells when jobs are expected to be done.
    """

    def __init__(
        self,
        accounts: Accounts,
        records: Records,
        options: EngineOptions,
        *,
        inputs: Inputs,
        entry: Entry,
        allow: Allow,
        follow: Callable[[str], None],
        speech_length: SpeechLength,
        estimates: Estimates,
    ) -> None:
        self._accounts = accounts
        self._records = records
        self._deadline = options.deadline
        self._web = Web(
            wait=scaled_backoff(options.backoff_scale), largest_result=options.largest_result
        )
        self._inputs = inputs
        self._entry = entry
        self._allow = allow
        self._follow = follow
        self._estimates = estimates
        self._turns = Turns(options.max_unfinished, accounts, records, options.deadline)
        estimates.waits_for_turn = self._turns.waits
        self._submitter = Submitter(
            accounts,
            records,
            inputs,
            self._web,
            options.media_host,
            turns=self._turns,
            results=options.results,
            names=options.names,
        )
        self._reconciler = Reconciler(accounts, records, speech_length, options.backoff_scale)
        self._fetcher = Fetcher(
            accounts, records, self._web, options.results, poll=options.poll, names=options.names
        )
        self.poller = Poller(
            on_snapshot=self._on_snapshot,
            on_error=self._on_error,
            expected=lambda job_id: estimates.expected(records.get(job_id)),
            seconds=options.poll,
        )

    def stop_sending(self) -> set[str]:
        """Send no further paid request; return the ids of jobs whose answer is awaited."""
        self._submitter.closing = True
        return self._submitter.sending

    async def aclose(self) -> None:
        """Close all connections."""
        self._turns.close()
        await self._web.aclose()

    def listen(self, callback_url: Callable[[str], str] | None) -> None:
        """Set what returns the callback URL of a job; ``None`` if there is no receiver."""
        self._submitter.callback_url = callback_url
        self._submitter.with_callback.clear()
        self.poller.calling_back.clear()

    def trust(self, vendors: Iterable[Vendor]) -> None:
        """Send these vendors no free call before the first paid one."""
        self._submitter.probes.trust(vendors)

    def reconnect(self) -> None:
        """Poll each job through the current connection of its account."""
        self.poller.reconnect(lambda job_id: self._accounts.of(self._records.get(job_id)))

    def poll_now(self, job_id: str) -> None:
        """Poll a job at once, as its vendor has called back."""
        self.poller.calling_back.add(self._records.get(job_id).vendor)
        self.poller.poll_now(job_id)

    async def drive(self, job_id: str) -> None:
        """Take a job from its current step to its end, or to its deadline."""
        try:
            await self._take_steps(job_id)
        except LipSyncError:
            raise
        except loop.FAULTS as fault:  # waiters must see the error
            record = self._records.get(job_id)
            error = self._accounts.of(record).unforeseen(fault)
            await self._records.update(job_id, lambda job: job.with_error(error))

    async def _take_steps(self, job_id: str) -> None:
        record = self._records.get(job_id)
        if record.status is JobStatus.waiting:
            record = await self._ready(record)
        if record.status is JobStatus.submitting:
            record = await self._submitter.submit(record)
        if record.lost:
            record = await self._find(record)
        if record.owner != self._records.owner:
            return  # another kernel took it over while its answer was awaited
        if record.vendor_id is not None and not (record.status.terminal or record.lost):
            self._turns.poll_again(record)
            watch = await self._watch(record, record.vendor_id)
            if not await self.poller.follow(watch):
                await self._timed_out(watch)
            record = self._records.get(job_id)
        if record.status is JobStatus.succeeded and not has_result(record):
            await self._fetcher.fetch(record)

    async def _ready(self, waiting: Record) -> Record:
        """Wait for the inputs of a job, and check it again; return it as it is to be sent.

        It is returned as it is, still waiting, if an input is not followed any more.
        """
        try:
            if not await self._inputs.wait(waiting.id, self._follow):
                return waiting
            await self._inputs.refuse_expired(waiting)
            job = await asyncio.to_thread(self._checked, waiting)
            return await self._records.mark_ready(waiting.id, job, allow=self._allow)
        except LipSyncError as error:
            refusal = error
        change = partial(_refused, waiting, refusal)
        return await self._records.update(waiting.id, change, durable=True)

    def _checked(self, waiting: Record) -> Record:
        vendor = self._accounts.of(waiting)
        request = vendor.request(waiting.kind, waiting.request)
        refuse_changed(request, waiting)
        request = self._inputs.followed(request)
        return self._entry.released(waiting, request, self._inputs.resolved(request), vendor)

    async def _find(self, lost: Record) -> Record:
        """Look for a lost job once more; return it, still lost or not."""
        if lost.vendor_id is None:
            return await self._submitter.kept(lost) or await self._reconciler.find(lost)
        try:
            seen = await self._accounts.ask(lost, lost.vendor_id)
        except LipSyncError as error:
            log.info("%s: %s", job_in_log(lost), error)
            return lost
        return await self._records.update(
            lost.id, lambda job: job.after(seen, time()), durable=seen.status.terminal
        )

    async def _watch(self, record: Record, vendor_id: str) -> Watch:
        try:
            await asyncio.to_thread(self._estimates.prepare, record)
        except LipSyncError as error:  # it is polled all the same
            log.info("%s: no estimate (%s)", job_in_log(record), error)
        vendor = self._accounts.of(record)
        return Watch(
            job_id=record.id,
            vendor=vendor,
            request=vendor.recorded(record.kind, record.request),
            vendor_id=vendor_id,
            deadline=monotonic() + self._deadline,
            age=0.0 if record.accepted_at is None else max(0.0, time() - record.accepted_at),
            calls_back=record.id in self._submitter.with_callback,
            ended=asyncio.get_running_loop().create_future(),
        )

    async def _on_snapshot(self, job_id: str, snapshot: Snapshot) -> None:
        before = self._records.get(job_id)
        self._estimates.see(job_id, snapshot)
        if self._reconciler.is_mistaken(before, snapshot):
            await self._records.update(job_id, Record.mistaken, durable=True)
            return
        change = partial(_after, snapshot, self.poller.unwatched_seconds(job_id))
        if change(before) != before:
            await self._records.update(job_id, change, durable=snapshot.status.terminal)

    async def _timed_out(self, watch: Watch) -> None:
        job_id = watch.job_id
        record = self._records.get(job_id)
        log.warning("%s: not done after %g s of polling", job_in_log(record), self._deadline)
        self._turns.overdue(record)
        if watch.forgotten:
            await self._records.update(job_id, partial(_denied, watch), durable=True)
            return
        why = f"not done after {self._deadline:g} s of polling; job.result() polls it again"
        await self._records.update(
            job_id, lambda job: job if job.error else job.with_error(LipSyncError(why))
        )

    async def _on_error(self, job_id: str, error: LipSyncError) -> None:
        def change(job: Record) -> Record:
            over = job.status.terminal or job.owner != self._records.owner
            return job if over else job.with_error(error)

        await self._records.update(job_id, change)


def _after(snapshot: Snapshot, unwatched_s: float, job: Record) -> Record:
    return job.after(snapshot, time(), unwatched_s)


def _refused(waiting: Record, error: LipSyncError, job: Record) -> Record:
    ours = job.status is JobStatus.waiting and job.owner == waiting.owner
    return job.refused(error, time()) if ours else job


def _denied(watch: Watch, job: Record) -> Record:
    return job.denied(watch.denied_seconds) if job.vendor_id == watch.vendor_id else job
