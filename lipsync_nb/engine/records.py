"""The state of all jobs in this process. Every change of a job is made here.

A change is written to the ledger, then to the records in memory, then published to the listeners.
An annotation is kept in memory only: an error after which a call is repeated, or a vendor id that
cannot be written because the disk is full. It is replaced by the next change of the job, or by a
newer row of the ledger.

In memory are the jobs that have not ended, those with an annotation, those that somebody holds
(every `Job` does), and the last 5,000 others that were used. All others are read from the ledger
when they are asked for.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.transitions import log_change
from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.ledger import Allow, Follow, Ledger
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.vendors import VENDORS

Change = Callable[[Record], Record]
Listener = Callable[[Record], None]
P = ParamSpec("P")
T = TypeVar("T")

RECENT = 5_000
"""Finished jobs that stay in memory although nobody holds them: about 15 MB."""

ROWS_AT_ONCE = 1_000
"""Changed jobs that are read at a time, so that they are not all in memory."""


class Held:
    """The newest record of a job, which stays in memory for as long as somebody holds this.

    Attributes:
        record: The record.
        noted: Whether it has an annotation.
    """

    __slots__ = ("__weakref__", "noted", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self.noted = False


class Records:
    """The newest record of each job. Methods that are not coroutines can be called on any thread.

    Args:
        ledger: The ledger that stores the records.
        owner: The id of the engine that drives this client's jobs.
    """

    # `_newest` is the last revision that was read by `refresh`. `_left` has the revisions of the
    # jobs that were written since and have left the memory, so that they are not taken for news.

    def __init__(self, ledger: Ledger, owner: str) -> None:
        self.ledger = ledger
        self.owner = owner
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[str, Held] = WeakValueDictionary()
        self._kept: dict[str, Held] = {}
        self._recent: dict[str, Held] = {}
        self._waiting: dict[str, list[Future[None]]] = {}
        self._listeners: list[Listener] = []
        self._newest = 0
        self._left: dict[str, int] = {}
        self._prunings = 0

    async def start(self) -> None:
        """Read the jobs that have not ended, and note which change was the last."""
        self._newest = await self.in_thread(self.ledger.newest_revision)
        self._prunings = await self.in_thread(self.ledger.prunings)
        for row in await self.in_thread(self.ledger.unfinished):
            self.learn(row)

    def hold(self, job_id: str) -> Held:
        """Return what keeps a job in memory, and has its newest record.

        Raises:
            LedgerError: There is no such job.
        """
        return self._here(job_id) or self._learn(self.ledger.get(job_id), also_known=False)[0]

    def get(self, job_id: str) -> Record:
        """Return the newest record of a job, with its annotations.

        Raises:
            LedgerError: There is no such job.
        """
        return self.hold(job_id).record

    def find(self, job_id: str) -> Record | None:
        """Return the newest record of a job; ``None`` if there is none.

        On the event loop, it is ``None`` too if the job is not in memory, as the loop must not wait
        for the ledger.
        """
        if (held := self._here(job_id)) is not None:
            return held.record
        if loop.is_here():
            return None
        try:
            return self.get(job_id)
        except LedgerError:
            return None

    def having(self, ids: Iterable[str]) -> list[Record]:
        """Return the newest records of some jobs, the oldest job first, without keeping them."""
        return self.laid_over(self.ledger.having("id", list(ids)))

    def newest(self, most: int) -> list[Record]:
        """Return the newest jobs and all that have not ended, the oldest first."""
        found = {record.id: record for record in self.laid_over(self.ledger.newest(most))}
        found |= {record.id: record for record in self.unfinished()}
        return _by_age(found.values())

    def all(self) -> list[Record]:
        """Return all jobs, the oldest first. It takes long if there are many."""
        return self.laid_over(self.ledger.all())

    def unfinished(self) -> list[Record]:
        """Return the jobs that have not ended, the oldest first. It does not wait for anything."""
        with self._lock:
            kept = [held.record for held in self._kept.values()]
        return _by_age(record for record in kept if not record.done)

    def noted(self) -> list[Record]:
        """Return the jobs that have an annotation."""
        with self._lock:
            return [held.record for held in self._kept.values() if held.noted]

    def laid_over(self, rows: Iterable[Record]) -> list[Record]:
        """Return rows of the ledger as they are to be shown, with their annotations."""
        return laid_over(rows, self.noted())

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each new record, on the thread that received it.

        Returns:
            A function that ends the subscription.
        """
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    async def update(self, job_id: str, change: Change, *, durable: bool = False) -> Record:
        """Change a job; see `Ledger.update`. It is changed even if the caller is cancelled."""
        return await asyncio.shield(self._update(job_id, change, durable=durable))

    async def _update(self, job_id: str, change: Change, *, durable: bool) -> Record:
        row = await self.in_thread(self.ledger.update, job_id, change, durable=durable)
        return self._learn(row, also_known=True)[0].record  # replaces annotations

    def annotate(self, job_id: str, change: Change) -> Record:
        """Change the record in memory, but not the ledger."""
        held = self.hold(job_id)
        with self._lock:
            noted = held.record = change(held.record)
            held.noted = True
            self._kept[job_id] = held
        self._publish(noted)
        return noted

    def reserve(
        self,
        new: Iterable[Record],
        *,
        reuse: bool,
        allow: Allow,
        exclude: AbstractSet[str] = frozenset(),
        follow: Follow | None = None,
    ) -> list[Record]:
        """Add jobs; see `Ledger.reserve`."""
        rows = self.ledger.reserve(new, reuse=reuse, allow=allow, exclude=exclude, follow=follow)
        return [self._load(row) for row in rows]

    def complete(self, new: Mapping[str, Details]) -> None:
        """Add details to jobs; see `Ledger.complete`."""
        for row in self.ledger.complete(new):
            self._load(row)

    def supersede(self, old_id: str, new: Record, *, follow: Change, allow: Allow) -> Record:
        """Add a job that replaces another; see `Ledger.supersede`."""
        job = self.ledger.supersede(old_id, new, follow=follow, allow=allow)
        for row in self.ledger.since(job.revision - 1):  # and those that use it
            self.learn(row)
        self.load(old_id)
        return self._load(job)

    def revive(self, new: Mapping[str, Record], *, reuse: bool, allow: Allow) -> list[Record]:
        """Enter jobs again that were never sent; see `Ledger.revive`."""
        rows = self.ledger.revive(new, reuse=reuse, allow=allow)
        for old_id in new:
            self.load(old_id)
        return [self._load(row) for row in rows]

    async def mark_ready(self, job_id: str, job: Record, *, allow: Allow) -> Record:
        """Let a waiting job be sent; see `Ledger.mark_ready`."""
        return self._load(await self.in_thread(self.ledger.mark_ready, job_id, job, allow=allow))

    def load(self, job_id: str) -> Record:
        """Read a job from the ledger, where another kernel may have changed it.

        Raises:
            LedgerError: There is no such job.
        """
        return self._load(self.ledger.get(job_id))

    async def mark_sent(self, job_id: str, account: str) -> Record | None:
        """Record that the paid request of a job is about to be sent; see `Ledger.mark_sent`."""
        sent = await self.in_thread(self.ledger.mark_sent, job_id, self.owner, account)
        return None if sent is None else self._load(sent)

    async def claim(
        self,
        accounts: Mapping[str, AbstractSet[str]],
        *,
        wanted: Container[str],
        fetchable_since: float,
    ) -> list[Record]:
        """Take over jobs that no running engine drives; see `Ledger.claim`."""
        claim = partial(self.ledger.claim, wanted=wanted, fetchable_since=fetchable_since)
        claimed = await self.in_thread(claim, self.owner, accounts)
        return [self._load(record) for record in claimed]

    async def withdraw(self) -> list[Record]:
        """Cancel the jobs of this engine that were not sent; see `Ledger.withdraw`."""
        withdrawn = await self.in_thread(self.ledger.withdraw, self.owner)
        return [self._load(record) for record in withdrawn]

    async def rename_account(self, vendor: str, account: str) -> None:
        """Give all jobs of a vendor to an account; see `Ledger.rename_account`.

        Those that have not ended are read by the next `refresh`.
        """
        await self.in_thread(self.ledger.rename_account, vendor, account)
        with self._lock:
            for held in list(self._known.values()):
                job = held.record
                if job.done and job.vendor == vendor and job.account is not None:
                    held.record = replace(job, account=account)

    @property
    def is_behind(self) -> bool:
        """Whether many jobs have left the memory since the last `refresh`."""
        return len(self._left) > RECENT

    async def refresh(self) -> AsyncIterator[tuple[Record, bool]]:
        """Read what was written since the last time; yield each job, and whether it was news."""
        is_all = False
        while not is_all:
            rows = await self.in_thread(self.ledger.since, self._newest, ROWS_AT_ONCE)
            for row in rows:
                yield row, self.learn(row)
            newest = max([self._newest, *(row.revision for row in rows)])
            is_all = len(rows) < ROWS_AT_ONCE or newest == self._newest
            with self._lock:
                self._newest = newest
                self._left = {each: seen for each, seen in self._left.items() if seen > newest}
        await self._forget_pruned()

    async def _forget_pruned(self) -> None:
        """Forget finished jobs if some were pruned, unless somebody holds them."""
        prunings = await self.in_thread(self.ledger.prunings)
        if prunings != self._prunings:
            self._prunings = prunings
            with self._lock:
                self._left |= {each: held.record.revision for each, held in self._recent.items()}
                self._recent.clear()

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a method of the ledger in its thread, so that the event loop is not blocked."""
        return await asyncio.wrap_future(self.ledger.submit(function, *args, **kwargs))

    def waiter(self, job_id: str) -> Future[None]:
        """Return a future that ends with the job, or when this client stops following it."""
        future = loop.promise()
        with self._lock:
            self._waiting.setdefault(job_id, []).append(future)
        return future

    def notify(self, job_id: str) -> None:
        """Complete the futures of those who wait for a job."""
        with self._lock:
            waiting = self._waiting.pop(job_id, [])
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(None)

    def _load(self, row: Record) -> Record:
        return self._learn(row, also_known=False)[0].record

    def learn(self, row: Record) -> bool:
        """Use a row of the ledger, unless it is known already: its annotations must not be lost.

        Returns:
            Whether it was news: written since the ledger was last read.
        """
        return self._learn(row, also_known=False)[1]

    def _here(self, job_id: str) -> Held | None:
        with self._lock:
            held = self._known.get(job_id)
            if held is not None and job_id in self._recent:
                self._recent[job_id] = self._recent.pop(job_id)  # the last one
            return held

    def _learn(self, row: Record, *, also_known: bool) -> tuple[Held, bool]:
        """Use a row; return what holds it, and whether it was news."""
        row = _shown(row)
        with self._lock:
            held = self._known.get(row.id)
            if held is not None and not _replaces(row, held.record, also_known=also_known):
                return held, False
            before = None if held is None else held.record
            seen = max(self._newest, self._left.pop(row.id, 0))
            is_news = before is not None or row.revision > seen or not row.done
            if held is None:
                held = self._known[row.id] = Held(row)
            held.record, held.noted = row, False
            self._keep(held)
        if is_news:
            log_change(before, row, driven_here=row.owner == self.owner)
            self._publish(row)
        return held, is_news

    def _keep(self, held: Held) -> None:
        job_id = held.record.id
        if not held.record.done:
            self._kept[job_id] = held
            return
        self._kept.pop(job_id, None)
        self._recent.pop(job_id, None)
        self._recent[job_id] = held
        for oldest in list(islice(self._recent, max(0, len(self._recent) - RECENT))):
            self._left[oldest] = self._recent.pop(oldest).record.revision

    def _publish(self, record: Record) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener(record)
            except Exception:  # noqa: BLE001 - a listener's fault must not stop the jobs
                log.exception("a listener failed")


def laid_over(rows: Iterable[Record], noted: Iterable[Record]) -> list[Record]:
    """Return rows of the ledger as they are to be shown.

    Args:
        rows: The rows.
        noted: The jobs that have annotations, with them.
    """
    by_id = {record.id: record for record in noted}
    return [_shown(row, by_id.get(row.id)) for row in rows]


def _shown(row: Record, noted: Record | None = None) -> Record:
    """Return a row as it is shown: annotated, and unknown if no vendor of its name is registered.

    Args:
        row: The row.
        noted: The job with its annotation.
    """
    if noted is not None and noted.revision >= row.revision:
        return noted
    return row.unregistered() if row.vendor not in VENDORS and not row.done else row


def _replaces(row: Record, known: Record, *, also_known: bool) -> bool:
    """Return whether a row is to be used instead of the record that is known.

    Args:
        row: The row.
        known: The record.
        also_known: Whether the same row is to replace what was annotated to it.
    """
    if row == known or row.revision < known.revision:
        return False
    return row.revision > known.revision or also_known


def _by_age(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record.created_at)
