"""Which finished jobs may be removed from a ledger, so that nothing is lost or paid twice."""

import sqlite3
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from itertools import islice
from math import inf, isfinite
from numbers import Real
from time import time

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.ledger.record import Record
from lipsync_nb.ledger.spending import keep_spent
from lipsync_nb.status import JobStatus

AROUND_SENT = 24 * 3600.0
"""Seconds before a request is sent from which on no job of its vendor is removed. If its answer is
lost, it is searched in the vendor's list, and is told from the others by what the ledger knows."""
LONGEST_BUDGET = 31 * 24 * 3600.0
"""Seconds for which jobs with a cost stay. Kernels of older versions, which may be running, add up
the jobs that are there, mostly of 30 days."""
EARLIEST = 1e9
"""A Unix time in 2001. An earlier one is no time, but such as a date written as a number."""

DECIDING = (
    *("vendor_id", "sent_at", "forgotten", "finished_at", "error", "error_type", "path", "makes"),
    *("successor", "inputs", "key", "cost", "revision"),
)
"""What decides about a job, besides what `brief_records` have."""
AT_ONCE = 2_000
"""Jobs that are removed in one transaction, which takes about a tenth of a second."""
PAUSE = 0.25
"""Seconds between two transactions. SQLite lets a kernel that waits look every 0.1 s."""


def moment(before: object) -> float:
    """Return a Unix time in seconds.

    Args:
        before: A `datetime`, such as a `pandas.Timestamp`, a `date`, a text of ISO 8601 such as
            ``"2026-01-01"``, or a Unix time in seconds. Without a zone, it is in UTC, as all times
            in ``client.jobs`` are.

    Raises:
        BadRequest: It is none of these, or later than now, or before 2001.
    """
    at = _seconds(before)
    if at > time():
        raise BadRequest(
            f"before={line(repr(before))} is later than now; a time without a zone is in UTC, so "
            "give datetime.now(UTC), and a number is in seconds"
        )
    if at < EARLIEST:
        raise BadRequest(
            f"before={line(repr(before))} is before 2001, and no job is so old; give such as "
            '"2026-01-01", as a number is a Unix time in seconds'
        )
    return at


def _seconds(before: object) -> float:
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


class Removable:
    """The jobs that may be removed from a ledger, while other kernels write to it.

    Args:
        jobs: All jobs of the ledger.
        compared: The ids of the jobs of its comparisons and votes.
        before: Jobs that ended before this Unix time, in seconds, may be removed.
        results: Whether jobs that stand for something that was paid may be removed too.
        now: The Unix time in seconds. A job that is sent later may be searched, too.
        newest: The revision of the ledger's last change, which stays, as a later change must get a
            higher number.
    """

    def __init__(
        self,
        jobs: Iterable[Record],
        compared: AbstractSet[str],
        before: float,
        *,
        results: bool,
        now: float,
        newest: int,
    ) -> None:
        self._now = now
        self._oldest: dict[str, float] = {}
        self._going: dict[str, Record] = {}
        staying: list[Record] = []
        # The newest first: as long as a job is there, its inputs, which are older, are there too.
        for job in sorted(jobs, key=lambda job: job.created_at, reverse=True):
            if job.revision != newest and _may_go(job, before, results=results, now=now):
                self._going[job.id] = job
            else:
                staying.append(job)
        self.keep(staying, compared)

    @property
    def ids(self) -> set[str]:
        """The ids of the jobs that may be removed."""
        return set(self._going)

    def keep(self, jobs: Collection[Record], compared: AbstractSet[str]) -> None:
        """Keep jobs, such as those that were written meanwhile, and all that are needed by them.

        Args:
            jobs: The jobs.
            compared: The ids of the jobs of comparisons and votes.
        """
        kept = self._taken({job.id for job in jobs} | compared)
        kept += self._taken(self._searched(jobs))
        todo = [*jobs, *kept]
        while todo:
            job = todo.pop()
            todo += self._taken({*job.input_ids, job.successor})

    def next(self) -> list[str]:
        """Take the ids of the next jobs to remove."""
        ids = list(islice(self._going, AT_ONCE))
        self._taken(ids)
        return ids

    def _taken(self, ids: Iterable[str | None]) -> list[Record]:
        return [self._going.pop(job_id) for job_id in ids if job_id in self._going]

    def _searched(self, jobs: Iterable[Record]) -> list[str]:
        """Return the jobs among which some jobs are, or may later be, searched."""
        oldest = dict(self._oldest)
        for job in jobs:
            if not job.status.terminal:
                oldest[job.vendor] = min(oldest.get(job.vendor, self._now), job.created_at)
        if oldest == self._oldest:
            return []
        self._oldest = oldest
        since = {vendor: at - AROUND_SENT for vendor, at in oldest.items()}
        return [job.id for job in self._going.values() if _last(job) >= since.get(job.vendor, inf)]


def remove(db: sqlite3.Connection, ids: Collection[str]) -> int:
    """Remove jobs within the caller's transaction; return how many were still there.

    What they cost still counts as spent.
    """
    rows = [(job_id,) for job_id in ids]
    keep_spent(db, rows)
    removed = db.executemany("DELETE FROM jobs WHERE id = ?", rows).rowcount if rows else 0
    if removed:
        db.execute("INSERT INTO prunings VALUES (?, ?)", (time(), removed))
    return removed


def _may_go(job: Record, before: float, *, results: bool, now: float) -> bool:
    """Return whether a job may be removed as far as it alone tells."""
    has_ended = job.readable and job.done and not job.never_sent and not job.unidentified
    if not has_ended or job.finished_at is None or job.finished_at >= before:
        return False
    counts = job.cost is not None and job.cost > 0
    if _last(job) >= now - (LONGEST_BUDGET if counts else AROUND_SENT):
        return False
    if job.status is JobStatus.succeeded:
        return results and (job.path is not None or not job.makes_file)
    return results or not job.key


def _last(job: Record) -> float:
    """Return the latest time of a job. A clock may have been set back meanwhile."""
    return max(job.created_at, job.sent_at or 0.0, job.finished_at or 0.0)
