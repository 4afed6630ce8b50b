"""The jobs whose results other jobs use: waits for them, and puts their results into requests."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time
from typing import Any, Protocol

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.records import Held, Records
from lipsync_nb.engine.transitions import job_in_log
from lipsync_nb.errors import BadRequest, InputFailed, LedgerError, LipSyncError, VendorError
from lipsync_nb.files import exists
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media
from lipsync_nb.media.reference import JobReference
from lipsync_nb.media.video import Video
from lipsync_nb.results import RESOURCES, made_from, subtitles_from
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Request, Vendor
from lipsync_nb.vendors.base.request import Result


class Entry(Protocol):
    """Checks a waiting job again, once its inputs are done."""

    def released(self, job: Record, request: Request, resolved: Request, vendor: Vendor) -> Record:
        """Return the record of a request as it would be entered now; `BadRequest` if it is refused.

        Args:
            job: The waiting job.
            request: Its request, which refers to the inputs.
            resolved: The same request, with their results.
            vendor: The vendor that is to be paid.
        """


def has_result(record: Record) -> bool:
    """Return whether a job's result is on this machine, or is no file."""
    if not record.makes_file:
        return record.status is JobStatus.succeeded
    return record.path is not None and exists(record.path)


def result_of(record: Record) -> Result:
    """Return the result of a succeeded job.

    Raises:
        LedgerError: It cannot be read.
    """
    if not record.makes_file:
        return made_from(record.makes, record.result or "")
    if record.path is None:
        raise LedgerError(f"job {record.id} has no file")
    if record.makes == Audio.__name__:
        return Audio(Path(record.path), record.video_url, subtitles_from(record.result))
    return Video(Path(record.path), record.video_url)


