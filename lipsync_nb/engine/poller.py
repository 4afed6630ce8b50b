"""The poll scheduler: one for all jobs of a client."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from functools import partial
from itertools import count
from math import inf
from time import monotonic

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.durations import Duration
from lipsync_nb.engine.intervals import interval, shortest_interval
from lipsync_nb.engine.poll_load import PollLoad
from lipsync_nb.engine.tasks import Tasks
from lipsync_nb.engine.watch import JobList, Watch
from lipsync_nb.errors import LipSyncError, MissingCredentials, RateLimited
from lipsync_nb.http.retry import LONGEST_RETRY_AFTER
from lipsync_nb.log import log
from lipsync_nb.status import Snapshot
from lipsync_nb.vendors.base import JobPage, Vendor

JITTER = 0.15
"""Largest random extension of an interval, as a fraction, so that polls spread out."""
LAST_POLL_SECONDS = 1.0
"""Seconds before its deadline at which a job is polled for the last time, if the shortest interval
has passed by then."""
LIST_PAGES = 40
"""Most pages of a list that are read at once. Older jobs are polled one by one."""

OnSnapshot = Callable[[str, Snapshot], Awaitable[None]]
OnError = Callable[[str, LipSyncError], Awaitable[None]]


class Poller:
    """Polls jobs when they are due.

    Args:
        on_snapshot: Awaited with each snapshot.
        on_error: Awaited with the error of each failed poll. A failed poll is not a failed job.
        expected: Returns how long a job takes from its acceptance on, if that is known.
        seconds: The shortest and longest interval, instead of the vendors' own.

    Attributes:
        calling_back: The vendors whose callbacks arrive, so that their jobs are polled less often.
    """

    def __init__(
        self,
        *,
        on_snapshot: OnSnapshot,
        on_error: OnError,
        expected: Callable[[str], Duration | None] = lambda _: None,
        seconds: tuple[float, float] | None = None,
    ) -> None:
        self._on_snapshot = on_snapshot
        self._on_error = on_error
        self._expected = expected
        self._seconds = seconds
        self._watches: dict[str, Watch] = {}
        self._last_polled: dict[str, float] = {}
        self._load = PollLoad()
        self._due: list[tuple[float, int, str]] = []
        self._order = count()
        self._polling: set[str] = set()
        self._poll_now: set[str] = set()
        self.calling_back: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks = Tasks()

    async def follow(self, watch: Watch) -> bool:
        """Poll a job until it ends or its deadline passes; return whether it has ended."""
        self._watches[watch.job_id] = watch
        watch.polled_at = self._last_polled.pop(watch.job_id, watch.polled_at)
        self._schedule(watch, self._first(watch))
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
                self._load.forget(watch.job_id)
                if not watch.ended.done():
                    self._last_polled[watch.job_id] = watch.polled_at

    def polled(self, job_id: str) -> str | None:
        """Return the vendor's id under which a job is polled; ``None`` if it is not polled."""
        watch = self._watches.get(job_id)
        return watch.vendor_id if watch else None

    def unwatched_seconds(self, job_id: str) -> float:
        """Return for how long nobody has known the status of a job, up to its last poll."""
        if (watch := self._watches.get(job_id)) is None:
            return inf
        known = watch.began - watch.age if watch.seen_at is None else watch.seen_at
        return max(0.0, watch.polled_at - known)

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
        due: dict[JobList, list[Watch]] = {}
        while self._due and self._due[0][0] <= now:
            when, _, job_id = heapq.heappop(self._due)
            watch = self._watches.get(job_id)
            if watch is not None and watch.due == when and job_id not in self._polling:
                due.setdefault(watch.job_list, []).append(watch)
        for job_list, watches in due.items():
            self._start(job_list, watches)

    def _start(self, job_list: JobList, due: list[Watch]) -> None:
        if self._load.lists(job_list):
            of_list = (watch for watch in self._watches.values() if watch.job_list == job_list)
            watches = [watch for watch in of_list if watch.job_id not in self._polling]
            self._spawn(self._poll_list(job_list, watches, due), watches)
            return
        for watch in due:
            self._spawn(self._poll(watch), [watch])

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

    async def _poll_list(
        self, job_list: JobList, watches: list[Watch], due: Collection[Watch]
    ) -> None:
        """Read a list; of the jobs that are not in it, poll those that are due themselves."""
        wanted = {watch.vendor_id: watch for watch in watches}
        number, last = 1, 1
        while wanted and number <= min(last, LIST_PAGES):
            try:
                page = await self._page(job_list, number)
            except LipSyncError as error:
                self._no_list(job_list, wanted.values(), error)
                return
            for snapshot in page.snapshots:
                if watch := wanted.pop(snapshot.vendor_id, None):
                    await self._handle(watch, snapshot)
            number, last = number + 1, page.pages
        self._load.read(job_list, number - 1)
        for watch in due:
            if watch.vendor_id in wanted:
                await self._poll(watch)

    async def _page(self, job_list: JobList, number: int) -> JobPage:
        vendor, kind = job_list
        try:
            return await vendor.api.send(vendor.listing(kind, number))
        except LipSyncError:
            raise
        except loop.FAULTS as fault:  # each job can still be polled
            raise vendor.unforeseen(fault) from fault

    def _no_list(self, job_list: JobList, watches: Iterable[Watch], error: LipSyncError) -> None:
        """Poll jobs one by one from now on, each at its own time."""
        vendor, _ = job_list
        log.info("%s: no list (%s); polling job by job", vendor.name, error)
        self._load.failed(job_list)
        least = _asked_wait(error)
        for watch in watches:  # without a spread, all of them would be due at the same time
            spread = random.uniform(0, self._interval(watch))  # noqa: S311 - spreads load
            self._schedule(watch, least + spread, least)

    def _is_over(self, watch: Watch) -> bool:
        # The deadline passed during the poll. There may be a newer watch of the job.
        return self._watches.get(watch.job_id) is not watch

    async def _handle(self, watch: Watch, snapshot: Snapshot) -> None:
        if self._is_over(watch):
            return
        watch.failures, watch.denied_since = 0, None
        await self._on_snapshot(watch.job_id, snapshot)
        watch.seen_at = watch.polled_at
        if snapshot.status.terminal:
            if not watch.ended.done():
                watch.ended.set_result(True)
        elif not self._is_over(watch):
            self._schedule(watch, self._next(watch))

    async def _failed(self, watch: Watch, error: LipSyncError) -> None:
        if self._is_over(watch):
            return
        watch.failures += 1
        if not watch.vendor.denies(error):
            watch.denied_since = None
        elif watch.denied_since is None:
            watch.denied_since = monotonic()
        log.debug("job %s: %s", watch.job_id, error)
        self._schedule(watch, self._interval(watch), least=_asked_wait(error))
        await self._on_error(watch.job_id, error)

    def _next(self, watch: Watch) -> float:
        at_once = watch.job_id in self._poll_now
        return self._soonest(watch) if at_once else self._interval(watch)

    def _soonest(self, watch: Watch) -> float:
        due = watch.polled_at + shortest_interval(watch.vendor, self._seconds)
        return max(0.0, due - monotonic())

    def _first(self, watch: Watch) -> float:
        """Return the seconds until the first poll; it is soon, if nobody has polled for a while."""
        wait, shortest = self._interval(watch), shortest_interval(watch.vendor, self._seconds)
        if watch.age <= shortest:
            return wait
        soon = random.uniform(0, shortest * self._load.stretch())  # noqa: S311 - spreads load
        return min(wait, max(soon, self._soonest(watch)))

    def _interval(self, watch: Watch) -> float:
        shortest, longest = self._seconds or watch.vendor.poll_seconds
        seconds = partial(
            interval,
            watch,
            self._expected(watch.job_id),
            monotonic(),
            shortest,
            longest,
            callbacks_work=watch.vendor.name in self.calling_back,
        )
        self._load.want(watch, seconds(), shortest)
        wait = seconds(stretch=self._load.stretch())
        return wait * random.uniform(1, 1 + JITTER)  # noqa: S311 - spreads load

    def _schedule(self, watch: Watch, seconds: float, least: float = 0.0) -> None:
        """Poll a job after some seconds; before its deadline once more, if `least` allows it."""
        seconds = max(seconds, least)
        now, last = monotonic(), watch.deadline - LAST_POLL_SECONDS
        shortest = max(least, shortest_interval(watch.vendor, self._seconds))
        soonest = now + min(seconds, shortest)
        watch.due = last if soonest <= last < now + seconds else now + seconds
        heapq.heappush(self._due, (watch.due, next(self._order), watch.job_id))
        self._wake.set()


def _asked_wait(error: LipSyncError) -> float:
    """Return the seconds that a vendor asks to be left alone, as far as it is followed."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(error.retry_after, LONGEST_RETRY_AFTER)
    return 0.0
