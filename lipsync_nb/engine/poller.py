"""The poll scheduler: one for all jobs of a client."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from math import inf
from time import monotonic

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.tasks import Tasks
from lipsync_nb.errors import LipSyncError, MissingCredentials, RateLimited
from lipsync_nb.http.retry import LONGEST_RETRY_AFTER
from lipsync_nb.log import log
from lipsync_nb.status import Snapshot
from lipsync_nb.vendors.base import JobPage, Request, Vendor

AGE_FRACTION = 0.25
"""The interval as a fraction of the time that a job has taken so far."""
REMAINING_FRACTION = 0.5
"""The interval is at most this fraction of the time that a job is still expected to take."""
JITTER = 0.15
"""Largest random extension of an interval, as a fraction, so that polls spread out."""
POLLS_PER_SECOND = 30.0
"""Limit for all jobs together: without it, a thousand pending jobs keep a core busy."""
LONGEST_BACKOFF = 60.0
"""Longest interval after failed polls, in seconds, unless the vendor asks for more."""
CALLBACK_POLL_SECONDS = 60.0
"""Seconds between polls of a job whose vendor calls back."""
CALLBACK_LEAD_SECONDS = 30.0
"""Seconds by which a callback may precede the change of the vendor's answer to polls."""
LAST_POLL_SECONDS = 1.0
"""Seconds before its deadline at which a job is polled for the last time, if the shortest interval
has passed by then."""
LIST_FROM = 3
"""Number of pending jobs from which a vendor's list of jobs is read instead."""
LIST_PAGES = 40
"""Most pages of a list that are read at once. Older jobs are polled one by one."""
LIST_RETRY_SECONDS = 300.0
"""Seconds before a vendor's list is read again after an error."""

Product = tuple[Vendor, type[Request]]
"""A vendor's account and a kind of request, which share one list of jobs."""
OnSnapshot = Callable[[str, Snapshot], Awaitable[None]]
OnError = Callable[[str, LipSyncError], Awaitable[None]]


@dataclass(slots=True)
class Watch:
    """A job that is polled until it ends. Times are in seconds of the monotonic clock."""

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
    called_back_at: float = -inf
    polled_at: float = -inf
    denied_since: float | None = None
    """Since when the vendor has answered every poll that it has no such job."""

    @property
    def product(self) -> Product:
        """The list that contains the job."""
        return self.vendor, type(self.request)

    @property
    def denied_seconds(self) -> float:
        """Seconds up to the deadline in which the vendor denied the job in every poll."""
        return self.deadline - (self.denied_since or self.deadline)

    @property
    def forgotten(self) -> bool:
        """Whether the vendor denied the job in every poll of the last half of the time."""
        return self.denied_seconds > (self.deadline - self.began) / 2 > 0


def interval(
    watch: Watch, now: float, shortest: float, longest: float, *, callbacks_work: bool = False
) -> float:
    """Return the seconds until the next poll, before jitter.

    It grows with the age of the job, and shrinks as the expected end of the job comes near.

    Args:
        watch: The job.
        now: The time of the monotonic clock, in seconds.
        shortest: The vendor's shortest interval, in seconds.
        longest: The vendor's longest interval, in seconds.
        callbacks_work: Whether the vendor's callbacks arrive.
    """
    if watch.failures:
        return min(LONGEST_BACKOFF, shortest * 2.0 ** min(watch.failures, 10))
    if watch.calls_back and callbacks_work and now - watch.called_back_at > CALLBACK_LEAD_SECONDS:
        return CALLBACK_POLL_SECONDS
    age = now - watch.began
    wait = min(longest, max(shortest, AGE_FRACTION * age))
    remaining = [age * (1 - watch.progress) / watch.progress] if watch.progress else []
    if watch.usual is not None and watch.usual > age:
        remaining.append(watch.usual - age)
    return max(shortest, min([wait, *(REMAINING_FRACTION * seconds for seconds in remaining)]))


def shortest_interval(vendor: Vendor, seconds: tuple[float, float] | None) -> float:
    """Return the least seconds between two polls of a job: the vendor's own, or less if it is set.

    Args:
        vendor: The vendor.
        seconds: The shortest and longest interval that are set instead of the vendors' own.
    """
    own, _ = vendor.poll_seconds
    return min(own, seconds[0]) if seconds else own


