"""One job, as a future: it can be waited for, awaited, cancelled, shown."""

import asyncio
import shutil
from collections.abc import Callable, Generator
from concurrent.futures import Future
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipsync_nb import loop, recovery
from lipsync_nb.errors import (
    BadRequest,
    JobCancelled,
    JobFailed,
    JobTimeout,
    LipSyncError,
    SubmitUnknown,
    recalled,
)
from lipsync_nb.intake import request_of
from lipsync_nb.jobs import Cost, JobStatus
from lipsync_nb.ledger.record import Record
from lipsync_nb.request import Request
from lipsync_nb.video import Video

if TYPE_CHECKING:
    from lipsync_nb.client import Client


class Job:
    """One job of a client. All that it tells is read anew at each access.

    Attributes:
        id: The job's id in the ledger.
    """

    def __init__(self, client: "Client", job_id: str) -> None:
        self._client = client
        self.id = job_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Path, str]:
        return self._client.ledger.path, self.id

    def __repr__(self) -> str:
        record = self.record
        progress = "" if record.progress is None else f" {record.progress:.0%}"
        return f"<Job {self.id} {record.vendor}.{record.kind}: {record.status}{progress}>"

    @property
    def record(self) -> Record:
        """All that the ledger has of it."""
        return self._client.board.get(self.id)

    @property
    def vendor(self) -> str:
        """The vendor's name."""
        return self.record.vendor

    @property
    def kind(self) -> str:
        """The request's name."""
        return self.record.kind

    @property
    def request(self) -> Request:
        """What was asked for."""
        return request_of(self.record)

    @property
    def status(self) -> JobStatus:
        """Where it stands."""
        return self.record.status

    @property
    def vendor_status(self) -> str:
        """Where it stands, in the vendor's own word."""
        return self.record.vendor_status

    @property
    def vendor_id(self) -> str | None:
        """The vendor's id of it."""
        return self.record.vendor_id

    @property
    def progress(self) -> float | None:
        """From 0 to 1, where the vendor tells."""
        return self.record.progress

    @property
    def cost(self) -> Cost | None:
        """What it costs, as told by the vendor or else estimated; ``None`` if nobody knows."""
        return self.record.price

    @property
    def video(self) -> Video | None:
        """The result, once it is here."""
        record = self.record
        return None if record.path is None else Video(Path(record.path), record.video_url)

    @property
    def error(self) -> LipSyncError | None:
        """What went wrong; on a job that goes on, what went wrong last."""
        record = self.record
        return None if record.error is None else recalled(record.error_type, record.error)

    def done(self) -> bool:
        """Tell whether it has ended: its video is here or could not be fetched, or there is none.

        One whose answer was lost has not ended until it is found, attached or submitted again.
        """
        return self.record.settled

    def result(self, timeout: float | None = None) -> Video:
        """Wait for the video. Only this cell waits; a callback of the job's does not.

        Args:
            timeout: Seconds; without it, as long as the client's deadline.

        Returns:
            The video, downloaded.

        Raises:
            JobFailed: There will be none; the vendor's reason is in the text.
            JobCancelled: It was cancelled.
            JobTimeout: It is not done yet; it goes on.
            SubmitUnknown: Whether the vendor took it is not known.
            DownloadError: The video is made, but could not be fetched.
            MissingCredentials: It is not done, and its vendor is not connected, here or elsewhere.
            LipSyncError: It is not done, and its client is closed.
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
        """Wait like `result`, without holding up the loop."""
        if not self._here():
            yield from asyncio.wrap_future(self._wait()).__await__()
        return self._outcome()

    def add_done_callback(self, function: Callable[["Job"], object]) -> None:
        """Call a function with this job when it has ended, or is followed no longer.

        It is called on the library's own thread, or at once if the job has ended.
        """
        if self._here():
            function(self)
            return
        try:
            waiting = self._wait()
        except LipSyncError:  # nobody follows it; its result tells
            function(self)
        else:
            waiting.add_done_callback(lambda _: function(self))

    def cancel(self) -> None:
        """Cancel it, before it is sent or at the vendor.

        Raises:
            Unsupported: It was sent, and the vendor cannot cancel.
            MissingCredentials: Its vendor is not connected, here or elsewhere.
        """
        if not self.status.terminal:
            self._client.refuse_undriven(self.record)
        loop.run(self._client.engine.cancel(self.id))

    def download(
        self, path: str | PathLike[str] | None = None, timeout: float | None = None
    ) -> Video:
        """Wait for the video, and put a copy of it somewhere.

        Args:
            path: Target file, or a folder, where it keeps its name; by default the video stays in
                the results folder only.
            timeout: Seconds.

        Raises:
            BadRequest: It cannot be written there.
        """
        video = self.result(timeout)
        if path is None:
            return video
        try:
            return Video(Path(shutil.copy(video.path, path)), video.url)
        except OSError as error:
            raise BadRequest(f"{path}: {error.strerror or error}") from None

    def attach(self, vendor_id: str) -> None:
        """Tell which of the vendor's jobs an unknown one is; it is followed from there.

        Args:
            vendor_id: The vendor's id, from its website or support.

        Raises:
            BadRequest: The job is not unknown.
        """
        recovery.attach(self._client, self.id, vendor_id)

    def resubmit(self) -> "Job":
        """Submit an unknown, failed or cancelled job again; **this may cost money again**.

        Returns:
            The new job; a second call returns it again, and costs nothing.

        Raises:
            BadRequest: The job is under way, or has succeeded.
        """
        return recovery.resubmit(self._client, self)

    def _here(self) -> bool:
        record = self.record
        if record.status is JobStatus.succeeded:
            return record.path is not None and Path(record.path).exists()
        return record.status.terminal

    def _wait(self) -> Future[None]:
        self._client.refuse_undriven(self.record)
        waiting = self._client.board.waiter(self.id)
        loop.call(self._client.engine.attend, self.id)
        return waiting

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
        trouble = f"; last trouble: {record.error}" if record.error else ""
        raise JobTimeout(f"{self!r} is not done yet{trouble}", self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from lipsync_nb.notebook.display import job_bundle  # noqa: PLC0415 - only to be shown

        return job_bundle(self)


_REMEDY = (
    "look it up at the vendor, then job.attach(vendor_id) if it is there, "
    "or job.resubmit() to pay for it once more"
)
