"""Decides which jobs this client drives, and when it takes over a job from another kernel.

Each client has one engine, which runs on the library's event loop. The engines of several kernels
can share a ledger. Each job has one owner: the engine that drives it. An engine that sends no
heartbeat loses its jobs to the others.
"""

import asyncio
from functools import partial
from time import monotonic, time

from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.driver import Driver
from lipsync_nb.engine.estimates import Estimates
from lipsync_nb.engine.inputs import Entry, Inputs, has_result
from lipsync_nb.engine.options import EngineOptions
from lipsync_nb.engine.reconcile import SpeechLength
from lipsync_nb.engine.records import Held, Records
from lipsync_nb.engine.results import FETCHABLE_SECONDS
from lipsync_nb.engine.tasks import Tasks
from lipsync_nb.errors import (
    BadRequest,
    DownloadError,
    LedgerError,
    LipSyncError,
    MissingCredentials,
    NeverSent,
    Unsupported,
    VendorError,
    line,
)
from lipsync_nb.ledger.leases import LEASE_SECONDS
from lipsync_nb.ledger.ledger import Allow
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log, notify_user
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Vendor
from lipsync_nb.vendors.base.registry import is_answered

HEARTBEAT_SECONDS = 4.0
WATCH_SECONDS = 0.5
"""Seconds between checks for other kernels' writes."""
CLOSE_SECONDS = 10.0
"""Seconds for which `Engine.close` waits for the answers to paid requests."""
LONGEST_SUBMISSION = 180.0
"""Seconds for which a cancellation waits for the answer to the job's paid request."""
MOST_NAMED = 5
"""Waiting jobs that are named when a client ends."""
TICK_SECONDS = 0.05
"""Seconds between checks of a state that sends no event."""


