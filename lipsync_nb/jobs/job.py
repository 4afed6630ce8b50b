"""One job, as a future: it can be waited for, awaited, cancelled, shown."""

import asyncio
import shutil
from collections.abc import Callable, Generator
from concurrent.futures import Future
from os import PathLike
from pathlib import Path
from typing import Any

from lipsync_nb import loop
from lipsync_nb.errors import (
    BadRequest,
    JobCancelled,
    JobFailed,
    JobTimeout,
    LipSyncError,
    SubmitUnknown,
    recalled,
)
from lipsync_nb.jobs.session import Session
from lipsync_nb.jobs.validation import request_of
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.video import Video
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors.base import Request


class Job:
    """One job of a client. Its properties are read anew at each access.

    Attributes:
        id: The job's id in the ledger.
        session: What it shares with its client's other jobs.
    """

    def __init__(self, session: Session, job_id: str) -> None:
        self.session = session
        self.id = job_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Path, str]:
        return self.session.path, self.id

    def __repr__(self) -> str:
        record = self.record
        progress = "" if record.progress is None else f" {record.progress:.0%}"
        return f"<Job {self.id} {record.vendor}.{record.kind}: {record.status}{progress}>"

    @property
    def record(self) -> Record:
        """The job's record in the ledger."""
        return self.session.records.get(self.id)

    @property
    def vendor(self) -> str:
        """The vendor's name."""
        return self.record.vendor

    @property
    def kind(self) -> str:
        """The kind of request, such as ``"LipSync"``."""
        return self.record.kind

    @property
    def request(self) -> Request:
        """The request that was submitted."""
        return request_of(self.record)

    @property
    def status(self) -> JobStatus:
        """The job's status."""
        return self.record.status

    @property
    def vendor_status(self) -> str:
        """The job's status in the vendor's own word."""
        return self.record.vendor_status

    @property
    def vendor_id(self) -> str | None:
        """The vendor's id of the job."""
        return self.record.vendor_id

    @property
    def progress(self) -> float | None:
        """The progress from 0 to 1, if the vendor reports it."""
        return self.record.progress

    @property
    def cost(self) -> Cost | None:
        """The cost, as reported by the vendor or else estimated; ``None`` if unknown."""
        return self.record.price

    @property
    def video(self) -> Video | None:
        """The result, once it is downloaded."""
        record = self.record
        return None if record.path is None else Video(Path(record.path), record.video_url)

    @property
    def error(self) -> LipSyncError | None:
        """What went wrong or, while the job goes on, what went wrong last."""
        record = self.record
        return None if record.error is None else recalled(record.error_type, record.error)

    def done(self) -> bool:
        """Return whether the job has ended: its video is here, could not be fetched, or won't come.

        A job whose answer was lost has not ended until it is found, attached or submitted again.
        """
        return self.record.settled

    def result(self, timeout: float | None = None) -> Video:
        """Wait for the video; in a job's callback, which cannot wait, return or raise at once.

        Args:
            timeout: Seconds to wait; by default until the client's deadline for the job.

        Returns:
            The video, downloaded.

        Raises:
            JobFailed: There will be no video; the vendor's reason is in the text.
            JobCancelled: The job was cancelled.
            JobTimeout: The job is not done yet; it goes on.
            SubmitUnknown: Whether the vendor took the job is not known.
            DownloadError: The video is made, but could not be fetched.
            MissingCredentials: The job is not done; no running kernel is connected to its account.
            LipSyncError: The job is not done, and its client is closed.
        """
        if not self._here() and not loop.is_here():
            waiting = self._wait()
            try:
                loop.wait(waiting, timeout)
            except TimeoutError:
                waiting.cancel()
        return self._outcome()

    def exception(self, timeout: float | None = None) -> LipSyncError | None:
        """Wait like `result`, and return the error instead of raising it."""
        try:
            self.result(timeout)
        except LipSyncError as error:
            return error
        return None

    def __await__(self) -> Generator[Any, None, Video]:
        """Wait like `result`, without blocking the event loop."""
        if not self._here():
            yield from asyncio.wrap_future(self._wait()).__await__()
        return self._outcome()

    def add_done_callback(self, function: Callable[["Job"], object]) -> None:
        """Call a function with this job when it has ended, or is followed no longer.

        It runs on the library's own thread, or at once on the caller's if there is nothing to
        wait for. What it raises on the library's thread is logged, ``SystemExit`` included.
        """
        if self._here():
            function(self)
            return
        try:
            waiting = self._wait()
        except LipSyncError:  # nobody follows it: result() says why
            function(self)
        else:
            waiting.add_done_callback(lambda _: self._tell(function))

    def cancel(self) -> None:
        """Cancel the job: here if it was not sent yet, else at the vendor.

        Raises:
            Unsupported: It was sent, and the vendor cannot cancel or its id there is not known.
            MissingCredentials: Its account is not connected.
        """
        if not self.status.terminal:
            self.session.refuse_undriven(self.record)
        loop.run(self.session.engine.cancel(self.id))

    def download(
        self, path: str | PathLike[str] | None = None, timeout: float | None = None
    ) -> Video:
        """Wait for the video, and copy it to a path.

        Args:
            path: Target file, or a folder, where it keeps its name; by default no copy is made.
            timeout: Seconds to wait, as in `result`.

        Raises:
            BadRequest: The copy cannot be written.
        """
        video = self.result(timeout)
        if path is None:
            return video
        try:
            return Video(Path(shutil.copy(video.path, path)), video.url)
        except OSError as error:
            raise BadRequest(f"{path}: {error.strerror or error}") from None

    def attach(self, vendor_id: str) -> None:
        """Give a job whose answer was lost its id at the vendor, and follow it from there.

        Args:
            vendor_id: The vendor's id, from its website or support.

        Raises:
            BadRequest: The job's answer was not lost, or the id cannot be the vendor's.
        """
        self.session.attach(self.id, vendor_id)

    def resubmit(self) -> "Job":
        """Submit a failed, cancelled or lost job again; **this may cost money again**.

        Returns:
            The new job; a second call returns the same one, and costs nothing.

        Raises:
            BadRequest: The job is under way or has succeeded, or its media have changed.
        """
        return Job(self.session, self.session.resubmit(self.id))

    def _here(self) -> bool:
        record = self.record
        if record.status is JobStatus.succeeded:
            return record.path is not None and Path(record.path).exists()
        return record.status.terminal

    def _wait(self) -> Future[None]:
        self.session.refuse_undriven(self.record)
        waiting = self.session.records.waiter(self.id)
        loop.call(self.session.engine.attend, self.id)
        return waiting

    def _tell(self, function: Callable[["Job"], object]) -> None:
        try:
            function(self)
        except loop.FAULTS:
            if not loop.is_here():
                raise
            log.exception("a callback of %r failed", self)

    def _outcome(self) -> Video:
        record, error = self.record, self.error
        match record.status:
            case JobStatus.succeeded if record.path is not None:
                return Video(Path(record.path), record.video_url)
            case JobStatus.succeeded if error is not None:
                raise error
            case JobStatus.failed:
                raise JobFailed(f"{self!r}: {record.error or 'no reason given'}", self) from error
            case JobStatus.cancelled:
                raise JobCancelled(f"{self!r}", self)
            case JobStatus.unknown if record.lost:
                raise SubmitUnknown(f"{self!r}: {record.error}; {_REMEDY}", self) from error
        trouble = f"; last error: {record.error}" if record.error else ""
        raise JobTimeout(f"{self!r} is not done yet{trouble}", self)


_REMEDY = (
    "look it up at the vendor, then job.attach(vendor_id) if it is there, "
    "or job.resubmit() to pay for it once more"
)
