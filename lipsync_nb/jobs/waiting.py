"""Waits for many jobs: for all, or for each as it ends."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Generic, Self, TypeVar

from lipsync_nb import loop
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.job import Job

T = TypeVar("T")


def gather(jobs: Iterable[Job[T]], errors: str) -> list[T]:
    """Wait for many jobs; see `Client.gather`."""
    if errors == "raise":
        return [job.result() for job in jobs]
    if errors != "skip":
        raise BadRequest(f"errors={line(repr(errors))}: expected 'raise' or 'skip'")
    return [job.result() for job in jobs if job.exception() is None]


class as_completed(Generic[T]):  # noqa: N801 - a function to those who use it, as in concurrent.futures
    """Yield jobs as they end. It works in ``for`` and in ``async for``.

    Args:
        jobs: The jobs. A job whose deadline passes is yielded too, although it is not done.
    """

    def __init__(self, jobs: Iterable[Job[T]]) -> None:
        self._lock = threading.Lock()
        self._ended: deque[Job[T]] = deque()
        self._next: Future[Job[T]] = Future()
        awaited = list(jobs)
        self._left = len(awaited)
        for job in awaited:
            job.add_done_callback(self._put)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Job[T]:
        if not self._left:
            raise StopIteration
        job = loop.wait(self._coming())
        return self._taken(job)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Job[T]:
        if not self._left:
            raise StopAsyncIteration
        job = await asyncio.wrap_future(self._coming())
        return self._taken(job)

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
