"""The paid step of a job: from a row in the ledger to the vendor's id in that row."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from time import time

import httpx

from lipsync_nb import loop
from lipsync_nb.engine.ledger_writer import LedgerWriter
from lipsync_nb.errors import BadRequest, LedgerError, LipSyncError
from lipsync_nb.jobs import Snapshot
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.host import MediaHost
from lipsync_nb.net.addresses import is_local
from lipsync_nb.net.api import SubmissionLost, trouble
from lipsync_nb.net.transfer import Web
from lipsync_nb.request import Request
from lipsync_nb.vendors.base import Vendor
from lipsync_nb.vendors.courier import Courier

DISK_SECONDS = 5.0
"""Seconds between attempts to write a submission's outcome to a ledger that cannot be written."""
AT_ONCE = 16
"""Submissions to one vendor at a time: each has files open, and uploads share the bandwidth."""


class _Withdrawn(LipSyncError):
    """The job was cancelled or taken over, or its client closed, before it was sent."""


class Submitter:
    """Submits jobs.

    Args:
        vendors: By name.
        writer: Where jobs are written.
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
        self, vendors: Mapping[str, Vendor], writer: LedgerWriter, web: Web, host: MediaHost | None
    ) -> None:
        self._vendors = vendors
        self._writer = writer
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
            return self._writer.board.get(record.id), True
        except SubmissionLost as lost:
            error = lost.error
            return await self._keep(record, lambda job: job.unanswered(error)), lost.answered
        except LipSyncError as refusal:
            error = refusal
            return await self._keep(record, lambda job: job.refused(error, time())), True
        except loop.FAULTS as fault:  # what may have been paid is always recorded
            error = self._vendors[record.vendor].unforeseen(fault)
            return await self._keep(record, lambda job: _after_fault(job, error)), False
        return await self._keep(record, lambda job: job.accepted(snapshot, time())), True

    async def _send(self, record: Record) -> Snapshot:
        trouble.set(lambda error: self._troubled(record.id, error))  # for this job's task alone
        vendor = self._vendors[record.vendor]
        request = vendor.request(record.kind, record.request)

        async def before() -> None:
            if self.closing:
                raise _Withdrawn
            self.sending.add(record.id)
            sent = await self._writer.call(
                self._writer.ledger.mark_sent, record.id, self._writer.owner
            )
            if sent is None:
                raise _Withdrawn
            self._writer.board.publish(sent)

        async def undone() -> None:
            await self._writer.write(record.id, Record.unsent)
            self.sending.discard(record.id)

        async with Courier(request, vendor.api, self._web, self._host) as courier:
            calling = self._calling_back(record.id, request, vendor)
            call = await vendor.submission(calling, courier)
            await _refuse_changed(request, record)
            return await vendor.api.send(call, before=before, undone=undone)

    def _calling_back(self, job_id: str, request: Request, vendor: Vendor) -> Request:
        url = self.callback_url(job_id) if self.callback_url else ""
        here, there = is_local(httpx.URL(url).host), is_local(vendor.base_url.host)
        if not url or (here and not there):
            return request  # to a vendor elsewhere, loopback is its own
        calling = request.calling_back(url)
        if calling is not request:
            self.with_callback.add(job_id)
        return calling

    def _troubled(self, job_id: str, error: LipSyncError) -> None:
        board = self._writer.board
        board.publish(board.get(job_id).troubled(error))

    async def _keep(self, record: Record, change: Callable[[Record], Record]) -> Record:
        while True:
            try:
                return await self._writer.write(record.id, change, durable=True)
            except LedgerError as error:
                unwritten = change(self._writer.board.get(record.id))
                log.critical("job %s (vendor id %s): %s", record.id, unwritten.vendor_id, error)
                self._writer.board.publish(unwritten.troubled(error))
            await asyncio.sleep(DISK_SECONDS)


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
