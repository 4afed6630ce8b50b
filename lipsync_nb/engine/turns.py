"""Limits how many unfinished jobs a vendor has at a time. The others wait, unsent, for a turn."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from time import time

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.records import Records
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import JobStatus

Account = tuple[str, str]
"""A vendor's name, and the hash of an account there."""


class Turns:
    """Gives jobs their turns, in the order of their entry. All runs on the event loop.

    A job is at its vendor from when it is sent until it has ended, or is lost. It counts until its
    deadline: a vendor that answers no more does not hold up the others for ever. Jobs that other
    kernels send count as far as the ledger tells; two kernels that send at the same moment may go
    over the limit by one each.

    Args:
        most: By vendor, the limit.
        accounts: The vendors.
        records: The state of the jobs.
        deadline: Seconds for which a job is polled.
    """

    def __init__(
        self, most: Mapping[str, int], accounts: Accounts, records: Records, deadline: float
    ) -> None:
        self._most, self._accounts, self._records = most, accounts, records
        self._deadline = deadline
        self._there: defaultdict[Account, set[str]] = defaultdict(set)
        self._account_of: dict[str, Account] = {}
        self._waiting: defaultdict[Account, list[_Waiting]] = defaultdict(list)
        self._waiting_ids: set[str] = set()
        self._held: set[str] = set()
        self._overdue: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._numbers = count()
        self._stop = records.subscribe(self._changed) if most else lambda: None

    def close(self) -> None:
        """Listen to changes no more."""
        self._stop()
        for timer in self._timers.values():
            timer.cancel()

    @asynccontextmanager
    async def turn(self, record: Record) -> AsyncIterator[None]:
        """Wait for a job's turn. Meanwhile its note says so, in memory only.

        Leaving the ``with`` block ends the turn: then the job counts if its record says that it is
        at its vendor.
        """
        if record.vendor not in self._most:
            yield
            return
        await self._wait(record, (record.vendor, self._accounts.of(record).account))
        try:
            yield
        finally:
            self._held.discard(record.id)
            self._see(self._records.get(record.id))

    async def _wait(self, record: Record, account: Account) -> None:
        waiting = _Waiting(record.created_at, next(self._numbers), record.id)
        heappush(self._waiting[account], waiting)
        self._give(account)
        if not waiting.given.done():
            most = self._most[record.vendor]
            what = f"{most} unfinished job{'' if most == 1 else 's'}"
            note = f"waits, as {record.vendor} has {what} (max_unfinished)"
            self._records.annotate(record.id, lambda job: job.noted(note))
        self._waiting_ids.add(record.id)
        try:
            await waiting.given
        except asyncio.CancelledError:
            waiting.given.cancel()
            self._leave(record.id)
            raise
        finally:
            self._waiting_ids.discard(record.id)

    def waits(self, job_id: str) -> bool:
        """Return whether a job waits for its turn; on any thread."""
        return job_id in self._waiting_ids

    def poll_again(self, record: Record) -> None:
        """Count a job again, as its deadline starts anew."""
        if record.vendor in self._most:
            self._overdue.discard(record.id)
            self._see(record)

    def overdue(self, record: Record) -> None:
        """Count a job no more, as its deadline has passed."""
        if record.vendor in self._most:
            self._overdue.add(record.id)
            self._see(record)

    def _changed(self, record: Record) -> None:
        """Look at a changed job; on any thread."""
        if record.vendor in self._most:
            loop.call(self._see, record)

    def _see(self, record: Record) -> None:
        if record.id in self._held:
            return
        if record.account and _is_at_vendor(record) and record.id not in self._overdue:
            self._enter(record.id, (record.vendor, record.account))
            self._limit(record)
        else:
            self._leave(record.id)

    def _limit(self, record: Record) -> None:
        """Have a job of another kernel count for as long as it would be polled."""
        if record.owner == self._records.owner:
            self._forget_timer(record.id)
        elif record.id not in self._timers:
            left = max((record.sent_at or 0.0) + self._deadline - time(), 0.0)
            here = asyncio.get_running_loop()
            self._timers[record.id] = here.call_later(left, self.overdue, record)

    def _enter(self, job_id: str, account: Account) -> None:
        if self._account_of.get(job_id, account) != account:
            self._leave(job_id)  # its account was renamed
        self._account_of[job_id] = account
        self._there[account].add(job_id)

    def _leave(self, job_id: str) -> None:
        self._forget_timer(job_id)
        self._held.discard(job_id)
        if account := self._account_of.pop(job_id, None):
            self._there[account].discard(job_id)
            self._give(account)

    def _forget_timer(self, job_id: str) -> None:
        if timer := self._timers.pop(job_id, None):
            timer.cancel()

    def _give(self, account: Account) -> None:
        there, waiting = self._there[account], self._waiting[account]
        while waiting and len(there) < self._most[account[0]]:
            first = heappop(waiting)
            if not first.given.done():  # it was cancelled
                self._enter(first.job_id, account)
                self._held.add(first.job_id)
                first.given.set_result(None)


class _Waiting:
    """A job that waits; the one that was entered first comes first.

    Args:
        entered_at: When it was entered, a Unix time in seconds.
        number: Tells which came first of those that were entered at the same time.
        job_id: Its id.

    Attributes:
        given: Done once it is its turn.
    """

    def __init__(self, entered_at: float, number: int, job_id: str) -> None:
        self._place = entered_at, number
        self.job_id = job_id
        self.given: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __lt__(self, other: "_Waiting") -> bool:
        return self._place < other._place


def _is_at_vendor(record: Record) -> bool:
    ended = record.status.terminal or record.lost or record.status is JobStatus.waiting
    return record.sent_at is not None and not ended