class Engine:
    """Drives the jobs of this client, and observes those of other kernels.

    Args:
        accounts: The vendors.
        records: The state of the jobs.
        options: How jobs are driven.
        inputs: The jobs whose results other jobs use.
        entry: Checks a waiting job again, once its inputs are done.
        allow: Raises if a job must not be paid.
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
        speech_length: SpeechLength,
        estimates: Estimates,
    ) -> None:
        self.id = records.owner
        self.estimates = estimates
        self._accounts = accounts
        self._records = records
        self._deadline = options.deadline
        self._inputs = inputs
        self.driver = Driver(
            accounts,
            records,
            options,
            inputs=inputs,
            entry=entry,
            allow=allow,
            follow=self.track,
            speech_length=speech_length,
            estimates=estimates,
        )
        self._tasks = Tasks()
        self._driven: dict[str, asyncio.Task[None]] = {}
        self._observed: dict[str, asyncio.TimerHandle] = {}
        self._wanted: set[str] = set()
        self._closed = False

    async def start(self) -> None:
        """Read the ledger, take over jobs that no engine drives, and start to poll.

        After an error, nothing of it runs.
        """
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> None:
        await self._heartbeat()
        self._tasks.spawn(self.driver.poller.run(), "poller")
        await self._records.start()
        await self.resume()
        await self._explain_waiting()
        self._tasks.spawn(self._sync_forever(), "ledger watch")

    async def resume(self) -> list[str]:
        """Drive the unfinished jobs that no running kernel drives, and return their ids."""
        since = time() - FETCHABLE_SECONDS
        orphans = await self._records.claim(
            self._accounts.hashes, wanted=self._wanted, fetchable_since=since
        )
        for record in orphans:
            self.track(record.id)
        if unsent := sum(record.never_sent for record in orphans):
            notify_user(f"{_requests(unsent)} of a client that has ended: {NeverSent()}")
        return [record.id for record in orphans if not record.never_sent]

    def want(self, job_id: str) -> None:
        """Send a job that another kernel has entered, if that kernel ends before it is sent."""
        self._wanted.add(job_id)

    def track(self, job_id: str) -> None:
        """Drive a job, or observe it while another kernel drives it.

        Waiters are notified when the job is done, or when this client stops following it.
        """
        held = self._records.hold(job_id)
        record = held.record
        if self._closed:
            self._notify(job_id)
        driving = self._driven.get(job_id)
        if self._closed or (driving and not driving.done()):
            return
        if record.owner == self.id or record.done or record.lost:
            task = self._tasks.spawn(self._drive(held), f"job {job_id}")
            self._driven[job_id] = task
            task.add_done_callback(partial(self._release, held))
        else:
            self._observe(job_id)

    def track_own(self, record: Record) -> None:
        """Drive a job of this engine that another kernel has changed.

        The other kernel wrote the answer to the submission, or its user attached the job.
        """
        if record.status is JobStatus.cancelled:
            self._interrupt(record.id)  # it may wait for its inputs
            self._notify(record.id)
        if record.owner == self.id and not (record.done or record.lost):
            if self.driver.poller.polled(record.id) not in {None, record.vendor_id}:
                self._interrupt(record.id)
            self.track(record.id)

    async def attach(self, job_id: str, vendor_id: str) -> None:
        """Give a job another id at the vendor, if the vendor knows it, and poll it from now on.

        Raises:
            BadRequest: The vendor has no such job, another job has this id, or the job has ended.
            LipSyncError: The vendor could not be asked.
        """
        record = self._records.get(job_id)
        _refuse_attaching(record)
        vendor = self._accounts.of(record)
        try:
            seen = await self._accounts.ask(record, vendor_id)
        except VendorError as error:
            if not vendor.denies(error):
                raise
            named = line(repr(vendor_id))
            why = f"{vendor.title} has no job {named} ({error}); job {job_id} is unchanged"
            raise BadRequest(why) from error
        change = partial(self._attached, seen, vendor.account)
        record = await self._records.update(job_id, change, durable=True)
        self._interrupt(job_id)
        if record.owner != self.id:
            await self.resume()  # perhaps nobody drives it
        self.track(job_id)

    def _attached(self, seen: Snapshot, account: str, job: Record) -> Record:
        _refuse_attaching(job)
        attached = job.attached(seen, account, time())
        if other := self._records.ledger.with_vendor_id(attached, seen.vendor_id):
            raise BadRequest(f"job {other} has the vendor's id {seen.vendor_id!r} already")
        return attached

    async def abandon(self, job_id: str) -> None:
        """Abandon a job: ask its vendor no more.

        Raises:
            BadRequest: The job is still to be sent, or it has ended.
        """
        record, until = self._records.get(job_id), monotonic() + LONGEST_SUBMISSION
        while _is_in_flight(record) and await self._is_driven(record) and monotonic() < until:
            await asyncio.sleep(TICK_SECONDS)
            record = self._records.get(job_id)
        self.stop_abandoned(await self._records.update(job_id, _abandoned, durable=True))

    def stop_abandoned(self, record: Record) -> None:
        """Stop to drive an abandoned job, and notify those who wait for it."""
        if not record.unidentified:  # otherwise its answer may be awaited
            self._interrupt(record.id)
        self._notify(record.id)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job: in the ledger if it was not sent, else at the vendor.

        Raises:
            Unsupported: The vendor cannot cancel it, or the vendor's id of it is not known.
        """
        record, until = self._records.get(job_id), monotonic() + LONGEST_SUBMISSION
        while record.status.unsent and monotonic() < until:
            if record.sent_at is None:
                record = await self._records.update(job_id, _cancelled, durable=True)
            else:
                await asyncio.sleep(TICK_SECONDS)
                record = self._records.get(job_id)
        if record.status is JobStatus.cancelled and (task := self._driven.get(job_id)):
            task.cancel()
        if record.status.terminal:
            return
        if record.vendor_id is None:
            raise Unsupported(
                "the vendor's id of the job is not known, so it cannot be cancelled; "
                "job.abandon() gives it up"
            )
        vendor = self._accounts.of(record)
        request = vendor.recorded(record.kind, record.request)
        await vendor.api.send(vendor.cancellation(request, record.vendor_id))
        self.track(job_id)
        self.driver.poller.poll_now(job_id)

    async def reconnect(self, vendor: Vendor, *, same_account: bool) -> None:
        """Use a new connection for a vendor's jobs.

        Args:
            vendor: The new connection.
            same_account: Whether all of the vendor's jobs in the ledger belong to its account.
        """
        self._accounts.connect(vendor)
        if same_account:
            await self._records.rename_account(vendor.name, vendor.account)
            await self._sync()
        self.driver.reconnect()
        await self.resume()
        await self._explain_waiting()

    async def pending_submissions(self) -> int:
        """Return how many jobs were not sent yet, or have no answer to their paid request yet."""
        statuses = (self._records.get(job_id).status for job_id in self._driven)
        return sum(status is JobStatus.submitting for status in statuses)

    async def close(self) -> None:
        """Wait for the answers to paid requests that were sent, then stop.

        Jobs that were not sent are cancelled.
        """
        sending, until = self.driver.stop_sending(), monotonic() + CLOSE_SECONDS
        if sending:
            sent = _requests(len(sending))
            notify_user(f"waiting for the answers to {sent}, {CLOSE_SECONDS:.0f} s at most")
        while sending and monotonic() < until:  # noqa: ASYNC110 - it ends
            await asyncio.sleep(TICK_SECONDS)
        self._closed = True
        try:  # before the tasks end, as their waiters then look at the records
            if withdrawn := await self._records.withdraw():
                waited = await self._records.in_thread(self._waits, withdrawn)
                notify_user(f"{_requests(len(withdrawn))}: {NeverSent()}{waited}")
        except LedgerError as error:  # the next client does it
            notify_user(f"what was not sent could not be cancelled yet: {error}")
        await self._tasks.cancel()
        for job_id in list(self._observed):
            self._notify(job_id)
        self._inputs.close()
        self.estimates.close()
        await self.driver.aclose()
        try:
            await self._records.in_thread(self._records.ledger.release, self.id)
        except LedgerError as error:  # other kernels take its jobs over when the lease has expired
            log.warning("%s", error)

    def _waits(self, withdrawn: list[Record]) -> str:
        """Return which of the jobs waited for their inputs, in words."""
        waiting = [
            f"{job.vendor} {job.kind} {job.id} waited for {' and '.join(job.input_ids)}"
            for job in withdrawn
            if not all(has_result(self._inputs.last(each)) for each in job.input_ids)
        ]
        more = len(waiting) - MOST_NAMED
        named = waiting[:MOST_NAMED] + ([f"{more} more waited too"] if more > 0 else [])
        return "".join(f"; {each}" for each in named)

    async def _drive(self, held: Held) -> None:
        job_id = held.record.id
        try:
            record = held.record
            if record.status is JobStatus.succeeded and not has_result(record):
                self._accounts.of(record)
                _refuse_refetching(record)
                await self._refetch(record)
            if held.record.owner == self.id:
                await self.driver.drive(job_id)
        except MissingCredentials as error:  # another kernel renamed the account
            await self._records.update(job_id, partial(Record.disowned, owner=self.id))
            self._annotate_error(job_id, error)  # after the change, which removes annotations
        except LipSyncError as error:
            self._annotate_error(job_id, error)

    def _interrupt(self, job_id: str) -> None:
        if task := self._driven.pop(job_id, None):
            task.cancel()

    def _annotate_error(self, job_id: str, error: LipSyncError) -> None:
        log.error("job %s: %s", job_id, error)
        self._records.annotate(job_id, lambda job: job.with_error(error))

    async def _explain_waiting(self) -> None:
        """Annotate the jobs that wait for another account of a connected vendor with the reason."""
        for record in self._records.unfinished():
            try:
                self._accounts.of(record)
            except MissingCredentials as error:
                waits = not record.status.terminal and not record.lost
                if record.vendor in self._accounts and waits and not await self._is_driven(record):
                    self._annotate_error(record.id, error)

    async def _is_driven(self, record: Record) -> bool:
        return await self._records.in_thread(self._records.ledger.is_alive, record.owner)

    def _release(self, held: Held, task: asyncio.Task[None]) -> None:
        record, job_id = held.record, held.record.id
        if self._driven.get(job_id) is not task:
            return  # a newer task drives it
        del self._driven[job_id]  # first, as a notified waiter may track the job again
        if self._closed or record.owner == self.id or record.done or record.lost:
            self._notify(job_id)
        else:
            self._observe(job_id)

    async def _refetch(self, seen: Record) -> None:
        # Only one kernel fetches the file again: for the others, the revision has changed.
        def change(job: Record) -> Record:
            unchanged = job.done and job.revision == seen.revision
            return job.reopened(self.id) if unchanged else job

        await self._records.update(seen.id, change)

    def _observe(self, job_id: str) -> None:
        if timer := self._observed.pop(job_id, None):
            timer.cancel()
        here = asyncio.get_running_loop()
        self._observed[job_id] = here.call_later(self._deadline, self._notify, job_id)

    def _notify(self, job_id: str) -> None:
        if timer := self._observed.pop(job_id, None):
            timer.cancel()
        self._records.notify(job_id)

    async def _heartbeat(self) -> None:
        await self._records.in_thread(self._records.ledger.heartbeat, self.id)

    async def _sync_forever(self) -> None:
        seen, beat_at = -1, monotonic()
        while True:
            try:
                if monotonic() - beat_at > HEARTBEAT_SECONDS:
                    await self._heartbeat()
                    if monotonic() - beat_at < LEASE_SECONDS:
                        await self.resume()
                    beat_at = monotonic()
                writes = await self._records.in_thread(self._records.ledger.foreign_writes)
                if writes != seen or self._records.is_behind:
                    await self._sync()
                    seen = writes
            except LipSyncError as error:
                log.error("%s", error)
            await asyncio.sleep(WATCH_SECONDS)

    async def _sync(self) -> None:
        async for record, is_news in self._records.refresh():
            newest = self._records.find(record.id)
            if newest is not None and newest.revision > record.revision:
                continue  # it was entered again, or has gone on, since it was read
            if record.status is JobStatus.abandoned:
                self.stop_abandoned(record)
            elif record.owner == self.id:
                if is_news:
                    self.track_own(record)
            elif record.done or record.lost:
                self._notify(record.id)
            elif (task := self._driven.get(record.id)) and not record.unidentified:
                task.cancel()  # another kernel took it over, as our heartbeat was late


