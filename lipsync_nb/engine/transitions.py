"""Logs what becomes of each job: once, at INFO, by the client that drives it."""

import logging
from time import time

from lipsync_nb.errors import line
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.status import brief


def job_in_log(record: Record) -> str:
    """Return how the log names a job."""
    return f"job {record.id} {record.vendor} {record.kind}"


def log_change(before: Record | None, after: Record, *, driven_here: bool) -> None:
    """Log a job's change of status.

    Args:
        before: What was known of it; ``None`` if it was not known here.
        after: The job now.
        driven_here: Whether this client drives it. The changes of others' jobs are logged at DEBUG,
            as their own clients log them too.
    """
    became_lost = after.lost and (before is None or not before.lost)
    if before is None:
        if driven_here and after.status.unsent:
            log.info("%s: %s", job_in_log(after), after.status)
    elif before.status is not after.status or became_lost:
        level = logging.WARNING if became_lost else logging.INFO
        log.log(level if driven_here else logging.DEBUG, "%s", _change(before, after))


def _change(before: Record, after: Record) -> str:
    """Return a change in words, such as ``job … LipSync: queued -> running (after 12 s)``."""
    age = brief(max(0.0, time() - after.created_at))
    text = f"{job_in_log(after)}: {before.status} -> {after.status} (after {age})"
    if after.vendor_id is not None and after.vendor_id != before.vendor_id:
        text += f", the vendor's id is {line(after.vendor_id)}"
    return f"{text}: {_reason(after)}" if after.error or after.lost else text


def _reason(record: Record) -> str:
    error = line(record.error or "")
    if not record.lost:
        return error
    what = "the vendor has forgotten it" if record.forgotten else "the answer to it was lost"
    return f"{what}, so it may have been paid ({error}); see job.lost"
