"""The state of all jobs in this process. Every change of a job is made here.

A change is written to the ledger, then to the records in memory, then published to the listeners.
An annotation is kept in memory only: an error after which a call is repeated, or a vendor id that
cannot be written because the disk is full. It is replaced by the next change of the job, or by a
newer row of the ledger.
"""

import asyncio
import threading
from collections.abc import Callable, Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from functools import partial
from typing import ParamSpec, TypeVar

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.transitions import log_change
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.ledger import Allow, Follow, Ledger
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.vendors import VENDORS

Change = Callable[[Record], Record]
Listener = Callable[[Record], None]
P = ParamSpec("P")
T = TypeVar("T")


class Records:
    """The newest record of each job. Methods that are not coroutines can be called on any thread.

    Args:
        ledger: The ledger that stores the records.
        owner: The id of the engine that drives this client's jobs.
    """

    def __init__(self, ledger: Ledger, owner: str) -> None:
        self.ledger = ledger
        self.owner = owner
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        self._waiting: dict[str, list[Future[None]]] = {}
        self._listeners: list[Listener] = []
        self._newest = 0

    def get(self, job_id: str) -> Record:
        """Return the newest record of a job, with its annotations."""
        with self._lock:
            return self._records[job_id]

    def known(self, job_id: str) -> Record:
        """Return the newest record of a job, from the ledger if another kernel has just added it.

        Raises:
            LedgerError: There is no such job.
        """
        with self._lock:
            found = self._records.get(job_id)
        return self.load(job_id) if found is None else found

    def all(self) -> list[Record]:
        """Return all records, the oldest job first."""
        with self._lock:
            return sorted(self._records.values(), key=lambda record: record.created_at)

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
        self._show(row, also_known=True)  # replaces annotations
        return self.get(job_id)

    def annotate(self, job_id: str, change: Change) -> Record:
        """Change the record in memory, but not the ledger."""
        with self._lock:
            noted = self._records[job_id] = change(self._records[job_id])
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

        They are read by the next `refresh`.
        """
        await self.in_thread(self.ledger.rename_account, vendor, account)

    async def refresh(self) -> list[tuple[Record, bool]]:
        """Read what was written since the last time; return each job, and whether it was news."""
        rows = await self.in_thread(self.ledger.since, self._newest)
        self._newest = max([self._newest, *(row.revision for row in rows)])
        return [(row, self.learn(row)) for row in rows]

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
        self.learn(row)
        return self.get(row.id)

    def learn(self, row: Record) -> bool:
        """Use a row of the ledger, unless it is known already: its annotations must not be lost.

        Returns:
            Whether it was new.
        """
        return self._show(row, also_known=False)

    def _show(self, row: Record, *, also_known: bool) -> bool:
        if row.vendor not in VENDORS and not row.done:
            row = row.unregistered()
        with self._lock:
            known = self._records.get(row.id)
            newest = row.revision if known is None else known.revision
            if known == row or newest > row.revision:
                return False
            if known is not None and newest == row.revision and not also_known:
                return False
            self._records[row.id] = row
        log_change(known, row, driven_here=row.owner == self.owner)
        self._publish(row)
        return True

    def _publish(self, record: Record) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener(record)
            except Exception:  # noqa: BLE001 - a listener's fault must not stop the jobs
                log.exception("a listener failed")
