"""A job as a future, which can be waited for, awaited and cancelled."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from os import PathLike
from pathlib import Path
from time import time
from typing import Any, Generic, Self, cast

from typing_extensions import TypeVar

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.inputs import has_result, result_of
from lipsync_nb.engine.records import Held
from lipsync_nb.errors import (
    BadRequest,
    JobAbandoned,
    JobCancelled,
    JobExpired,
    JobFailed,
    JobTimeout,
    LipSyncError,
    SubmitUnknown,
    recalled,
)
from lipsync_nb.jobs.copying import check_copy, copy_result
from lipsync_nb.jobs.progress import line_of
from lipsync_nb.jobs.session import Session
from lipsync_nb.jobs.validation import request_of
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.reference import JobReference
from lipsync_nb.media.video import Video
from lipsync_nb.status import Cost, Eta, JobStatus
from lipsync_nb.vendors.base import Request
from lipsync_nb.vendors.base.registry import is_answered

T_co = TypeVar("T_co", covariant=True, default=Any)
"""What a job makes: a `Video`, an `Audio`, a `Text`, a `Voice` or an `Avatar`."""


class Job(Generic[T_co]):
    """One job of a client. Its properties always return the current state.

    A job can be the value of a field of another request that takes what it makes, also at another
    vendor. That request waits for the result; see `inputs`.

    A job can be sent to another process, such as a worker. There it is the same job of the same
    ledger: of an open client there, or of a new one without vendors, which follows what the
    kernel that drives the job writes to the ledger.

    Attributes:
        id: The job's id in the ledger.
        ledger: The ledger's file.
    """

    def __init__(self, session: Session, job_id: str) -> None:
        self.id = job_id
        self.ledger = session.path
        self._of_ledger = session.of_ledger
        self._session: Session | None = session
        self._held: Held | None = session.records.hold(job_id)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return {**vars(self), "_session": None, "_held": None}

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def session(self) -> Session:
        """The objects that all jobs of the client share.

        Raises:
            LedgerError: The job comes from another process, and its ledger cannot be opened here.
        """
        session = self._session
        if session is None or not session.is_here:
            session = self._of_ledger(self.ledger)
            session.load(self.id)
            self._session, self._held = session, session.records.hold(self.id)
        return session

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[Path, str]:
        return self.ledger, self.id

    def __repr__(self) -> str:
        if self._session is None:
            return f"<Job {self.id} of {self.ledger}>"
        record = self.record
        progress = "" if record.progress is None else f" {record.progress:.0%}"
        left = f", {eta.in_words(time())}" if (eta := self._eta_in_repr()) else ""
        return f"<Job {self.id} {record.vendor}.{record.kind}: {record.status}{progress}{left}>"

    def _eta_in_repr(self) -> Eta | None:
        """Return its `eta` if its vendor has the job, unless reading it would stop the loop."""
        if self.status not in {JobStatus.queued, JobStatus.running} or loop.is_here():
            return None
        with suppress(LipSyncError):
            return self.eta
        return None

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
    def request(self) -> Request[T_co]:
        """The request that was submitted."""
        return request_of(self.record)

    @property
    def makes(self) -> str:
        """What it makes: ``"Video"``, ``"Audio"``, ``"Text"``, ``"Voice"`` or ``"Avatar"``."""
        return self.record.makes

    @property
    def inputs(self) -> "list[Job[Any]]":
        """The jobs whose results it uses.

        It is sent when all of them are done. It fails, and nothing is paid for it, when one of them
        fails, is cancelled or abandoned. An input that was resubmitted is replaced by the new job.
        """
        session = self.session
        ids = [session.inputs.last(job_id).id for job_id in self.record.input_ids]
        return [Job(session, job_id) for job_id in ids]

    @property
    def reference(self) -> JobReference:
        """What a field of a request holds if it is to have this job's result."""
        record = self.record
        return JobReference(self.id, record.makes, record.vendor, self.ledger, record.kind)

    @property
    def status(self) -> JobStatus:
        """The job's status."""
        return self.record.status

    @property
    def vendor_status(self) -> str:
        """The job's status as the vendor names it."""
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
    def eta(self) -> Eta | None:
        """When its vendor is expected to be done; ``None`` once it has ended, or if it is lost.

        It is estimated from how long the vendor's earlier jobs of this kind in the ledger have
        taken, by the length of their speech, and from what the vendor reports of this one.
        """
        return self.session.engine.estimates.eta(self.record)

    @property
    def cost(self) -> Cost | None:
        """The cost: reported by the vendor, or else estimated; ``None`` if unknown."""
        return self.record.price

    @property
    def video(self) -> Video | None:
        """The video that it makes, once it is downloaded; ``None`` if it makes something else."""
        made = self.made
        return made if isinstance(made, Video) else None

    @property
    def made(self) -> T_co | None:
        """The result, once it is there."""
        record = self.record
        there = record.path is not None or not record.makes_file
        if not there or record.status is not JobStatus.succeeded:
            return None
        return cast("T_co", result_of(record))

    @property
    def error(self) -> LipSyncError | None:
        """The error of a failed job, or the last error of a job that continues."""
        record = self.record
        return None if record.error is None else recalled(record.error_type, record.error)

    @property
    def note(self) -> str | None:
        """What should be known of the media that were sent, or of the result.

        Such as that a URL could not be looked at, or that the file has another length than its
        vendor gives. Of a job that is not sent yet, also that it waits for others to end; see
        ``max_unfinished`` of `Client`.
        """
        return self.record.note

    @property
    def project(self) -> str | None:
        """What the job belongs to. It can be set, as `title` and `notes` can; `""` removes it."""
        return self.record.project or None

    @project.setter
    def project(self, text: str | None) -> None:
        self.session.describe(self.id, Details(project=text or ""))

    @property
    def title(self) -> str | None:
        """What its result is called, by the user."""
        return self.record.title or None

    @title.setter
    def title(self, text: str | None) -> None:
        self.session.describe(self.id, Details(title=text or ""))

    @property
    def notes(self) -> str | None:
        """What the user has noted; not the `note` of the package."""
        return self.record.notes or None

    @notes.setter
    def notes(self, text: str | None) -> None:
        self.session.describe(self.id, Details(notes=text or ""))

    @property
    def key(self) -> str | None:
        """What identifies it in the user's own table; see `Client.batch`."""
        return self.record.key or None

    @property
    def lost(self) -> bool:
        """Whether it cannot be known what became of the job.

        Either the answer to its submission was lost, or its vendor has forgotten it: until the
        deadline, the vendor answered every poll that it has no such job. A lost job is never sent
        again by itself: use `attach`, `resubmit` or `abandon`.
        """
        return self.record.lost

    def done(self) -> bool:
        """Return whether the job has ended: with a result, a failed download, or an error.

        A lost job has not ended until it is found, attached, submitted again or abandoned.
        """
        return self.record.done

    def result(self, timeout: float | None = None) -> T_co:
        """Wait for the result. In a callback of a job, return or raise at once.

        A wait of more than a second is shown, with the time that is expected: on a line of the
        terminal, if stderr is one, or below the cell of a notebook. The environment variable
        ``TQDM_DISABLE=1`` turns that off.

        Args:
            timeout: Seconds to wait; by default until the client's deadline for the job.

        Returns:
            What the job makes: a `Video` or an `Audio`, downloaded; a `Text`, which is a ``str``; a
            `Voice` or an `Avatar`.

        Raises:
            JobFailed: The job failed; the text gives the vendor's reason.
            JobAbandoned: The job was abandoned.
            JobCancelled: The job was cancelled.
            JobTimeout: The job is not done yet; it continues.
            SubmitUnknown: The job is lost; see `lost`.
            JobExpired: The vendor has the voice or avatar no longer.
            DownloadError: The result exists, but could not be downloaded; or it came in the answer
                to the request, and its file is not there any more.
            MissingCredentials: The job is not done, and its account is not connected.
            LipSyncError: The job is not done, and its client is closed.
        """
        if not self._here() and not loop.is_here():
            waiting = self._wait()
            try:
                line_of([self]).wait(waiting, timeout)
            except TimeoutError:
                loop.call(waiting.cancel)
        return self._outcome()

    def exception(self, timeout: float | None = None) -> LipSyncError | None:
        """Wait like `result`, and return the error, or ``None``."""
        try:
            self.result(timeout)
        except LipSyncError as error:
            return error
        return None

    def __await__(self) -> Generator[Any, None, T_co]:
        """Wait like `result`, without blocking the event loop."""
        if not self._here():
            yield from asyncio.wrap_future(self._wait()).__await__()
        return self._outcome()

    def add_done_callback(self, function: "Callable[[Job[T_co]], object]") -> None:
        """Call a function with this job when it has ended, or when this client stops following it.

        The function runs on the thread of the library's event loop. If there is nothing to wait
        for, it runs at once on the calling thread. Exceptions on the library's thread are logged,
        ``SystemExit`` included.
        """
        if self._here():
            function(self)
            return
        try:
            waiting = self._wait()
        except LipSyncError:  # no kernel drives it; result() raises the reason
            function(self)
        else:
            loop.call(waiting.add_done_callback, lambda _: self._tell(function))

    def cancel(self) -> None:
        """Cancel the job: before it is sent, or else at the vendor.

        A job that its vendor cannot cancel can be abandoned; see `abandon`.

        Raises:
            Unsupported: The vendor cannot cancel it, or the vendor's id of it is not known.
            MissingCredentials: Its account is not connected.
        """
        if not self.status.terminal:
            self.session.refuse_undriven(self.record)
        loop.finish(self.session.engine.cancel(self.id))

    def download(
        self,
        path: str | PathLike[str] | None = None,
        timeout: float | None = None,
        *,
        name: str | None = None,
        sidecar: bool = False,
    ) -> T_co:
        """Wait for the result, and copy its file.

        Args:
            path: The target file; or a folder, in which the name is kept. A path that ends with
                a slash, or whose name has no ending, is a folder. Missing folders are made. A file
                of this name is replaced. By default no copy is made.
            timeout: Seconds to wait, as in `result`.
            name: How the copy is named in the folder `path`, such as ``"{key}_{title}"``; see
                `lipsync_nb.engine.names.file_name`. Another file of this name, or a copy that was
                edited, is kept: then the copy is called ``name (2)``.
            sidecar: Whether a file with the ending ``.json`` beside the copy, and the comment of
                an MP4, tell how it was made; see `provenance` and `request_from`. The sidecar of
                another job is not overwritten.

        Raises:
            BadRequest: The copy cannot be written, the pattern has an unknown field, or the result
                is no file.
        """
        check_copy(path, name, sidecar=sidecar)
        result = self.result(timeout)
        if path is None:
            return result
        if not isinstance(result, Video | Audio):
            raise BadRequest(f"{self!r} makes a {self.makes}, which is no file; see job.result()")
        copy = copy_result(self.session, self.record, result, path, name=name, sidecar=sidecar)
        return cast("T_co", copy)

    def attach(self, vendor_id: str) -> None:
        """Say which of the vendor's jobs this is, and poll that one from now on.

        The vendor is asked first. This can be repeated, with the same id or another one, until the
        job has ended; an abandoned job is followed again.

        Args:
            vendor_id: The vendor's id, from its website or support.

        Raises:
            BadRequest: The vendor has no such job, another job has this id, or the job has ended.
            LipSyncError: The vendor could not be asked. The job is unchanged.
        """
        self.session.attach(self.id, vendor_id)

    def abandon(self) -> None:
        """Abandon a job that was sent: nothing more is asked of its vendor.

        The same request can then be submitted, and paid, again. The vendor is not told, so it may
        make the result and charge for it: the cost still counts in the budget. `attach` follows the
        job again. A job that was never sent as its client ended can be abandoned too: then
        ``client.resume(unsent=True)`` leaves it out.

        Raises:
            BadRequest: The job is still to be sent, so that `cancel` applies; or it has ended.
        """
        self.session.abandon(self.id)

    def resubmit(self) -> "Job[T_co]":
        """Submit a job again that has no result, and will get none; **this may cost money again**.

        It has failed, was cancelled or abandoned, has expired or is lost. A lost job is abandoned.

        Returns:
            The new job, which a second call returns as well; the same job, if it was never sent.

        Raises:
            BadRequest: The job is running or has succeeded, or its media files have changed.
        """
        return Job(self.session, self.session.resubmit(self.id))

    def _here(self) -> bool:
        record = self.record
        return (
            has_result(record) if record.status is JobStatus.succeeded else record.status.terminal
        )

    def _wait(self) -> Future[None]:
        self.session.refuse_undriven(self.record)
        waiting = self.session.records.waiter(self.id)
        loop.call(self.session.engine.track, self.id)
        return waiting

    def _tell(self, function: "Callable[[Job[T_co]], object]") -> None:
        try:
            function(self)
        except loop.FAULTS:
            if not loop.is_here():
                raise
            log.exception("a callback of %r failed", self)

    def _outcome(self) -> T_co:
        record, error = self.record, self.error
        match record.status:
            case JobStatus.succeeded if has_result(record):
                return cast("T_co", result_of(record))
            case JobStatus.succeeded if error is not None:
                raise error
            case JobStatus.failed:
                raise JobFailed(f"{self!r}: {record.error or 'no reason given'}", self) from error
            case JobStatus.cancelled:
                why = f": {error}" if error else ""
                replaced = f": job {record.successor} replaces it" if record.successor else ""
                raise JobCancelled(f"{self!r}{why}{replaced}", self) from error
            case JobStatus.abandoned:
                new = record.successor
                then = f"job {new} replaces it" if new else self._afterwards()
                raise JobAbandoned(f"{self!r}: {then}", self) from error
            case JobStatus.expired:
                why = f"the vendor no longer has it; {_RESUBMIT}"
                raise JobExpired(f"{self!r}: {why}", self) from error
            case JobStatus.unknown if record.lost:
                raise SubmitUnknown(f"{self!r}: {record.error}; {self._remedy()}", self) from error
        last = f"; last error: {record.error}" if record.error else ""
        raise JobTimeout(f"{self!r} is not done yet{self._waits_for()}{last}", self)

    def _remedy(self) -> str:
        return f"{_LOOK_UP}{_RESUBMIT}" if self._has_vendor_id() else _RESUBMIT

    def _afterwards(self) -> str:
        again = "job.resubmit() pays for the same request once more"
        follows = "job.attach(vendor_id) follows it again, "
        return f"{follows}{again}" if self._has_vendor_id() else again

    def _has_vendor_id(self) -> bool:
        """Return whether its vendor has an id of it, unless its request was refused."""
        return not is_answered(self.vendor, self.kind)

    def _waits_for(self) -> str:
        if self.status is not JobStatus.waiting:
            return ""
        inputs = [f"{job!r}{f' ({job.error})' if job.error else ''}" for job in self.inputs]
        return f"; it waits for {' and '.join(inputs)}"


_LOOK_UP = "look it up at the vendor, then job.attach(vendor_id) if it is there, or "
_RESUBMIT = "job.resubmit() to pay for it once more, or job.abandon() to give it up"
