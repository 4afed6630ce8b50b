"""Submits a job: sends the paid request, and writes the vendor's id to the ledger."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import httpx

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.answers import is_played, save, saved
from lipsync_nb.engine.inputs import Inputs
from lipsync_nb.engine.names import USUAL, forget_name, renamed
from lipsync_nb.engine.probes import Probes
from lipsync_nb.engine.records import Change, Records
from lipsync_nb.engine.results import length
from lipsync_nb.engine.turns import Turns
from lipsync_nb.errors import BadRequest, DownloadError, LedgerError, LipSyncError, VendorError
from lipsync_nb.http.api import Observer, SubmissionLost
from lipsync_nb.http.call import Call
from lipsync_nb.http.hosts import is_local
from lipsync_nb.http.retry import Purpose
from lipsync_nb.http.transfer import Web
from lipsync_nb.ledger.reading import NoJob
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log, notify_user
from lipsync_nb.media.host import MediaHost
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Delivery, Request, Vendor
from lipsync_nb.vendors.base.registry import is_answered
from lipsync_nb.vendors.base.remote import RemoteMedia

REWRITE_SECONDS = 5.0
"""Seconds between attempts to write the outcome of a submission to the ledger."""
SUBMISSIONS_AT_ONCE = 16
"""Parallel submissions to one vendor. Each has open files, and uploads share the bandwidth."""


class _NotToBeSent(LipSyncError):
    """The job was cancelled or taken over, or the client was closed, before it was sent."""


class _Submission(Observer):
    """Writes the attempts of the paid call of one job to the ledger.

    Args:
        record: The job.
        account: The hash of the paying account.
        records: The state of the jobs.
        submitter: The submitter of the job.
    """

    def __init__(
        self, record: Record, account: str, records: Records, submitter: "Submitter"
    ) -> None:
        self._id = record.id
        self._account = account
        self._records = records
        self._submitter = submitter

    async def on_attempt(self, call: Call[Any]) -> None:
        """Write that the paid call is about to be sent; raise if it must not be."""
        if call.purpose is not Purpose.paid:
            return
        if self._submitter.closing:
            raise _NotToBeSent
        self._submitter.sending.add(self._id)
        if await self._records.mark_sent(self._id, self._account) is None:
            raise _NotToBeSent

    async def on_no_work(self, call: Call[Any]) -> None:
        """Write that the attempt cost nothing."""
        if call.purpose is Purpose.paid:
            await self._records.update(self._id, Record.not_sent)
            self._submitter.sending.discard(self._id)

    def on_retry(self, error: LipSyncError) -> None:
        """Show the error, as the wait before a retry can last minutes."""
        self._records.annotate(self._id, lambda job: job.with_error(error))


class Submitter:
    """Submits jobs.

    Args:
        accounts: The vendors.
        records: The state of the jobs.
        inputs: The jobs whose results other jobs use.
        web: Transfers files from and to other hosts.
        host: Gives local files a URL; ``None`` if there is no media host.
        turns: Says when a job may be sent.
        results: The folder for results.
        names: The pattern of the names of results.

    Attributes:
        closing: Whether no further paid request is sent.
        probes: The free calls before the first paid ones.
        with_callback: The jobs whose vendor was given a callback URL.
        sending: The jobs whose paid request was sent, and whose outcome is not in the ledger yet.
    """

    callback_url: Callable[[str], str] | None = None
    """Returns the callback URL for the id of a job; ``None`` if there is no receiver."""

    def __init__(
        self,
        accounts: Accounts,
        records: Records,
        inputs: Inputs,
        web: Web,
        host: MediaHost | None,
        *,
        turns: Turns,
        results: Path,
        names: str = USUAL,
    ) -> None:
        self._names = names
        self._turns = turns
        self._accounts = accounts
        self._records = records
        self._inputs = inputs
        self._results = results
        self._web = web
        self._host = host
        self._remote = RemoteMedia(web)
        self.probes = Probes()
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(_slots)
        self.with_callback: set[str] = set()
        self.closing = False
        self.sending: set[str] = set()

    async def submit(self, record: Record) -> Record:
        """Send the paid request of a job, once; return the job."""
        try:
            return await self._submit(record)
        finally:
            self.sending.discard(record.id)

    async def _submit(self, record: Record) -> Record:
        if record.sent_at is not None:
            return await self._write(record, lambda job: job.unanswered(_INTERRUPTED))
        try:
            await self.probes.first(self._accounts.of(record))
            async with self._turns.turn(record), self._slots[record.vendor]:
                snapshot = await self._send(record)
        except _NotToBeSent:
            return self._records.get(record.id)
        except SubmissionLost as lost:
            return await self._follow_up(record, lost)
        except LipSyncError as refusal:
            error = refusal
            return await self._write(record, lambda job: job.refused(error, time()))
        except loop.FAULTS as fault:  # a request that may have been paid is always recorded
            error = self._accounts.of(record).unforeseen(fault)
            return await self._write(record, lambda job: _after_fault(job, error))
        return await self._took(record, snapshot)

    async def _took(self, record: Record, answer: Snapshot) -> Record:
        """Write what the vendor answered to a paid call that it has accepted."""
        if answer.status is JobStatus.succeeded and not answer.vendor_id:
            return await self._keep(record, answer)
        return await self._write(record, partial(self._accepted, answer))

    async def _keep(self, record: Record, answer: Snapshot, path: str | None = None) -> Record:
        """Keep the result that the answer to a paid call has: first its file, then the row.

        If the file is none that the job makes, it is kept, and the job is lost.
        """
        while answer.data is not None and path is None:
            try:
                path = await asyncio.to_thread(save, answer.data, record, self._results)
            except DownloadError as error:  # the disk may be full: what is paid must not be lost
                self._records.annotate(record.id, partial(_unkept, error))
                log.critical("job %s: %s", record.id, error)
                await asyncio.sleep(REWRITE_SECONDS)
        if path and not await asyncio.to_thread(is_played, path):
            why = f"{record.vendor} answered with no {record.makes.lower()}; see {path}"
            return await self._write(record, lambda job: job.unanswered(VendorError(why)))
        if path is None:
            return await self._write(record, lambda job: job.answered(answer, None, time()))
        kept, job = Path(path), self._records.get(record.id)
        answer = replace(answer, duration_s=await asyncio.to_thread(length, kept))
        named = await asyncio.to_thread(renamed, kept, self._names, job)
        written = await self._write(record, lambda job: job.answered(answer, str(named), time()))
        await asyncio.to_thread(forget_name, kept, named)
        return written

    async def kept(self, lost: Record) -> Record | None:
        """Return a lost job, succeeded, if the file that its answer had was kept before it."""
        if not is_answered(lost.vendor, lost.kind):
            return None
        path = await asyncio.to_thread(saved, lost, self._results)
        if path is None or not await asyncio.to_thread(is_played, path):
            return None
        return await self._keep(lost, Snapshot(JobStatus.succeeded, "", ""), path)

    async def _follow_up(self, record: Record, lost: SubmissionLost) -> Record:
        """Write that the answer was lost; follow a job that the error names if the vendor knows it.

        The id is written before the vendor is asked, so that it is never in memory only.
        """
        error = lost.error
        if lost.job_id is not None:
            error = type(error)(f"{error}; the answer names the job {lost.job_id}")
        written = await self._write(record, lambda job: job.unanswered(error))
        if lost.job_id is None:
            return written
        try:
            named = await self._accounts.ask(record, lost.job_id)
        except LipSyncError as unknown:
            why = f"{error}, which the vendor did not confirm: {unknown}"
            return await self._write(
                record, lambda job: replace(job, error=why) if job.lost else job
            )
        return await self._write(record, partial(self._accepted, named))

    def _accepted(self, snapshot: Snapshot, job: Record) -> Record:
        """Return the accepted job; if another job of the account has its id, it is lost."""
        try:
            other = self._records.ledger.with_vendor_id(job, snapshot.vendor_id)
        except LedgerError:  # what the vendor answered must be shown nevertheless
            other = None
        if other is None:
            return job.accepted(snapshot, time())
        named = snapshot.vendor_id
        why = f"{job.vendor} answered with the id {named}, which job {other} has already"
        return job.unanswered(VendorError(why))

    async def _send(self, record: Record) -> Snapshot:
        vendor = self._accounts.of(record)
        request = vendor.request(record.kind, record.request)
        resolved = self._inputs.resolved(request)
        observer = _Submission(record, vendor.account, self._records, self)
        async with Delivery(
            resolved,
            vendor.api,
            vendor.source,
            self._web,
            media_host=self._host,
            observer=observer,
            remote=self._remote,
            note=partial(self._note, record.id),
        ) as delivery:
            calling = self._with_callback(record.id, resolved, vendor)
            call = await vendor.submission(calling, delivery)
            await asyncio.to_thread(refuse_changed, request, record)
            return await vendor.api.send(call, observer)

    async def _note(self, job_id: str, note: str) -> None:
        await self._records.update(job_id, lambda job: job.noted(note))

    def _with_callback(self, job_id: str, request: Request, vendor: Vendor) -> Request:
        url = self.callback_url(job_id) if self.callback_url else ""
        here, there = is_local(httpx.URL(url).host), is_local(vendor.base_url.host)
        if not url or (here and not there):
            return request  # a remote vendor cannot reach our loopback address
        calling = request.calling_back(url)
        if calling is not request:
            self.with_callback.add(job_id)
        return calling

    async def _write(self, record: Record, change: Change) -> Record:
        noted: Record | None = None
        try:
            while True:
                try:
                    return await self._records.update(record.id, change, durable=True)
                except NoJob:
                    _tell_unwritable(change(record))
                    raise
                except LedgerError as error:
                    unwritten = partial(_not_written, change, error)
                noted = self._records.annotate(record.id, unwritten)
                log.critical("job %s (vendor id %s): %s", noted.id, noted.vendor_id, noted.error)
                await asyncio.sleep(REWRITE_SECONDS)
        except asyncio.CancelledError:  # the client closes
            if noted is not None and noted.vendor_id is not None:
                notify_user(_unwritten_id(noted))
            raise


def _unkept(error: LipSyncError, job: Record) -> Record:
    return job.with_error(error)


def _not_written(change: Change, error: LedgerError, job: Record) -> Record:
    return change(job).with_error(error)


def _tell_unwritable(job: Record) -> None:
    """Say what became of a job whose row was removed: its id is nowhere else."""
    text = (
        f"job {job.id} is {job.vendor_id or 'without an id'} at {job.vendor}, and was removed from "
        f"the ledger ({job.path or job.error or job.status}); keep this id"
    )
    log.critical("%s", text)
    notify_user(text)


def _unwritten_id(job: Record) -> str:
    return (
        f"job {job.id} is {job.vendor_id} at {job.vendor}, which could not be written: "
        f"{job.error}; "
        f'keep this id, and later call client.job("{job.id}").attach("{job.vendor_id}")'
    )


_INTERRUPTED = LipSyncError("the submission was interrupted before the vendor's answer came")


def _slots() -> asyncio.Semaphore:
    return asyncio.Semaphore(SUBMISSIONS_AT_ONCE)


def refuse_changed(request: Request, record: Record) -> None:
    """Raise `BadRequest` unless the files of a job are still those of its fingerprint."""
    if request.fingerprint() != record.fingerprint:
        raise BadRequest(
            "a media file has changed since the job was submitted, so nothing was sent; "
            "use one file per request, and submit it again"
        )


def _after_fault(job: Record, error: LipSyncError) -> Record:
    return job.refused(error, time()) if job.sent_at is None else job.unanswered(error)
