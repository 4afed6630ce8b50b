"""The poll scheduler: one for all jobs of a client, whatever their vendors."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from math import inf
from time import monotonic

from lipsync_nb import loop
from lipsync_nb.engine.tasks import Tasks
from lipsync_nb.errors import LipSyncError, MissingCredentials, RateLimited
from lipsync_nb.http.retry import LONGEST_RETRY_AFTER
from lipsync_nb.log import log
from lipsync_nb.status import Snapshot
from lipsync_nb.vendors.base import JobPage, Request, Vendor

GROWTH = 0.25
"""An interval is this fraction of the time that a job has taken so far."""
HALVE = 0.5
"""The next poll comes within this fraction of the time that a job is still expected to take."""
JITTER = 0.15
"""Fraction by which an interval may be longer, so that polls do not come all at once."""
MOST_POLLS = 30.0
"""Polls per second of all jobs together: else a thousand pending jobs take a whole core."""
LONGEST_BACKOFF = 60.0
"""Seconds between polls that keep failing, at most, unless the vendor asks for more."""
SAFETY_SECONDS = 60.0
"""Seconds between polls of a job whose vendor calls back."""
EARLY_SECONDS = 30.0
"""Seconds by which a callback may come before the vendor's own answer changes."""
LAST_SECONDS = 1.0
"""Seconds before its deadline at which a job is polled a last time."""
SWEEP_FROM = 3
"""With this many pending jobs, a vendor that can list jobs is asked for its list instead."""
SWEEP_PAGES = 40
"""Pages of a list read in one sweep; jobs further back are polled one by one."""
UNLISTED_SECONDS = 300.0
"""How long to wait before asking a vendor for its list again after that failed."""

Product = tuple[Vendor, type[Request]]
"""What shares one list of jobs: an account, and a kind of request."""
Seen = Callable[[str, Snapshot], Awaitable[None]]
Missed = Callable[[str, LipSyncError], Awaitable[None]]


@dataclass(slots=True)
class Watch:
    """One job that is polled until it ends. Times are seconds of the monotonic clock."""

    job_id: str
    vendor: Vendor
    request: Request
    vendor_id: str
    deadline: float
    usual: float | None
    calls_back: bool
    ended: asyncio.Future[bool]
    began: float = field(default_factory=monotonic)
    due: float = 0.0
    progress: float | None = None
    failures: int = 0
    heard_at: float = -inf

    @property
    def product(self) -> Product:
        """Which list the job is in."""
        return self.vendor, type(self.request)


def interval(
    watch: Watch, now: float, shortest: float, longest: float, *, callbacks_work: bool = False
) -> float:
    """Return the seconds until the next poll, before jitter.

    It grows with the job's age, and shrinks towards the moment the job is expected to be done.

    Args:
        watch: The job.
        now: The time of the monotonic clock, in seconds.
        shortest: The vendor's shortest interval, in seconds.
        longest: The vendor's longest interval, in seconds.
        callbacks_work: Whether the vendor's callbacks arrive.
    """
    if watch.failures:
        return min(LONGEST_BACKOFF, shortest * 2.0 ** min(watch.failures, 10))
    if watch.calls_back and callbacks_work and now - watch.heard_at > EARLY_SECONDS:
        return SAFETY_SECONDS
    age = now - watch.began
    wait = min(longest, max(shortest, GROWTH * age))
    remaining = [age * (1 - watch.progress) / watch.progress] if watch.progress else []
    if watch.usual is not None and watch.usual > age:
        remaining.append(watch.usual - age)
    return max(shortest, min([wait, *(HALVE * seconds for seconds in remaining)]))


