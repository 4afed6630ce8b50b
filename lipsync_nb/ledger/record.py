"""The record of a job, which is a row of the ledger, and its changes by events."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from lipsync_nb.errors import LipSyncError, NeverSent
from lipsync_nb.http.addresses import bare
from lipsync_nb.ledger.details import Details
from lipsync_nb.results import NO_FILES, RESOURCES, to_json
from lipsync_nb.status import Cost, JobStatus, Snapshot

OF_RESULT = re.compile("the (video|audio) has ")
"""How a note on a result begins."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the ledger. Times are Unix times in seconds.

    Attributes:
        id: The job's id in the ledger.
        vendor: The vendor's name.
        kind: The kind of request.
        request: The request's fields, as JSON.
        fingerprint: See `Request.fingerprint`.
        status: See `JobStatus`.
        vendor_status: The status as the vendor names it.
        vendor_id: The vendor's id of the job.
        progress: From 0 to 1.
        video_url: The URL of the file that it makes: a video, or an audio.
        poster_url: The URL of a still picture of the result.
        error: The text of the last error.
        error_type: The name of the error's class.
        note: What the user should know of media, of a result, or of a row that cannot be read.
        cost: In ``cost_unit``.
        cost_unit: ``"credits"`` …
        cost_estimated: Whether the cost is estimated, or reported by the vendor.
        duration_s: The result's length in seconds: the file's own once it is downloaded, and
            before that the one that the vendor gives.
        path: The path of the downloaded result.
        created_at: When it was added to the ledger.
        sent_at: When the paid request was about to be sent; ``None`` if it was certainly not
            processed.
        accepted_at: When the vendor's id was received.
        started_at: When the status was first "running".
        finished_at: When the end was first seen.
        unwatched_s: For how many seconds before that nobody had asked the vendor; ``None`` if an
            older version saw the end.
        account: The hash of the vendor's account that received the request; ``None`` if it was
            certainly not processed, or if an older version sent it. See `Vendor.account`.
        owner: The id of the engine that drives it.
        unproven: Whether it was found in the vendor's list by its time alone. The length of its
            result will prove or disprove it.
        forgotten: Whether the vendor answered polls, until the deadline, that it has no such job.
        successor: The id of the job that replaces it.
        verdict: What `lipsync_nb.inspect` has said of the result, such as ``"pass"``.
        makes: What it makes: ``"Video"``, ``"Audio"``, ``"Text"``, ``"Voice"`` or ``"Avatar"``.
        inputs: The ids of the jobs whose results it uses, separated by spaces.
        result: What is known of the result besides its file, as JSON; see `lipsync_nb.results`.
        project: The user's name of what it belongs to; see `Details`.
        title: The user's name of its result.
        key: What identifies it in the user's own table.
        notes: What the user has noted.
        revision: Increases with each transaction of the ledger that writes jobs.
        readable: Whether this process can read the row and knows its vendor. It is no column.
    """

    id: str
    vendor: str
    kind: str
    request: str
    fingerprint: str
    status: JobStatus
    created_at: float
    vendor_status: str = ""
    vendor_id: str | None = None
    progress: float | None = None
    video_url: str | None = None
    poster_url: str | None = None
    error: str | None = None
    error_type: str | None = None
    note: str | None = None
    cost: float | None = None
    cost_unit: str | None = None
    cost_estimated: bool | None = None
    duration_s: float | None = None
    path: str | None = None
    sent_at: float | None = None
    accepted_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    owner: str | None = None
    unproven: bool = False
    forgotten: bool = False
    successor: str | None = None
    account: str | None = None
    verdict: str | None = None
    makes: str = "Video"
    inputs: str | None = None
    result: str | None = None
    project: str | None = None
    title: str | None = None
    key: str | None = None
    notes: str | None = None
    unwatched_s: float | None = None
    revision: int = 0
    readable: bool = field(default=True, compare=False, kw_only=True)

    @classmethod
    def unreadable(cls, values: Mapping[str, Any], why: str) -> Self:
        """Return a row that cannot be read, as a job that no engine drives.

        Its status is unknown, unless the user has abandoned it.

        Args:
            values: The values that can be read, by column.
            why: Why the row cannot be read.
        """
        default = dict.fromkeys(("id", "vendor", "kind", "request", "fingerprint"), "")
        known: dict[str, Any] = {**default, "created_at": 0.0, **values}
        note = f"this row of the ledger cannot be read: {why}"
        was_abandoned = values.get("status") == JobStatus.abandoned
        status = JobStatus.abandoned if was_abandoned else JobStatus.unknown
        known |= {"status": status, "note": note, "readable": False}
        return cls(**known)

    def unregistered(self) -> Self:
        """Return the job, of unknown status, as no vendor of its name is registered here."""
        note = f"no vendor {self.vendor!r} is registered; import the package that has it"
        return replace(self, status=JobStatus.unknown, note=note, readable=False)

    @property
    def done(self) -> bool:
        """Whether it has ended: with a result, a failed download, or an error."""
        if self.status is JobStatus.succeeded and self.makes_file:
            return self.path is not None or self.error is not None
        return self.status.terminal

    @property
    def makes_file(self) -> bool:
        """Whether its result is a file, which is downloaded."""
        return self.makes not in NO_FILES

    @property
    def input_ids(self) -> list[str]:
        """The ids of the jobs whose results it uses."""
        return (self.inputs or "").split()

    @property
    def came_in_answer(self) -> bool:
        """Whether the answer to its paid call had the result, so that the vendor has no id of it.

        Such a result cannot be fetched again.
        """
        return self.status is JobStatus.succeeded and self.vendor_id is None

    @property
    def lost(self) -> bool:
        """Whether it cannot be known what became of it.

        The vendor's answer to the submission was lost, or the vendor has forgotten the job.
        """
        return self.status is JobStatus.unknown and (self.vendor_id is None or self.forgotten)

    @property
    def never_sent(self) -> bool:
        """Whether its client ended before it was sent, and no other job has replaced it."""
        ended = self.status is JobStatus.cancelled and self.error_type == NeverSent.__name__
        return ended and self.successor is None

    @property
    def unidentified(self) -> bool:
        """Whether the vendor may have accepted it, but its id there is unknown."""
        waits = not self.status.terminal or self.status is JobStatus.abandoned
        return waits and self.sent_at is not None and self.vendor_id is None

    @property
    def resubmittable(self) -> bool:
        """Whether another job may replace it: it has no result, and none is expected."""
        return self.readable and (self.lost or self.status in _WITHOUT_RESULT)

    @property
    def price(self) -> Cost | None:
        """The job's cost, if a plausible one is known."""
        if self.cost is None or self.cost_unit is None:
            return None
        price = Cost(self.cost, self.cost_unit, bool(self.cost_estimated))
        return price if price.plausible else None

    def priced(self, cost: Cost | None) -> Self:
        """Return the job with its estimated cost, if that is known."""
        return replace(
            self,
            cost=cost.amount if cost else None,
            cost_unit=cost.unit if cost else None,
            cost_estimated=cost.estimated if cost else None,
        )

    @property
    def details(self) -> Details:
        """What the user has said of it."""
        return Details(self.project, self.title, self.key, self.notes)

    def detailed(self, details: Details) -> Self:
        """Return the job after the user said something of it. What is ``None`` is unchanged."""
        said: dict[str, Any] = {name: text for name, text in details if text is not None}
        return replace(self, **said)

    def completed(self, details: Details) -> Self:
        """Return the job with details that it does not have yet. Those that it has are kept."""
        both: dict[str, Any] = {name: getattr(self, name) or text for name, text in details}
        return replace(self, **both)

    def after(self, seen: Snapshot, now: float, unwatched_s: float | None = None) -> Self:
        """Return the job after a report of the vendor. A terminal status does not change.

        But a voice or an avatar that was made expires.

        Args:
            seen: The report. One about another of the vendor's jobs changes nothing.
            now: The Unix time of the report.
            unwatched_s: For how many seconds nobody had asked the vendor; by default, since it
                accepted the job.
        """
        if seen.vendor_id != self.vendor_id:
            return self  # the user has attached another one meanwhile
        return self._reported(seen, now, unwatched_s)

    def _reported(self, seen: Snapshot, now: float, unwatched_s: float | None = None) -> Self:
        reported = {name: value for name in _KEPT if (value := getattr(seen, name)) is not None}
        if seen.cost is not None and seen.cost.plausible:
            reported |= {"cost": seen.cost.amount, "cost_unit": seen.cost.unit}
            reported |= {"cost_estimated": seen.cost.estimated}
        if seen.status is JobStatus.succeeded:
            reported["progress"] = 1.0
        if (result := to_json(seen.made, seen.subtitles)) is not None:
            reported["result"] = result
        made = self.status is JobStatus.succeeded and self.makes in RESOURCES
        if made and seen.status is JobStatus.expired:
            return replace(self, status=JobStatus.expired, vendor_status=seen.vendor_status)
        if self.status.terminal:
            return replace(self, **reported)
        running = seen.status is JobStatus.running
        if unwatched_s is None:
            unwatched_s = now - (self.accepted_at or now)
        return replace(
            self,
            **reported,
            status=seen.status,
            vendor_status=seen.vendor_status,
            error=seen.error,
            error_type="VendorError" if seen.error else None,
            started_at=self.started_at or (now if running else None),
            finished_at=now if seen.status.terminal else None,
            unwatched_s=unwatched_s if seen.status.terminal else None,
            forgotten=False,
        )

    def accepted(self, seen: Snapshot, now: float) -> Self:
        """Return the job after the vendor accepted it, or after it was found at the vendor.

        A job that was abandoned before the answer came keeps the id that the answer names.
        """
        ended = self.status.terminal and self.status is not JobStatus.abandoned
        if ended or self.vendor_id is not None:
            return self
        return replace(self, vendor_id=seen.vendor_id, accepted_at=now).after(seen, now)

    def answered(self, seen: Snapshot, path: str | None, now: float) -> Self:
        """Return the job, succeeded, after the answer to its paid call had the result.

        Args:
            seen: The answer.
            path: The file that it had, if it is a file.
            now: The Unix time of the answer.
        """
        if self.status.terminal and self.status is not JobStatus.abandoned:
            return self
        job = replace(self._reported(seen, now), accepted_at=now)
        if self.status is JobStatus.abandoned:
            return replace(job, path=path)
        return job if path is None else job.fetched(path, duration_s=seen.duration_s)

    def ready(self, job: Self) -> Self:
        """Return a waiting job as it is sent, once the jobs are done whose results it uses.

        Args:
            job: The record of the same request as it would be entered now.
        """
        return replace(
            job, id=self.id, created_at=self.created_at, owner=self.owner, revision=self.revision
        ).detailed(self.details)

    def using(self, request: str, fingerprint: str, inputs: str) -> Self:
        """Return the job after one of its inputs was replaced by another job."""
        return replace(self, request=request, fingerprint=fingerprint, inputs=inputs)

    def attached(self, seen: Snapshot, account: str, now: float) -> Self:
        """Return the job after the user said which of the vendor's jobs it is.

        Args:
            seen: The vendor's report of that job. Reports of another one are removed.
            account: The hash of the account that has the job.
            now: The Unix time of the report.
        """
        job = self if self.vendor_id == seen.vendor_id else self._without_reports()
        return replace(
            job,
            status=JobStatus.queued,
            vendor_id=seen.vendor_id,
            accepted_at=job.accepted_at or now,
            account=job.account or account,
            unproven=False,
            successor=None,
        ).after(seen, now)

    def found(self, seen: Snapshot, now: float) -> Self:
        """Return a lost job after it was identified with a job in the vendor's list."""
        if not self.lost or self.vendor_id is not None:
            return self
        return replace(self.accepted(seen, now), unproven=not seen.duration_s)

    def not_sent(self) -> Self:
        """Return the job after an attempt to submit it that was certainly not processed."""
        if self.status is not JobStatus.submitting:
            return self
        return replace(self, sent_at=None, account=None)

    def refused(self, error: LipSyncError, now: float) -> Self:
        """Return the job, failed, after the vendor certainly did not accept it."""
        return self if self.status.terminal else self._ended(JobStatus.failed, error, now)

    def superseded(self, successor: str, now: float) -> Self:
        """Return the job after another one replaced it."""
        job = self if self.status.terminal else self.abandoned(now)
        return replace(job, successor=successor)

    def abandoned(self, now: float) -> Self:
        """Return the job after the user abandoned it. Its cost stays, as it may have been paid.

        A job that was never sent cost nothing. It is not submitted again with the others.
        """
        if self.status.terminal and not self.never_sent:
            return self
        return replace(self, status=JobStatus.abandoned, finished_at=now)

    def cancelled(self, now: float) -> Self:
        """Return the job after it was cancelled before it was sent."""
        return self if self.status.terminal else self._ended(JobStatus.cancelled, None, now)

    def withdrawn(self, now: float) -> Self:
        """Return the job after its client ended: cancelled, unless it was sent."""
        if not self.status.unsent or self.sent_at is not None:
            return self
        return self._ended(JobStatus.cancelled, NeverSent(), now)

    def claimed(self, owner: str, now: float, *, wanted: bool = False) -> Self:
        """Return the job after the engine `owner` took it over from one that has ended.

        A job that was never sent is not sent now, unless its request was submitted again meanwhile
        (`wanted`). It loses its owner, so that it is reported once.
        """
        if wanted and self.status.unsent and self.sent_at is None:
            return replace(self, owner=owner)
        job = self.withdrawn(now)
        if job.never_sent:
            return replace(job, owner=None)
        if job.status is JobStatus.submitting:
            why = "the kernel ended before the vendor's answer came"
            job = job.unanswered(LipSyncError(why))
        return replace(job, owner=owner)

    def unanswered(self, error: LipSyncError) -> Self:
        """Return the job after the answer to its submission was lost."""
        if self.status.terminal or self.vendor_id is not None:
            return self
        return replace(self, status=JobStatus.unknown, **_error_fields(error))

    def mistaken(self) -> Self:
        """Return the job, lost again, after it was identified with the wrong job."""
        if self.status.terminal:
            return self
        why = f"it was identified with the vendor's job {self.vendor_id}, which has another length"
        return self._without_reports().unanswered(LipSyncError(why))

    def denied(self, seconds: float) -> Self:
        """Return the job, lost, after the vendor denied it in every poll until the deadline.

        Args:
            seconds: How long it did so.
        """
        if self.status.terminal:
            return self
        why = f"{self.error}; this was the answer to every poll of the last {seconds:.0f} s"
        return replace(self, status=JobStatus.unknown, forgotten=True, error=why)

    def with_error(self, error: LipSyncError) -> Self:
        """Return the job after a failed poll or download. Its status does not change."""
        return replace(self, **_error_fields(error))

    def fetched(self, path: str, note: str | None = None, duration_s: float | None = None) -> Self:
        """Return the job after its result was downloaded. Signatures of URLs are removed.

        Args:
            path: The file's path.
            note: What the user should know of the result.
            duration_s: The result's own length in seconds, if it is known.
        """
        return replace(
            self,
            path=path,
            note=joined(_of_media(self.note), note),
            duration_s=self.duration_s if duration_s is None else duration_s,
            verdict=None,
            error=None,
            error_type=None,
            video_url=self.video_url and bare(self.video_url),
            poster_url=self.poster_url and bare(self.poster_url),
        )

    def noted(self, note: str) -> Self:
        """Return the job with one thing more that should be known of it."""
        return replace(self, note=joined(self.note, note))

    def inspected(self, verdict: str) -> Self:
        """Return the job after its video was inspected."""
        return replace(self, verdict=verdict)

    def reopened(self, owner: str) -> Self:
        """Return a succeeded job whose result the engine `owner` will download again."""
        return replace(self, path=None, error=None, error_type=None, owner=owner)

    def disowned(self, owner: str) -> Self:
        """Return the job without its owner, if that was the engine `owner`."""
        return replace(self, owner=None) if self.owner == owner else self

    def _without_reports(self) -> Self:
        reported: dict[str, Any] = dict.fromkeys(
            (*_KEPT, "result", "vendor_id", "accepted_at", "started_at")
        )
        return replace(self, **reported, vendor_status="", unproven=False, forgotten=False)

    def _ended(self, status: JobStatus, error: LipSyncError | None, now: float) -> Self:
        job = replace(self, status=status, sent_at=None, account=None, finished_at=now)
        if self.accepted_at is None and self.cost is not None:
            job = replace(job, cost=0.0, cost_estimated=False)
        return replace(job, **_error_fields(error))


_WITHOUT_RESULT = frozenset(
    {JobStatus.failed, JobStatus.cancelled, JobStatus.abandoned, JobStatus.expired}
)
_KEPT = ("progress", "video_url", "poster_url", "duration_s")
"""Fields that keep their value if a report leaves them out."""


def _of_media(note: str | None) -> str | None:
    """Return a note without what it says of an earlier result."""
    return note and OF_RESULT.split(note, maxsplit=1)[0].removesuffix("; ")


def joined(*notes: str | None) -> str | None:
    """Return notes as one, each once; ``None`` if there is none."""
    return "; ".join(dict.fromkeys(note for note in notes if note)) or None


def _error_fields(error: LipSyncError | None) -> dict[str, Any]:
    return {
        "error": str(error) if error else None,
        "error_type": type(error).__name__ if error else None,
    }