class Poller:
    """Polls jobs when they are due.

    Args:
        on_snapshot: Awaited with each snapshot.
        on_error: Awaited with the error of each failed poll. A failed poll is not a failed job.
        seconds: The shortest and longest interval, instead of the vendors' own.

    Attributes:
        calling_back: The vendors whose callbacks arrive, so that their jobs are polled less often.
    """

    def __init__(
        self,
        *,
        on_snapshot: OnSnapshot,
        on_error: OnError,
        seconds: tuple[float, float] | None = None,
    ) -> None:
        self._on_snapshot = on_snapshot
        self._on_error = on_error
        self._seconds = seconds
        self._watches: dict[str, Watch] = {}
        self._due: list[tuple[float, int, str]] = []
        self._order = count()
        self._polling: set[str] = set()
        self._poll_now: set[str] = set()
        self.calling_back: set[str] = set()
        self._no_list_until: dict[Product, float] = {}
        self._wake = asyncio.Event()
        self._tasks = Tasks()

    async def follow(self, watch: Watch) -> bool:
        """Poll a job until it ends or its deadline passes; return whether it has ended."""
        self._watches[watch.job_id] = watch
        self._schedule(watch, self._interval(watch))
        if watch.job_id in self._poll_now:
            self.poll_now(watch.job_id)
        try:
            async with asyncio.timeout(max(0.0, watch.deadline - monotonic())):
                return await watch.ended
        except TimeoutError:
            return False
        finally:
            if self._watches.get(watch.job_id) is watch:
                del self._watches[watch.job_id]

    def polled(self, job_id: str) -> str | None:
        """Return the vendor's id under which a job is polled; ``None`` if it is not polled."""
        watch = self._watches.get(job_id)
        return watch.vendor_id if watch else None

    def poll_now(self, job_id: str) -> None:
        """Poll a job as soon as its vendor allows; after a poll that is running already."""
        self._poll_now.add(job_id)
        if watch := self._watches.get(job_id):
            watch.called_back_at = monotonic()
            self._schedule(watch, self._soonest(watch))

    def reconnect(self, vendor_of: Callable[[str], Vendor]) -> None:
        """Poll through other connections from now on.

        Args:
            vendor_of: Returns the vendor by a job's id.
        """
        for watch in self._watches.values():
            try:
                watch.vendor = vendor_of(watch.job_id)
            except MissingCredentials as error:
                log.warning("%s", error)

    async def run(self) -> None:
        """Poll the jobs that are due, until cancelled."""
        try:
            await self._run()
        finally:
            await self._tasks.cancel()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            self._poll_due(monotonic())
            pause = self._due[0][0] - monotonic() if self._due else None
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _poll_due(self, now: float) -> None:
        due: dict[Product, list[Watch]] = {}
        while self._due and self._due[0][0] <= now:
            when, _, job_id = heapq.heappop(self._due)
            watch = self._watches.get(job_id)
            if watch is not None and watch.due == when and job_id not in self._polling:
                due.setdefault(watch.product, []).append(watch)
        for product, watches in due.items():
            self._start(product, watches)

    def _start(self, product: Product, watches: list[Watch]) -> None:
        if self._can_list(product):
            watches = [w for w in self._watches_of(product) if w.job_id not in self._polling]
            self._spawn(self._poll_list(product, watches), watches)
            return
        for watch in watches:
            self._spawn(self._poll(watch), [watch])

    def _can_list(self, product: Product) -> bool:
        vendor, kind = product
        if kind not in vendor.lists or self._no_list_until.get(product, 0) > monotonic():
            return False
        return len(self._watches_of(product)) >= LIST_FROM

    def _watches_of(self, product: Product) -> list[Watch]:
        return [watch for watch in self._watches.values() if watch.product == product]

    def _spawn(self, work: Coroutine[None, None, None], watches: list[Watch]) -> None:
        async def polling() -> None:
            ids = {watch.job_id for watch in watches}
            for watch in watches:
                watch.polled_at = monotonic()
            self._polling |= ids
            self._poll_now -= ids
            try:
                await work
            finally:
                self._polling -= ids
                for job_id in ids:
                    self._reschedule(job_id)

        self._tasks.spawn(polling(), "poll")

    def _reschedule(self, job_id: str) -> None:
        # A job that became due during its own poll, such as a long list, was skipped.
        watch = self._watches.get(job_id)
        if watch is not None and watch.due <= monotonic() and not watch.ended.done():
            self._schedule(watch, self._next(watch))

    async def _poll(self, watch: Watch) -> None:
        vendor = watch.vendor
        try:
            snapshot = await vendor.api.send(vendor.poll(watch.request, watch.vendor_id))
            await self._handle(watch, snapshot)
        except LipSyncError as error:
            await self._failed(watch, error)
        except loop.FAULTS as fault:  # waiters must see the error
            await self._failed(watch, vendor.unforeseen(fault))

    async def _poll_list(self, product: Product, watches: list[Watch]) -> None:
        wanted = {watch.vendor_id: watch for watch in watches}
        number, last = 1, 1
        while wanted and number <= min(last, LIST_PAGES):
            page = await self._page(product, number)
            for snapshot in page.snapshots:
                if watch := wanted.pop(snapshot.vendor_id, None):
                    await self._handle(watch, snapshot)
            number, last = number + 1, page.pages
        for watch in wanted.values():
            await self._poll(watch)

    async def _page(self, product: Product, number: int) -> JobPage:
        vendor, kind = product
        try:
            return await vendor.api.send(vendor.listing(kind, number))
        except LipSyncError as failure:
            error = failure
        except loop.FAULTS as fault:  # each job can still be polled
            error = vendor.unforeseen(fault)
        log.info("%s: no list (%s); polling job by job", vendor.name, error)
        self._no_list_until[product] = monotonic() + LIST_RETRY_SECONDS
        return JobPage([], 0)

    def _is_over(self, watch: Watch) -> bool:
        # The deadline passed during the poll. There may be a newer watch of the job.
        return self._watches.get(watch.job_id) is not watch

    async def _handle(self, watch: Watch, snapshot: Snapshot) -> None:
        if self._is_over(watch):
            return
        watch.failures, watch.progress, watch.denied_since = 0, snapshot.progress, None
        await self._on_snapshot(watch.job_id, snapshot)
        if snapshot.status.terminal:
            if not watch.ended.done():
                watch.ended.set_result(True)
        else:
            self._schedule(watch, self._next(watch))

    async def _failed(self, watch: Watch, error: LipSyncError) -> None:
        if self._is_over(watch):
            return
        watch.failures += 1
        if not watch.vendor.denies(error):
            watch.denied_since = None
        elif watch.denied_since is None:
            watch.denied_since = monotonic()
        log.info("job %s: %s", watch.job_id, error)
        wait = self._interval(watch)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            wait = max(wait, min(error.retry_after, LONGEST_RETRY_AFTER))
        self._schedule(watch, wait)
        await self._on_error(watch.job_id, error)

    def _next(self, watch: Watch) -> float:
        at_once = watch.job_id in self._poll_now
        return self._soonest(watch) if at_once else self._interval(watch)

    def _soonest(self, watch: Watch) -> float:
        due = watch.polled_at + shortest_interval(watch.vendor, self._seconds)
        return max(0.0, due - monotonic())

    def _interval(self, watch: Watch) -> float:
        shortest, longest = self._seconds or watch.vendor.poll_seconds
        work = watch.vendor.name in self.calling_back
        wait = interval(watch, monotonic(), shortest, longest, callbacks_work=work)
        wait = max(wait, len(self._watches) / POLLS_PER_SECOND)
        return wait * random.uniform(1, 1 + JITTER)  # noqa: S311 - spreads load

    def _schedule(self, watch: Watch, seconds: float) -> None:
        now, last = monotonic(), watch.deadline - LAST_POLL_SECONDS
        soonest = now + min(seconds, shortest_interval(watch.vendor, self._seconds))
        watch.due = last if soonest <= last < now + seconds else now + seconds
        heapq.heappush(self._due, (watch.due, next(self._order), watch.job_id))
        self._wake.set()