def _refuse_refetching(job: Record) -> None:
    if job.came_in_answer:
        raise DownloadError(
            f"{job.path} is not there, and {job.vendor} does not keep it: put it back, or "
            "job.resubmit() pays for it once more"
        )


def _cancelled(job: Record) -> Record:
    return job if job.sent_at else job.cancelled(time())


def _refuse_attaching(job: Record) -> None:
    if job.status is JobStatus.waiting:
        raise BadRequest(f"job {job.id} waits for other jobs, and was not sent")
    if job.status is JobStatus.submitting:
        raise BadRequest(f"job {job.id} is being submitted; wait for the vendor's answer")
    if is_answered(job.vendor, job.kind):
        raise BadRequest(
            f"job {job.id}: {job.vendor} has no id for a {job.kind}, as its answer is the result; "
            "job.resubmit() pays for it once more, and job.abandon() gives it up"
        )
    if job.status.terminal and job.status is not JobStatus.abandoned:
        raise BadRequest(f"job {job.id} is {job.status}; a job that has ended cannot be attached")


def _is_in_flight(job: Record) -> bool:
    return job.status is JobStatus.submitting and job.sent_at is not None


def _abandoned(job: Record) -> Record:
    if job.status is JobStatus.abandoned:
        return job
    if job.status.unsent and job.sent_at is None:
        raise BadRequest(f"job {job.id} was not sent; job.cancel() withdraws it")
    if job.status.terminal and not job.never_sent:
        raise BadRequest(f"job {job.id} is {job.status}; a job that has ended cannot be abandoned")
    return job.abandoned(time())


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number} requests"
