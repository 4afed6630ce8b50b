"""Which finished jobs may be removed from a ledger, so that nothing is lost or paid twice."""

import sqlite3
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from math import inf, isfinite
from numbers import Real
from time import time

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.ledger.record import Record
from lipsync_nb.ledger.spending import keep_spent
from lipsync_nb.status import JobStatus

AROUND_LOST = 24 * 3600.0
"""Seconds before a lost job from which on no job of its vendor is removed. A lost job is searched
in its vendor's list, and is told from the others by what the ledger knows of them."""

DECIDING = (
    *("vendor_id", "sent_at", "forgotten", "finished_at", "error", "error_type", "path", "makes"),
    *("successor", "inputs", "key", "revision"),
)
"""What decides about a job, besides what `brief_records` have."""
AT_ONCE = 5_000
"""Jobs that are removed in one transaction, which takes about a second."""


def moment(before: object) -> float:
    """Return a Unix time in seconds.

    Args:
        before: A `datetime`, such as a `pandas.Timestamp`, a `date`, a text of ISO 8601 such as
            ``"2026-01-01"``, or a Unix time in seconds. Without a zone, it is in UTC, as all times
            in ``client.jobs`` are.

    Raises:
        BadRequest: It is none of these.
    """
    wrong = BadRequest(
        f"before={line(repr(before))} is no point in time; give such as "
        '"2026-01-01", a datetime, or a Unix time in seconds'
    )
    if isinstance(before, Real) and not isinstance(before, bool):
        if not isfinite(seconds := float(before)):
            raise wrong
        return seconds
    try:
        at = datetime.fromisoformat(before) if isinstance(before, str) else before
        if isinstance(at, date) and not isinstance(at, datetime):
            at = datetime(at.year, at.month, at.day)  # noqa: DTZ001 - below
        if not isinstance(at, datetime):
            raise wrong
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):  # NaT is a datetime, and has no time
        raise wrong from None


def removable(
    jobs: Collection[Record], compared: AbstractSet[str], before: float, *, results: bool
) -> list[Record]:
    """Return the jobs that may be removed from a ledger.

    Args:
        jobs: All jobs of the ledger.
        compared: The ids of the jobs of its comparisons and votes.
        before: A Unix time in seconds.
        results: Whether jobs that stand for something that was paid may be removed too.
    """
    going = {
        job.id: job
        for job in jobs
        if job.id not in compared and _may_go(job, before, results=results)
    }
    staying = [job for job in jobs if job.id not in going]
    since = _searched(staying)
    near = [job for job in going.values() if job.created_at >= since.get(job.vendor, inf)]
    _keep_named(going, staying, near)
    return list(going.values())


def remove(db: sqlite3.Connection, ids: Collection[str]) -> None:
    """Remove jobs within the caller's transaction. What they cost still counts as spent."""
    if ids:
        rows = [(job_id,) for job_id in ids]
        keep_spent(db, rows)
        db.executemany("DELETE FROM jobs WHERE id = ?", rows)
        db.execute("INSERT INTO prunings VALUES (?, ?)", (time(), len(rows)))


def _may_go(job: Record, before: float, *, results: bool) -> bool:
    """Return whether a job may be removed as far as it alone tells."""
    has_ended = job.readable and job.done and not job.never_sent
    if not has_ended or job.finished_at is None or job.finished_at >= before:
        return False
    if job.status is JobStatus.succeeded:
        return results and (job.path is not None or not job.makes_file)
    return results or not job.key


def _searched(staying: Iterable[Record]) -> dict[str, float]:
    """Return from when on the jobs of a vendor are needed to find its lost jobs, by vendor."""
    lost = [job for job in staying if job.lost and job.readable]
    oldest: dict[str, float] = {}
    for job in lost:
        oldest[job.vendor] = min(oldest.get(job.vendor, job.created_at), job.created_at)
    return {vendor: at - AROUND_LOST for vendor, at in oldest.items()}


def _keep_named(
    going: dict[str, Record], staying: Iterable[Record], kept: Iterable[Record]
) -> None:
    """Keep some jobs, and those that a job names that stays: its inputs, and its successor."""
    for job in kept:
        del going[job.id]
    todo = [*staying, *kept]
    while todo:
        job = todo.pop()
        named = going.keys() & {*job.input_ids, job.successor}
        todo += [going.pop(job_id) for job_id in named]
