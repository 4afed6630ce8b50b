"""The paid step of a job: from a row in the ledger to the vendor's id in that row."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from time import time
from typing import Any

import httpx

from lipsync_nb import loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.records import Change, Records
from lipsync_nb.errors import BadRequest, LedgerError, LipSyncError
from lipsync_nb.http.addresses import is_local
from lipsync_nb.http.api import Observer, SubmissionLost
from lipsync_nb.http.call import Call
from lipsync_nb.http.retry import Purpose
from lipsync_nb.http.transfer import Web
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.host import MediaHost
from lipsync_nb.status import Snapshot
from lipsync_nb.vendors.base import Delivery, Request, Vendor

DISK_SECONDS = 5.0
"""Seconds between attempts to write a submission's outcome to a ledger that cannot be written."""
AT_ONCE = 16
"""Submissions to one vendor at a time: each has files open, and uploads share the bandwidth."""


class _Withdrawn(LipSyncError):
    """The job was cancelled or taken over, or its client closed, before it was sent."""


class _Submission(Observer):
    """Keeps the ledger in step with the attempts of one job's paid call.

    Args:
        record: The job.
        account: The hash of the account that pays.
        records: Where the job is written.
        submitter: Whether it still sends, and what it is sending.
    """

    def __init__(
        self, record: Record, account: str, records: Records, submitter: "Submitter"
    ) -> None:
        self._id = record.id
        self._account = account
        self._records = records
        self._submitter = submitter

    async def on_attempt(self, call: Call[Any]) -> None:
        """Write that a paid call is about to be sent; a withdrawn one is not."""
        if call.purpose is not Purpose.paid:
            return
        if self._submitter.closing:
            raise _Withdrawn
        self._submitter.sending.add(self._id)
        if await self._records.mark_sent(self._id, self._account) is None:
            raise _Withdrawn

    async def on_no_work(self, call: Call[Any]) -> None:
        """Write that nothing was paid."""
        if call.purpose is Purpose.paid:
            await self._records.update(self._id, Record.unsent)
            self._submitter.sending.discard(self._id)

    def on_retry(self, error: LipSyncError) -> None:
        """Show why it takes so long: some waits last for many minutes."""
        self._records.annotate(self._id, lambda job: job.troubled(error))


class Submitter:
    """Submits jobs.

    Args:
        accounts: The vendors.
        records: Where jobs are written.
        web: For transfers with hosts other than the APIs.
        host: Gives local files a URL; ``None`` if none is configured.

    Attributes:
        closing: Whether nothing more is to be sent.
        with_callback: The jobs whose vendor was given a callback URL.
        sending: The jobs whose paid request is under way, or its outcome not yet in the ledger.
    """

    callback_url: Callable[[str], str] | None = None
    """Returns the callback URL of a job, by its id; ``None`` while nobody listens."""

    def __init__(
        self, accounts: Accounts, records: Records, web: Web, host: MediaHost | None
    ) -> None:
        self._accounts = accounts
        self._records = records
        self._web = web
        self._host = host
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(_places)
        self.with_callback: set[str] = set()
        self.closing = False
        self.sending: set[str] = set()

    async def submit(self, record: Record) -> tuple[Record, bool]:
        """Send a job's paid request, once.

        Returns:
            The job afterwards; and whether the vendor has surely ended its work on the request
            (which matters only if its answer was lost).
        """
        try:
            return await self._submit(record)
        finally:
            self.sending.discard(record.id)

    async def _submit(self, record: Record) -> tuple[Record, bool]:
        if record.sent_at is not None:
            return await self._keep(record, lambda job: job.unanswered(_INTERRUPTED)), False
        try:
            async with self._places[record.vendor]:
                snapshot = await self._send(record)
        except _Withdrawn:
            return self._records.get(record.id), True
        except SubmissionLost as lost:
            error = lost.error
            return await self._keep(record, lambda job: job.unanswered(error)), lost.answered
        except LipSyncError as refusal:
            error = refusal
            return await self._keep(record, lambda job: job.refused(error, time())), True
        except loop.FAULTS as fault:  # what may have been paid is always recorded
            error = self._accounts.of(record).unforeseen(fault)
            return await self._keep(record, lambda job: _after_fault(job, error)), False
        return await self._keep(record, lambda job: job.accepted(snapshot, time())), True

    async def _send(self, record: Record) -> Snapshot:
        vendor = self._accounts.of(record)
        request = vendor.request(record.kind, record.request)
        observer = _Submission(record, vendor.account, self._records, self)
        async with Delivery(
            request, vendor.api, vendor.source, self._web, media_host=self._host, observer=observer
        ) as delivery:
            calling = self._calling_back(record.id, request, vendor)
            call = await vendor.submission(calling, delivery)
            await _refuse_changed(request, record)
            return await vendor.api.send(call, observer)

    def _calling_back(self, job_id: str, request: Request, vendor: Vendor) -> Request:
        url = self.callback_url(job_id) if self.callback_url else ""
        here, there = is_local(httpx.URL(url).host), is_local(vendor.base_url.host)
        if not url or (here and not there):
            return request  # to a vendor elsewhere, loopback is its own
        calling = request.calling_back(url)
        if calling is not request:
            self.with_callback.add(job_id)
        return calling

    async def _keep(self, record: Record, change: Change) -> Record:
        while True:
            try:
                return await self._records.update(record.id, change, durable=True)
            except LedgerError as error:
                unwritten = partial(_unwritten, change, error)
            noted = self._records.annotate(record.id, unwritten)
            log.critical("job %s (vendor id %s): %s", noted.id, noted.vendor_id, noted.error)
            await asyncio.sleep(DISK_SECONDS)


def _unwritten(change: Change, error: LedgerError, job: Record) -> Record:
    return change(job).troubled(error)


_INTERRUPTED = LipSyncError("the submission was interrupted before the vendor's answer came")


def _places() -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


async def _refuse_changed(request: Request, record: Record) -> None:
    # What is paid for must still be what the recorded fingerprint stands for.
    if await asyncio.to_thread(request.fingerprint) != record.fingerprint:
        raise BadRequest(
            "a file has changed since this was submitted, so nothing was sent: give each request "
            "a file of its own, and submit it again"
        )


def _after_fault(job: Record, error: LipSyncError) -> Record:
    return job.refused(error, time()) if job.sent_at is None else job.unanswered(error)
