"""What the tasks of all products of Xingyun have in common: ids, and facts beside the result."""

from typing import Annotated

from lipsync_nb.vendors.base import (
    Amount,
    BadRequest,
    Cost,
    Field,
    JobId,
    JobStatus,
    Lenient,
    Message,
    Reply,
    Snapshot,
    Time,
)

LONGEST_SECONDS = 3600.0
"""A number above this is a length in milliseconds."""


class Created(Reply):
    """The answer to a call that creates a task."""

    task_id: Annotated[JobId, Field(pattern=r"^[0-9]+$")]


class TaskReply(Reply):
    """What is told of a task, whatever it makes."""

    # Its id is "id" in the page's example and "task_id" in its table: it is not read.
    error_reason: Message = None
    create_time: Lenient[Time] = None
    # On no page; a client of another maker reads them.
    amount: Lenient[Amount] = None
    duration: Lenient[Amount] = None
    progress: Lenient[Amount] = None

    def snapshot(
        self, task_id: str, status: JobStatus, word: str, url: str | None, poster: str | None = None
    ) -> Snapshot:
        """Return the state of a task.

        Args:
            task_id: The id for which it was asked.
            status: Its status, translated.
            word: Its status in the vendor's words.
            url: The URL of the result.
            poster: The URL of a picture of it.
        """
        return Snapshot(
            status=status,
            vendor_status=word,
            vendor_id=task_id,
            video_url=url,
            poster_url=poster,
            error=self.error_reason if status is JobStatus.failed else None,
            progress=_share(self.progress),
            cost=None if self.amount is None else Cost(self.amount, "credits"),
            duration_s=_seconds(self.duration),
            created_at=self.create_time,
        )


def task_number(vendor_id: str) -> int:
    """Return a task's id as the number that calls send; `BadRequest` if it is none."""
    if not (vendor_id.isascii() and vendor_id.isdecimal()):
        raise BadRequest(f"xingyun: a task's id is a number, not {vendor_id!r}")
    return int(vendor_id)


def _share(progress: float | None) -> float | None:
    """Return a share from 0 to 1. It is on no page whether the vendor counts to 1 or to 100.

    So 1 says nothing.
    """
    if progress is None or progress == 1:
        return None
    return min(1.0, progress / 100 if progress > 1 else progress)


def _seconds(duration: float | None) -> float | None:
    """Return a length in seconds. Its unit is on no page, so more than an hour is milliseconds."""
    return duration / 1000 if duration and duration > LONGEST_SECONDS else duration
