"""A line of text about a submission, and about its job's progress."""

from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.remedies import remedy
from lipsync_nb.status import JobStatus

Said = tuple[str, str]
"""A text and its tone, as `Announcement.say` takes them."""


def submitted(record: Record, *, reused: bool) -> str:
    """Return what a form says right after a submission.

    Args:
        record: The job.
        reused: Whether it was there before.
    """
    if not reused:
        return f"Submitted as job {record.id}."
    if record.status.terminal:
        return (
            f"This was made before, by job {record.id}: nothing is sent and nothing is paid. "
            "Tick the box above to make it again."
        )
    return f"Job {record.id} is already making this: nothing is sent and nothing is paid."


def spoken(record: Record) -> Said:
    """Return what a form says about its job's progress."""
    if record.lost or record.status is JobStatus.failed:
        todo = remedy(record)
        return f"{_head(record)}: {record.error}{f' – {todo}.' if todo else ''}", "bad"
    if record.status is JobStatus.succeeded and record.done:
        return f"{_head(record)}.", "bad" if record.path is None else "good"
    trouble = f"; trouble: {record.error}" if record.error else ""
    return f"{_head(record)}{trouble}", "bad" if trouble else ""


def _head(record: Record) -> str:
    return f"Job {record.id} {_VERBS[record.status]}"


_VERBS = {
    JobStatus.submitting: "is being submitted",
    JobStatus.queued: "is queued",
    JobStatus.running: "is running",
    JobStatus.succeeded: "succeeded",
    JobStatus.failed: "failed",
    JobStatus.cancelled: "was cancelled",
    JobStatus.unknown: "is in an unknown state",
}
