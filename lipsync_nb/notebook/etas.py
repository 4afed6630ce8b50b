"""When jobs are expected to be done, for views."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.estimates import Estimates
from lipsync_nb.errors import LipSyncError
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Eta

FindEta = Callable[[Record], Eta | None]
"""Returns when a job is expected to be done; ``None`` if that is not known, or if it has ended."""


def knows_no_eta(_: Record) -> None:
    """Expect nothing: for a job that is shown without it."""


def read_eta(estimates: Estimates, record: Record) -> Eta | None:
    """Return when a job is expected to be done; what that needs is read now."""
    with suppress(LipSyncError):  # the client is closed, or its ledger cannot be read
        return estimates.eta(record)
    return None


class Etas:
    """Tells when jobs are expected to be done, without waiting for files or for the ledger.

    What an estimate needs is read in another thread first. Until then nothing is known.

    Args:
        estimates: The client's.
        changed: Called with a job once it can be estimated.
    """

    def __init__(self, estimates: Estimates, changed: Callable[[Record], None]) -> None:
        self._estimates = estimates
        self._changed = changed
        self._lock = threading.Lock()
        self._read: set[str] = set()
        self._wanted: dict[str, Record] = {}

    def known(self, record: Record) -> Eta | None:
        """Return when a job is expected to be done, if that is known already."""
        return self.read(record) if self._is_known(record) else None

    def of(self, record: Record) -> Eta | None:
        """Return the same as `known`. What is not known is read, and the job is `changed` then."""
        if record.status.terminal or record.lost:
            with self._lock:
                self._read.discard(record.id)
            return None
        if self._is_known(record):
            return self.read(record)
        with self._lock:
            running = bool(self._wanted)
            self._wanted[record.id] = record
        if not running:
            with suppress(LipSyncError):  # the event loop has ended
                loop.spawn(self._prepare())
        return None

    def _is_known(self, record: Record) -> bool:
        with self._lock:
            was_read = record.id in self._read
        return was_read or self._estimates.is_prepared(record)

    def read(self, record: Record) -> Eta | None:
        """Return when a job is expected to be done; what that needs is read now."""
        return read_eta(self._estimates, record)

    async def _prepare(self) -> None:
        with self._lock:
            wanted, self._wanted = list(self._wanted.values()), {}
        known = [job for job in wanted if await asyncio.to_thread(self.read, job) is not None]
        with self._lock:
            self._read.update(job.id for job in known)
        for job in known:
            self._changed(job)


def eta_row(eta: Eta | None, record: Record) -> list[Any] | None:
    """Return what the browser gets of an estimate, to count down by itself.

    Returns:
        Unix times in seconds: since when the job has run, when half of such jobs have ended, a
        tenth, and nine tenths; of how many jobs it was learned; and whether it is overdue.
    """
    if eta is None:
        return None
    since = record.accepted_at or record.created_at
    times = (eta.seconds, eta.soonest, eta.latest)
    return [
        round(since),
        *(round(eta.estimated_at + each) for each in times),
        eta.jobs,
        eta.overdue,
    ]
