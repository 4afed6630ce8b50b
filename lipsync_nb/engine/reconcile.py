"""Finds lost jobs in the vendor's list of jobs. A job is lost if its submission got no answer.

A list gives the time of each job, but not its request. A lost job is therefore identified only if
exactly one listed job matches it by time and by the length of the speech, and if this listed job
matches no other job whose vendor id is unknown. A listed job that is not done has no length yet. If
its length turns out to be much too long, our job is lost again.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import time

from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import LipSyncError
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Request, Vendor

LIST_PAUSES = (1.0, 4.0, 15.0, 40.0)
"""Seconds before each read of the list, as a job may be listed with a delay."""
SKEW = 15.0
"""Seconds by which the vendor's clock may differ from ours, if its ``Date`` is unknown."""
KNOWN_SKEW = 3.0
"""Seconds by which it may differ after correction by the ``Date`` of its last answer."""
ACCEPTED_WITHIN = 90.0
"""Seconds after sending within which a vendor accepts a request."""
LENGTH_TOLERANCE = 0.5
"""Seconds by which the length of a result may differ from the length of its speech."""
MUCH_LONGER = 5.0
"""Seconds by which a result must exceed the speech to prove that it belongs to another job."""
PAGES = 5
"""Pages of the list that are read. The newest jobs come first."""

_LISTED = re.compile(r"; \d+ jobs in the vendor's list at .*$")
"""What an earlier search has added to the error of a lost job."""

SpeechLength = Callable[[Record], float | None]


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of our clock and of the vendor's.

    Attributes:
        now: Our Unix time, in seconds.
        ahead: Seconds by which the vendor's clock is ahead of ours, if known.
    """

    now: float
    ahead: float | None = None

    def covers(self, sent_at: float, created_at: float) -> bool:
        """Return whether a job created at `created_at` may be the one sent at `sent_at`."""
        skew = SKEW if self.ahead is None else KNOWN_SKEW
        made = created_at - (self.ahead or 0.0)
        return sent_at - skew <= made <= min(self.now, sent_at + ACCEPTED_WITHIN) + skew


def match(
    lost: Record,
    listed: Iterable[Snapshot],
    others: Iterable[Record],
    speech_length: SpeechLength,
    clock: Clock,
) -> Snapshot | None:
    """Return the listed job that is certainly the lost one, or ``None``.

    Args:
        lost: The job whose answer was lost.
        listed: The jobs that the vendor lists.
        others: The other jobs that may be among these; see `Ledger.rivals`.
        speech_length: Returns the seconds of a job's speech, if known.
        clock: The clocks at the time when the answer was lost.
    """
    others = list(others)
    known = {record.vendor_id for record in others}
    rivals = [record for record in others if record.unidentified]
    new = [snapshot for snapshot in listed if snapshot.vendor_id not in known]
    mine = [snapshot for snapshot in new if _matches(lost, snapshot, speech_length, clock)]
    if len(mine) != 1 or any(_matches(rival, mine[0], speech_length, clock) for rival in rivals):
        return None
    return mine[0]


def _matches(lost: Record, listed: Snapshot, speech_length: SpeechLength, clock: Clock) -> bool:
    if lost.sent_at is None or listed.created_at is None:
        return False
    if not clock.covers(lost.sent_at, listed.created_at):
        return False
    speech = speech_length(lost)
    if speech is None or not listed.duration_s:
        return True
    return abs(listed.duration_s - speech) <= LENGTH_TOLERANCE


class Reconciler:
    """Finds lost jobs in the lists of their vendors.

    Args:
        accounts: The vendors.
        records: The state of the jobs.
        speech_length: Returns the seconds of a job's speech, if known.
        backoff_scale: Factor of the pauses between readings of a list.
    """

    def __init__(
        self,
        accounts: Accounts,
        records: Records,
        speech_length: SpeechLength,
        backoff_scale: float,
    ) -> None:
        self._accounts = accounts
        self._records = records
        self._speech_length = speech_length
        self._backoff_scale = backoff_scale

    async def find(self, lost: Record) -> Record:
        """Look for a lost job in its vendor's list, until the user attaches it.

        A job that is not listed may exist nevertheless: a list proves nothing.

        Returns:
            The job: found, attached, or still lost.
        """
        vendor = self._accounts.of(lost)
        kind = next((kind for kind in vendor.lists if kind.kind() == lost.kind), None)
        if kind is None:
            return lost
        lost_at, seen = time(), ""
        for pause in LIST_PAUSES:
            await asyncio.sleep(self._backoff_scale * pause)
            if not self._records.get(lost.id).lost:
                break
            try:
                listed = await _listed(vendor, kind)
            except LipSyncError as error:
                log.info("%s: no list: %s", vendor.name, error)
                continue
            clock = Clock(lost_at, vendor.api.clock_ahead)
            others = await self._others(lost, listed)
            if found := match(lost, listed, others, self._speech_length, clock):
                change = partial(_found_as, found)
                return await self._records.update(lost.id, change, durable=True)
            fitting = sum(_matches(lost, one, self._speech_length, clock) for one in listed)
            seen = f"{len(listed)} jobs in the vendor's list at {_utc_time()}, {fitting} may be it"
        if seen:
            await self._records.update(lost.id, partial(_not_found, seen))
        return self._records.get(lost.id)

    def is_mistaken(self, job: Record, seen: Snapshot) -> bool:
        """Return whether the length shows that a listed job was not the lost one."""
        done = seen.status is JobStatus.succeeded and seen.duration_s
        if not (job.unproven and done):
            return False
        speech = self._speech_length(job)
        return speech is not None and done > speech + MUCH_LONGER

    async def _others(self, lost: Record, listed: Iterable[Snapshot]) -> list[Record]:
        ids = [each.vendor_id for each in listed]
        return await self._records.in_thread(self._records.ledger.rivals, lost, ids)


async def _listed(vendor: Vendor, kind: type[Request]) -> list[Snapshot]:
    """Return the newest jobs."""
    listed: list[Snapshot] = []
    page, pages = 1, 1
    while page <= min(pages, PAGES):
        listing = await vendor.api.send(vendor.listing(kind, page))
        listed += listing.snapshots
        page, pages = page + 1, listing.pages
    return listed


def _found_as(found: Snapshot, job: Record) -> Record:
    return job.found(found, time())


def _not_found(seen: str, job: Record) -> Record:
    before = _LISTED.sub("", job.error or "")
    return replace(job, error=f"{before}; {seen}") if job.lost else job


def _utc_time() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
