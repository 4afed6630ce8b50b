"""Decides which jobs this client drives, which another kernel does, and when to take over.

One engine per client, on the library's own loop. Engines of several kernels share a ledger: each
job has one owner, which keeps it as long as its heartbeat goes on.
"""

import asyncio
from functools import partial
from time import monotonic, time

from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.driver import Driver, EngineOptions, is_here
from lipsync_nb.engine.reconcile import SpeechLength
from lipsync_nb.engine.records import Records
from lipsync_nb.engine.results import FETCHABLE_SECONDS
from lipsync_nb.engine.tasks import Tasks
from lipsync_nb.errors import LipSyncError, MissingCredentials, Unreachable, Unsupported
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Vendor

LEASE_SECONDS = 15.0
"""How long an engine keeps its jobs from other kernels after its last heartbeat."""
HEARTBEAT_SECONDS = 4.0
WATCH_SECONDS = 0.5
"""Seconds between checks for other kernels' writes."""
CLOSE_SECONDS = 10.0
"""How long closing waits for the outcome of a paid request under way."""
LONGEST_SUBMISSION = 180.0
"""Seconds that a cancellation waits for the answer to a paid request under way."""
TICK_SECONDS = 0.05
"""Seconds between checks for something that is awaited."""


class Engine:
    """Drives this client's jobs, and watches those of other kernels.

    Args:
        accounts: The vendors.
        records: Where jobs are changed and shown.
        options: How jobs are driven.
        speech_length: Returns the seconds of a job's speech, if known.
    """

    def __init__(
        self,
        accounts: Accounts,
        records: Records,
        options: EngineOptions,
        speech_length: SpeechLength,
    ) -> None:
        self.id = records.owner
        self._accounts = accounts
        self._records = records
        self._deadline = options.deadline
        self.driver = Driver(accounts, records, options, speech_length)
        self._tasks = Tasks()
        self._driven: dict[str, asyncio.Task[None]] = {}
        self._elsewhere: dict[str, asyncio.TimerHandle] = {}
        self._closed = False

    async def start(self) -> None:
        """Read the ledger, take over jobs that nobody drives, and begin to poll."""
        await self._beat()
        self._tasks.spawn(self.driver.poller.run(), "poller")
        await self._catch_up()
        await self.resume()
        await self._explain()
        self._tasks.spawn(self._share(), "ledger watch")

    async def resume(self) -> list[str]:
        """Drive the unfinished jobs that no living kernel drives; return their ids."""
        since = time() - FETCHABLE_SECONDS
        orphans = await self._records.claim(self._accounts.hashes, fetchable_since=since)
        for record in orphans:
            if record.status is JobStatus.submitting:
                await self._records.update(record.id, _abandoned, durable=True)
            self.attend(record.id)
        return [record.id for record in orphans]

    def attend(self, job_id: str) -> None:
        """Drive a job, or watch it while another kernel drives it.

        Either way, those who wait for it are woken when it has ended or is followed no longer.
        """
        record = self._records.get(job_id)
        if self._closed:
            self._settle(job_id)
        driving = self._driven.get(job_id)
        if self._closed or (driving and not driving.done()):
            return
        if record.owner == self.id or record.settled or record.lost:
            task = self._tasks.spawn(self._drive(job_id), f"job {job_id}")
            self._driven[job_id] = task
            task.add_done_callback(partial(self._leave, job_id))
        else:
            self._await_elsewhere(job_id)

    def attend_own(self, record: Record) -> None:
        """Drive a job of this engine's that another kernel may have moved on.

        It got the answer to a submission that was its own, or its user attached the job.
        """
        if record.owner == self.id and not (record.settled or record.lost):
            self.attend(record.id)

    async def attach(self, job_id: str, vendor_id: str) -> None:
        """Give a lost job its id at the vendor, and follow it from now on."""
        found = Snapshot(JobStatus.queued, "", vendor_id)
        await self._records.update(
            job_id, lambda job: job.accepted(found, time()) if job.lost else job, durable=True
        )
        self.attend(job_id)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job: here if it was not sent yet, else at the vendor.

        Raises:
            Unsupported: It was sent, and the vendor cannot cancel or its id there is not known.
        """
        record, until = self._records.get(job_id), monotonic() + LONGEST_SUBMISSION
        while record.status is JobStatus.submitting and monotonic() < until:
            if record.sent_at is None:
                record = await self._records.update(job_id, _withdrawn, durable=True)
            else:
                await asyncio.sleep(TICK_SECONDS)
                record = self._records.get(job_id)
        if record.status is JobStatus.cancelled and (task := self._driven.get(job_id)):
            task.cancel()
        if record.status.terminal:
            return
        if record.vendor_id is None:
            raise Unsupported("the vendor's id of the job is not known, so it cannot be cancelled")
        vendor = self._accounts.of(record)
        request = vendor.recorded(record.kind, record.request)
        await vendor.api.send(vendor.cancellation(request, record.vendor_id))
        self.attend(job_id)
        self.driver.poller.poke(job_id)

    async def reconnect(self, vendor: Vendor, *, same_account: bool) -> None:
        """Drive a vendor's jobs with a new connection.

        Args:
            vendor: The vendor, connected.
            same_account: Whether its jobs in the ledger are all its account's.
        """
        self._accounts.connect(vendor)
        if same_account:
            await self._records.rename_account(vendor.name, vendor.account)
            await self._catch_up()
        self.driver.reconnect()
        await self.resume()
        await self._explain()

    async def close(self) -> None:
        """Wait for the outcomes of paid requests under way, then stop."""
        sending, until = self.driver.stop_sending(), monotonic() + CLOSE_SECONDS
        while sending and monotonic() < until:  # noqa: ASYNC110 - it ends
            await asyncio.sleep(TICK_SECONDS)
        self._closed = True
        await self._tasks.cancel()
        for job_id in list(self._elsewhere):
            self._settle(job_id)
        await self.driver.aclose()
        await self._records.in_thread(self._records.ledger.release, self.id)
        self._records.close()

    async def _drive(self, job_id: str) -> None:
        try:
            record = self._records.get(job_id)
            if record.status is JobStatus.succeeded and not is_here(record):
                self._accounts.of(record)
                await self._reopen(record)
            if self._records.get(job_id).owner == self.id:
                await self.driver.drive(job_id)
        except MissingCredentials as error:  # its account was renamed, by another kernel
            await self._records.update(job_id, partial(Record.released, owner=self.id))
            self._note(job_id, error)  # after the change, which ends all notes
        except LipSyncError as error:
            self._note(job_id, error)

    def _note(self, job_id: str, error: LipSyncError) -> None:
        log.error("job %s: %s", job_id, error)
        self._records.annotate(job_id, lambda job: job.troubled(error))

    async def _explain(self) -> None:
        """Say of the jobs that wait for another account of a connected vendor why they do."""
        for record in self._records.all():
            try:
                self._accounts.of(record)
            except MissingCredentials as error:
                waits = not record.status.terminal and not record.lost
                if record.vendor in self._accounts and waits and not await self._lives(record):
                    self._note(record.id, error)

    async def _lives(self, record: Record) -> bool:
        return await self._records.in_thread(self._records.ledger.is_alive, record.owner)

    def _leave(self, job_id: str, task: asyncio.Task[None]) -> None:
        if self._driven.get(job_id) is not task:
            return  # it is driven anew
        del self._driven[job_id]  # before anybody is woken who may ask for it again
        record = self._records.get(job_id)
        if self._closed or record.owner == self.id or record.settled or record.lost:
            self._settle(job_id)
        else:
            self._await_elsewhere(job_id)

    async def _reopen(self, seen: Record) -> None:
        # The first kernel fetches the video again; the others find the job changed, and wait.
        def change(job: Record) -> Record:
            unchanged = job.settled and job.revision == seen.revision
            return job.reopened(self.id) if unchanged else job

        await self._records.update(seen.id, change)

    def _await_elsewhere(self, job_id: str) -> None:
        if timer := self._elsewhere.pop(job_id, None):
            timer.cancel()
        here = asyncio.get_running_loop()
        self._elsewhere[job_id] = here.call_later(self._deadline, self._settle, job_id)

    def _settle(self, job_id: str) -> None:
        if timer := self._elsewhere.pop(job_id, None):
            timer.cancel()
        self._records.settle(job_id)

    async def _beat(self) -> None:
        ledger = self._records.ledger
        await self._records.in_thread(ledger.heartbeat, self.id, LEASE_SECONDS)

    async def _share(self) -> None:
        seen, beaten = -1, time()
        while True:
            try:
                if time() - beaten > HEARTBEAT_SECONDS:
                    await self._beat()
                    if time() - beaten < LEASE_SECONDS:  # else others may be waking up, as we are
                        await self.resume()
                    beaten = time()
                writes = await self._records.in_thread(self._records.ledger.foreign_writes)
                if writes != seen:
                    await self._catch_up()
                    seen = writes
            except LipSyncError as error:
                log.error("%s", error)
            await asyncio.sleep(WATCH_SECONDS)

    async def _catch_up(self) -> None:
        for record, is_news in await self._records.refresh():
            if record.owner == self.id:
                if is_news:
                    self.attend_own(record)
            elif record.settled or record.lost:
                self._settle(record.id)
            elif (task := self._driven.get(record.id)) and not record.unidentified:
                task.cancel()  # taken over, while our heartbeat was late


def _withdrawn(job: Record) -> Record:
    return job if job.sent_at else job.cancelled(time())


def _abandoned(job: Record) -> Record:
    if job.sent_at is None:
        why = "the kernel ended before this was sent; nothing was paid: submit it again"
        return job.refused(Unreachable(why, sent=False), time())
    return job.unanswered(LipSyncError("the kernel ended before the vendor's answer came"))