class Inputs:
    """The inputs of the jobs of one client.

    Args:
        accounts: The vendors.
        records: The state of the jobs.
    """

    def __init__(self, accounts: Accounts, records: Records) -> None:
        self._accounts = accounts
        self._records = records
        self._expected: dict[str, Record] = {}
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._left: defaultdict[str, dict[str, Callable[[str], None]]] = defaultdict(dict)
        self._stop = records.subscribe(self._changed)

    def close(self) -> None:
        """Listen to changes no more."""
        self._stop()

    @contextmanager
    def expecting(self, job: Record) -> Iterator[None]:
        """Know a job that is not in the ledger yet, while requests that use it are checked."""
        self._expected[job.id] = job
        try:
            yield
        finally:
            del self._expected[job.id]

    def last(self, job_id: str) -> Record:
        """Return a job, or the job that has replaced it in the end.

        Raises:
            LedgerError: There is no such job.
        """
        record = self._expected.get(job_id) or self._records.get(job_id)
        while record.successor is not None:
            record = self._records.get(record.successor)
        return record

    def entered(self, request: Request, of_ledger: Callable[[Path], "Inputs"]) -> Request:
        """Return a request as it is entered: it refers to jobs of this ledger that it can use.

        A job that was replaced counts as the one that replaces it. A job of another ledger counts
        as its result.

        Args:
            request: The request.
            of_ledger: Returns the inputs of another ledger.

        Raises:
            BadRequest: A job is not in its ledger, or of another one and not done.
        """
        return request.replace_inputs(partial(self._entered, of_ledger))

    def _entered(self, of_ledger: Callable[[Path], "Inputs"], job: JobReference) -> Any:
        here = self._records.ledger.path
        try:
            if job.ledger in {None, here}:
                return replace(job, id=self.last(job.id).id)
            record = of_ledger(Path(job.ledger or "")).last(job.id)
        except LedgerError as error:
            raise BadRequest(f"{job}: {error}") from None
        if not has_result(record):
            raise BadRequest(
                f"{job} is in another ledger, {job.ledger}, and has no result here yet "
                f"({record.status}); wait for its result, or submit it to this client"
            )
        return result_of(record)

    def followed(self, request: Request) -> Request:
        """Return a request that refers to the jobs that have replaced its inputs."""
        return request.replace_inputs(lambda job: replace(job, id=self.last(job.id).id))

    def resolved(self, request: Request) -> Request:
        """Return a request with the results of its inputs.

        Raises:
            BadRequest: A result does not suit its field.
            LedgerError: A result cannot be read.
        """
        return request.replace_inputs(lambda job: result_of(self.last(job.id)))

    def file_of(self, media: Media) -> Media:
        """Return the file of an input that is done; media that are no input as they are."""
        if media.job is None:
            return media
        record = self.last(media.job.id)
        return Media(record.path) if record.path and has_result(record) else media

    async def wait(self, job_id: str, follow: Callable[[str], None]) -> bool:
        """Wait until all inputs of a job are done, and return whether they are.

        They are not if this client stops following one of them: it is lost, or its deadline has
        passed. Then the job is followed again at the next change of that input.

        Args:
            job_id: The job.
            follow: Drives or observes a job.

        Raises:
            InputFailed: One of them has no result, and will get none.
        """
        changed = asyncio.Event()
        followed: dict[str, asyncio.Future[None]] = {}
        kept: list[Held] = []  # so that the event loop need not read them from the ledger
        try:
            while True:
                changed.clear()
                kept[:] = await self._records.in_thread(self._held, job_id)
                inputs = [self.last(each).id for each in self._records.get(job_id).input_ids]
                for each in inputs:
                    if each not in followed:
                        self._waiting[each].add(changed)
                        followed[each] = self._followed(each, changed, follow)
                unready = [
                    each
                    for each in inputs
                    if not _is_ready(self.last(each), tried=followed[each].done())
                ]
                if not unready:
                    return True
                if any(followed[each].done() for each in unready):
                    for each in unready:
                        self._left[each][job_id] = follow
                    return False
                await changed.wait()
        finally:
            for each, future in followed.items():
                future.cancel()
                self._waiting[each].discard(changed)
                if not self._waiting[each]:
                    del self._waiting[each]

    def _held(self, job_id: str) -> list[Held]:
        """Return what keeps the inputs of a job in memory, and the jobs that have replaced them."""
        held: list[Held] = []
        ids = self._records.get(job_id).input_ids
        while ids:
            held.append(self._records.hold(ids.pop()))
            ids += filter(None, [held[-1].record.successor])
        return held

    def _followed(
        self, job_id: str, changed: asyncio.Event, follow: Callable[[str], None]
    ) -> "asyncio.Future[None]":
        """Have an input followed; return a future that ends when it is followed no more."""
        future = asyncio.wrap_future(self._records.waiter(job_id))
        future.add_done_callback(lambda _: changed.set())
        follow(job_id)
        return future

    async def refuse_expired(self, job: Record) -> None:
        """Ask for each voice and avatar that a job uses whether its vendor still has it.

        Raises:
            InputFailed: One of them has expired.
        """
        for record in list(map(self.last, job.input_ids)):  # before they can leave the memory
            if record.makes in RESOURCES and record.vendor_id is not None:
                _refuse_failed(await self._asked(record, record.vendor_id))

    async def _asked(self, record: Record, vendor_id: str) -> Record:
        try:
            seen = await self._accounts.ask(record, vendor_id)
        except VendorError as error:
            if self._accounts.of(record).denies(error):  # for now, which does not prove its end
                why = f"{_named(record)} is not known to its vendor: {error}; {_UNPAID}"
                why += (
                    "; if it is gone for good, client.submit(request, fresh=True) makes a new one"
                )
                raise InputFailed(why) from None
            return record
        except LipSyncError as error:  # the vendor of the paid call will say it
            log.info("%s: %s", job_in_log(record), error)
            return record
        change = partial(_seen_again, seen)
        return await self._records.update(record.id, change, durable=True)

    def _changed(self, record: Record) -> None:
        if record.id in self._waiting or record.id in self._left:
            loop.call(self._wake, record.id)

    def _wake(self, job_id: str) -> None:
        for event in self._waiting.get(job_id, ()):
            event.set()
        for waiting, follow in self._left.pop(job_id, {}).items():
            follow(waiting)


def _seen_again(seen: Snapshot, job: Record) -> Record:
    """Return a voice or an avatar after its vendor was asked for it once more."""
    gone = seen.status in {JobStatus.expired, JobStatus.failed}
    return job.after(replace(seen, status=JobStatus.expired), time()) if gone else job


def _is_ready(record: Record, *, tried: bool) -> bool:
    """Return whether an input has its result; raise `InputFailed` if it will get none.

    Args:
        record: The input.
        tried: Whether its result was tried to be fetched since it is waited for.
    """
    _refuse_failed(record)
    if has_result(record):
        return True
    if tried and record.status is JobStatus.succeeded and record.error is not None:
        raise InputFailed(f"{_named(record)} could not be fetched: {record.error}; {_UNPAID}")
    return False


def _refuse_failed(record: Record) -> None:
    if record.status.terminal and record.status is not JobStatus.succeeded:
        why = f": {record.error.removesuffix(f'; {_UNPAID}')}" if record.error else ""
        raise InputFailed(f"{_named(record)} {_ENDED[record.status]}{why}; {_UNPAID}")


def _named(record: Record) -> str:
    return f"its input {record.vendor} {record.kind} {record.id}"


_ENDED = {
    JobStatus.failed: "failed",
    JobStatus.cancelled: "was cancelled",
    JobStatus.abandoned: "was abandoned",
    JobStatus.expired: "has expired",
}
_UNPAID = "nothing was paid"
