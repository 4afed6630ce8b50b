"""Waits for many jobs: for all, or for each as it ends."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Generic, NamedTuple, Self, TypeVar

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.progress import line_of

T = TypeVar("T")


def gather(jobs: Iterable[Job[T]], errors: str) -> list[T]:
    """Wait for many jobs; see `Client.gather`."""
    if errors not in {"raise", "skip"}:
        raise BadRequest(f"errors={line(repr(errors))}: expected 'raise' or 'skip'")
    awaited = list(jobs)
    with line_of(awaited).shown():
        if errors == "raise":
            return [job.result() for job in awaited]
        return [job.result() for job in awaited if job.exception() is None]


class DoneAndNotDone(NamedTuple, Generic[T]):
    """The jobs that have ended, and the others."""

    done: set[Job[T]]
    not_done: set[Job[T]]


def wait(
    jobs: Iterable[Job[T]], timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> DoneAndNotDone[T]:
    """Wait for many jobs, as `concurrent.futures.wait` does.

    Args:
        jobs: The jobs. No longer is waited for one whose deadline passes, although it is not done.
        timeout: Seconds to wait; by default without a limit.
        return_when: ``"ALL_COMPLETED"`` or ``"FIRST_COMPLETED"``.

    Returns:
        Sets of the jobs that are ``done``, with or without a result, and of those that are
        ``not_done``. It raises no error of a job, and none when the time is over.

    Raises:
        BadRequest: `return_when` is something else.
    """
    if return_when not in {ALL_COMPLETED, FIRST_COMPLETED}:
        known = f"{ALL_COMPLETED!r} or {FIRST_COMPLETED!r}"
        raise BadRequest(f"return_when={line(repr(return_when))}: expected {known}")
    awaited = set(jobs)
    with suppress(TimeoutError), line_of(awaited).shown():
        for _ in as_completed(awaited, timeout=timeout):
            if return_when == FIRST_COMPLETED:
                break
    done = {job for job in awaited if job.done()}
    return DoneAndNotDone(done, awaited - done)


class as_completed(Generic[T]):  # noqa: N801 - a function to those who use it, as in concurrent.futures
    """Yield jobs as they end. It works in ``for`` and in ``async for``.

    In ``for``, a wait of more than a second is shown, as by `Job.result`.

    Args:
        jobs: The jobs. A job whose deadline passes is yielded too, although it is not done.
        timeout: Seconds from now after which it raises `TimeoutError`; by default never. The jobs
            go on.
    """

    def __init__(self, jobs: Iterable[Job[T]], timeout: float | None = None) -> None:
        self._until = inf if timeout is None else monotonic() + timeout
        self._lock = threading.Lock()
        self._ended: deque[Job[T]] = deque()
        self._next: Future[Job[T]] = Future()
        awaited = list(jobs)
        self._total = self._left = len(awaited)
        self._line = line_of(awaited)
        for job in awaited:
            job.add_done_callback(self._put)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Job[T]:
        if not self._left:
            self._line.rest()
            raise StopIteration
        coming = self._coming()
        try:
            job = self._line.wait(coming, self._seconds())
        except TimeoutError:
            raise self._timed_out() from None
        return self._taken(job)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Job[T]:
        if not self._left:
            raise StopAsyncIteration
        coming = asyncio.wrap_future(self._coming())
        try:
            async with asyncio.timeout(self._seconds()):
                job = await coming
        except TimeoutError:
            raise self._timed_out() from None
        return self._taken(job)

    def _seconds(self) -> float | None:
        return None if self._until == inf else max(0.0, self._until - monotonic())

    def _timed_out(self) -> TimeoutError:
        return TimeoutError(f"{self._left} of {self._total} jobs are not done yet; they go on")

    def _put(self, job: Job[T]) -> None:
        with self._lock:
            self._ended.append(job)
            self._show()

    def _coming(self) -> Future[Job[T]]:
        # A new future each time, as a caller that stops awaiting cancels its future.
        with self._lock:
            self._next = Future()
            self._show()
            return self._next

    def _show(self) -> None:
        waited_for = not self._next.done()
        if self._ended and waited_for and self._next.set_running_or_notify_cancel():
            self._next.set_result(self._ended[0])

    def _taken(self, job: Job[T]) -> Job[T]:
        with self._lock:
            self._ended.remove(job)
            self._left -= 1
        return job