class Poller:
    """Polls jobs when they are due.

    Args:
        seen: Awaited with each snapshot.
        missed: Awaited with the error of each failed poll. A failed poll is not a failed job.
        seconds: The shortest and longest interval, instead of the vendors' own.

    Attributes:
        calling_back: Vendors from which a callback has arrived, so that their jobs are polled less.
    """

    def __init__(
        self,
        *,
        seen: Seen,
        missed: Missed,
        seconds: tuple[float, float] | None = None,
    ) -> None:
        self._seen = seen
        self._missed = missed
        self._seconds = seconds
        self._watches: dict[str, Watch] = {}
        self._due: list[tuple[float, int, str]] = []
        self._order = count()
        self._polling: set[str] = set()
        self._poked: set[str] = set()
        self.calling_back: set[str] = set()
        self._no_list_until: dict[Product, float] = {}
        self._wake = asyncio.Event()
        self._tasks = Tasks()

    async def follow(self, watch: Watch) -> bool:
        """Poll a job until it has ended or its deadline has passed; return whether it has ended."""
        self._watches[watch.job_id] = watch
        self._schedule(watch, self._interval(watch))
        if watch.job_id in self._poked:
            self.poke(watch.job_id)
        try:
            async with asyncio.timeout(max(0.0, watch.deadline - monotonic())):
                return await watch.ended
        except TimeoutError:
            return False
        finally:
            self._watches.pop(watch.job_id, None)

    def poke(self, job_id: str) -> None:
        """Poll a job now; if it is just being polled, once more."""
        self._poked.add(job_id)
        if watch := self._watches.get(job_id):
            watch.heard_at = monotonic()
            self._schedule(watch, 0.0)

    def reconnect(self, vendor_of: Callable[[str], Vendor]) -> None:
        """Ask by other connections from now on.

        Args:
            vendor_of: Returns the vendor by a job's id.
        """
        for watch in self._watches.values():
            try:
                watch.vendor = vendor_of(watch.job_id)
            except MissingCredentials as error:
                log.warning("%s", error)

    async def run(self) -> None:
        """Poll whatever is due, until cancelled."""
        try:
            await self._run()
        finally:
            await self._tasks.cancel()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            self._start_due(monotonic())
            pause = self._due[0][0] - monotonic() if self._due else None
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _start_due(self, now: float) -> None:
        due: dict[Product, list[Watch]] = {}
        while self._due and self._due[0][0] <= now:
            when, _, job_id = heapq.heappop(self._due)
            watch = self._watches.get(job_id)
            if watch is not None and watch.due == when and job_id not in self._polling:
                due.setdefault(watch.product, []).append(watch)
        for product, watches in due.items():
            self._start(product, watches)

    def _start(self, product: Product, watches: list[Watch]) -> None:
        if self._may_sweep(product):
            watches = [w for w in self._of(product) if w.job_id not in self._polling]
            self._spawn(self._sweep(product, watches), watches)
            return
        for watch in watches:
            self._spawn(self._poll(watch), [watch])

    def _may_sweep(self, product: Product) -> bool:
        vendor, kind = product
        if kind not in vendor.lists or self._no_list_until.get(product, 0) > monotonic():
            return False
        return len(self._of(product)) >= SWEEP_FROM

    def _of(self, product: Product) -> list[Watch]:
        return [watch for watch in self._watches.values() if watch.product == product]

    def _spawn(self, work: Coroutine[None, None, None], watches: list[Watch]) -> None:
        async def polling() -> None:
            ids = {watch.job_id for watch in watches}
            self._polling |= ids
            self._poked -= ids
            try:
                await work
            finally:
                self._polling -= ids
                for job_id in ids:
                    self._catch_up(job_id)

        self._tasks.spawn(polling(), "poll")

    def _catch_up(self, job_id: str) -> None:
        # A job that fell due while it was being polled, as in a long sweep, was skipped.
        watch = self._watches.get(job_id)
        if watch is not None and watch.due <= monotonic() and not watch.ended.done():
            self._schedule(watch, 0.0 if watch.job_id in self._poked else self._interval(watch))

    async def _poll(self, watch: Watch) -> None:
        vendor = watch.vendor
        try:
            snapshot = await vendor.api.send(vendor.poll(watch.request, watch.vendor_id))
            await self._saw(watch, snapshot)
        except LipSyncError as error:
            await self._failed(watch, error)
        except loop.FAULTS as fault:  # whoever waits for the job must be told
            await self._failed(watch, vendor.unforeseen(fault))

    async def _sweep(self, product: Product, watches: list[Watch]) -> None:
        wanted = {watch.vendor_id: watch for watch in watches}
        number, last = 1, 1
        while wanted and number <= min(last, SWEEP_PAGES):
            page = await self._page(product, number)
            for snapshot in page.snapshots:
                if watch := wanted.pop(snapshot.vendor_id, None):
                    await self._saw(watch, snapshot)
            number, last = number + 1, page.pages
        for watch in wanted.values():
            await self._poll(watch)

    async def _page(self, product: Product, number: int) -> JobPage:
        vendor, kind = product
        try:
            return await vendor.api.send(vendor.listing(kind, number))
        except LipSyncError as failure:
            error = failure
        except loop.FAULTS as fault:  # the jobs can still be polled one by one
            error = vendor.unforeseen(fault)
        log.info("%s: no list (%s); polling job by job", vendor.name, error)
        self._no_list_until[product] = monotonic() + UNLISTED_SECONDS
        return JobPage([], 0)

    def _is_over(self, watch: Watch) -> bool:
        # Its deadline passed during the poll; the job may be followed anew, or have another id.
        return self._watches.get(watch.job_id) is not watch

    async def _saw(self, watch: Watch, snapshot: Snapshot) -> None:
        if self._is_over(watch):
            return
        watch.failures, watch.progress = 0, snapshot.progress
        await self._seen(watch.job_id, snapshot)
        if snapshot.status.terminal:
            if not watch.ended.done():
                watch.ended.set_result(True)
        else:
            poked = watch.job_id in self._poked
            self._schedule(watch, 0.0 if poked else self._interval(watch))

    async def _failed(self, watch: Watch, error: LipSyncError) -> None:
        if self._is_over(watch):
            return
        watch.failures += 1
        log.info("job %s: %s", watch.job_id, error)
        wait = self._interval(watch)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, LONGEST_RETRY_AFTER))
        self._schedule(watch, wait)
        await self._missed(watch.job_id, error)

    def _interval(self, watch: Watch) -> float:
        shortest, longest = self._seconds or watch.vendor.poll_seconds
        work = watch.vendor.name in self.calling_back
        wait = interval(watch, monotonic(), shortest, longest, callbacks_work=work)
        wait = max(wait, len(self._watches) / MOST_POLLS)
        return wait * random.uniform(1, 1 + JITTER)  # noqa: S311 - spreads load

    def _schedule(self, watch: Watch, seconds: float) -> None:
        now, last = monotonic(), watch.deadline - LAST_SECONDS
        watch.due = last if now < last < now + seconds else now + seconds
        heapq.heappush(self._due, (watch.due, next(self._order), watch.job_id))
        self._wake.set()
