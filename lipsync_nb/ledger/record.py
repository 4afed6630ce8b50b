"""A job's row in the ledger, and how events change it."""

from dataclasses import dataclass, replace
from typing import Any, Self

from lipsync_nb.errors import LipSyncError
from lipsync_nb.status import Cost, JobStatus, Snapshot


@dataclass(frozen=True, slots=True)
class Record:
    """One job, as the ledger knows it. Times are Unix times in seconds.

    Attributes:
        id: Our id.
        vendor: The vendor's name.
        kind: The kind of request.
        request: The request's fields, as JSON.
        fingerprint: See `Request.fingerprint`.
        status: See `JobStatus`.
        vendor_status: The status in the vendor's own word.
        vendor_id: The vendor's id of the job.
        progress: From 0 to 1.
        video_url: The result's URL.
        poster_url: The URL of a still picture of the result.
        error: What went wrong.
        error_type: The name of the error's class.
        cost: In ``cost_unit``.
        cost_unit: ``"credits"`` …
        cost_estimated: Whether we estimated the cost, or the vendor reported it.
        duration_s: The result's length in seconds.
        path: The path of the downloaded result.
        created_at: When it was submitted to the client.
        sent_at: When the paid request was about to be sent; ``None`` if it surely did no work.
        accepted_at: When the vendor's id came.
        started_at: When it was first seen running.
        finished_at: When it was seen to have ended.
        account: The hash of the vendor's account that was asked to make it; ``None`` if it surely
            did no work, or was asked by a version that kept none. See `Vendor.account`.
        owner: The id of the engine that drives it.
        unproven: Whether it was found in the vendor's list by its time alone; its length will tell.
        successor: The id of the job it was submitted again as.
        revision: Grows with each write to the ledger.
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
    successor: str | None = None
    account: str | None = None
    revision: int = 0

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do: the video is here, could not be fetched, or won't come."""
        if self.status is JobStatus.succeeded:
            return self.path is not None or self.error is not None
        return self.status.terminal

    @property
    def lost(self) -> bool:
        """Whether the vendor's answer to the submission was lost."""
        return self.status is JobStatus.unknown and self.vendor_id is None

    @property
    def unidentified(self) -> bool:
        """Whether the vendor may have a job of it whose id is not known: not yet, or not at all."""
        return self.sent_at is not None and self.vendor_id is None

    @property
    def resubmittable(self) -> bool:
        """Whether another job may take its place: it has no video, and none is being made."""
        return self.lost or self.status in {JobStatus.failed, JobStatus.cancelled}

    @property
    def price(self) -> Cost | None:
        """The job's cost, if a plausible one is known."""
        if self.cost is None or self.cost_unit is None:
            return None
        price = Cost(self.cost, self.cost_unit, bool(self.cost_estimated))
        return price if price.plausible else None

    def after(self, seen: Snapshot, now: float) -> Self:
        """Return the job after what the vendor reported of it.

        Nothing moves a job out of a terminal status.

        Args:
            seen: What the vendor reported.
            now: When it did, a Unix time.
        """
        told = {name: value for name in _TOLD if (value := getattr(seen, name)) is not None}
        if seen.cost is not None and seen.cost.plausible:
            told |= {"cost": seen.cost.amount, "cost_unit": seen.cost.unit}
            told |= {"cost_estimated": seen.cost.estimated}
        if seen.status is JobStatus.succeeded:
            told["progress"] = 1.0
        if self.status.terminal:
            return replace(self, **told)
        running = seen.status is JobStatus.running
        return replace(
            self,
            **told,
            status=seen.status,
            vendor_status=seen.vendor_status,
            error=seen.error,
            error_type="VendorError" if seen.error else None,
            started_at=self.started_at or (now if running else None),
            finished_at=now if seen.status.terminal else None,
        )

    def accepted(self, seen: Snapshot, now: float) -> Self:
        """Return the job after the vendor took it, or after it was found at the vendor."""
        if self.status.terminal or self.vendor_id is not None:
            return self
        return replace(self, vendor_id=seen.vendor_id, accepted_at=now).after(seen, now)

    def found(self, seen: Snapshot, now: float) -> Self:
        """Return a lost job after a job in the vendor's list was taken for it."""
        if not self.lost:
            return self
        return replace(self.accepted(seen, now), unproven=not seen.duration_s)

    def unsent(self) -> Self:
        """Return the job after an attempt to submit it that surely did no work."""
        if self.status is not JobStatus.submitting:
            return self
        return replace(self, sent_at=None, account=None)

    def refused(self, error: LipSyncError, now: float) -> Self:
        """Return the job, failed, after the vendor surely did not take it."""
        return self if self.status.terminal else self._ended(JobStatus.failed, error, now)

    def given_up(self, successor: str, now: float) -> Self:
        """Return the job after it was submitted again; a lost one may still have been paid."""
        error = LipSyncError(f"given up; submitted again as {successor}")
        job = replace(self.refused(error, now), sent_at=self.sent_at, account=self.account)
        return replace(job, successor=successor)

    def cancelled(self, now: float) -> Self:
        """Return the job after it was cancelled here, before it was sent."""
        return self if self.status.terminal else self._ended(JobStatus.cancelled, None, now)

    def unanswered(self, error: LipSyncError) -> Self:
        """Return the job after the answer to its submission was lost."""
        if self.status.terminal or self.vendor_id is not None:
            return self
        return replace(self, status=JobStatus.unknown, **_words(error))

    def mistaken(self) -> Self:
        """Return the job, lost again, after another of the vendor's jobs was taken for it."""
        if self.status.terminal:
            return self
        why = f"the vendor's job {self.vendor_id} was taken for it, but has another length"
        told: dict[str, Any] = dict.fromkeys((*_TOLD, "vendor_id", "accepted_at", "started_at"))
        return replace(self, **told, vendor_status="", unproven=False).unanswered(LipSyncError(why))

    def troubled(self, error: LipSyncError) -> Self:
        """Return the job after a poll or a download went wrong; its status stays."""
        return replace(self, **_words(error))

    def fetched(self, path: str) -> Self:
        """Return the job after its video arrived."""
        return replace(self, path=path, error=None, error_type=None)

    def reopened(self, owner: str) -> Self:
        """Return a succeeded job whose video is to be fetched again, by the engine `owner`."""
        return replace(self, path=None, error=None, error_type=None, owner=owner)

    def released(self, owner: str) -> Self:
        """Return the job, driven by nobody, if the engine `owner` drove it."""
        return replace(self, owner=None) if self.owner == owner else self

    def _ended(self, status: JobStatus, error: LipSyncError | None, now: float) -> Self:
        job = replace(self, status=status, sent_at=None, account=None, finished_at=now)
        return replace(job, **_words(error))


_TOLD = ("progress", "video_url", "poster_url", "duration_s")
"""Facts that a vendor may leave out of an answer without taking them back."""


def _words(error: LipSyncError | None) -> dict[str, Any]:
    return {
        "error": str(error) if error else None,
        "error_type": type(error).__name__ if error else None,
    }
