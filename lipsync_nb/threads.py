"""Threads that take work until the process ends, and waiting that Ctrl-C interrupts.

The executors of `concurrent.futures` take no work once the main thread has ended, and some versions
of Python cannot start a thread then. At that time the last requests are still to be sent.
"""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from time import monotonic
from typing import Any, ParamSpec, TypeVar
from weakref import finalize

from lipsync_nb import interrupts

INTERRUPT_SECONDS = 1.0
"""Longest single wait, in seconds: on Windows, an interrupt is noticed only between waits."""

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[[], object]


class ThreadsEnded(RuntimeError):
    """The threads take no work: they were shut down, or belong to the parent of a forked child."""


class Workers(ThreadPoolExecutor):
    """Daemon threads, which are started at once.

    It is a `ThreadPoolExecutor` by its type only, as asyncio accepts no other executor.

    Args:
        count: The number of threads.
        name: The beginning of their names.
    """

    def __init__(self, count: int, name: str) -> None:
        super().__init__(count, name)
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._lock = Lock()
        self._ended = False
        self._workers = [
            Thread(target=_work, args=(self._queue,), name=f"{name}-{number}", daemon=True)
            for number in range(count)
        ]
        for worker in self._workers:
            worker.start()
        finalize(self, _end, self._queue, count).atexit = False

    def is_here(self) -> bool:
        """Return whether the caller runs on one of the threads."""
        return current_thread() in self._workers

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a thread call a function.

        Raises:
            ThreadsEnded: The threads take no work.
        """
        future: Future[T] = Future()
        self._put(partial(_answer, future, partial(fn, *args, **kwargs)))
        return future

    def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Have a thread call a function, and wait for it. Its own threads call it at once.

        Ctrl-C interrupts the wait. A function that has begun goes on, as if it was not interrupted.

        Raises:
            ThreadsEnded: The threads take no work.
        """
        if self.is_here():
            return function(*args, **kwargs)
        wanted = True

        def work() -> T:
            if not wanted:
                raise CancelledError
            return function(*args, **kwargs)

        # A future's own lock would stay locked if Ctrl-C came while the main thread takes it.
        # So the main thread does not touch the future until it is done.
        future: Future[T] = Future()
        done: SimpleQueue[Future[T]] = SimpleQueue()
        future.add_done_callback(done.put)
        self._put(partial(_answer, future, work))
        try:
            return take(done).result()
        finally:
            wanted = False

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the base's signature
        """Take no more work; the threads end after the work that was submitted."""
        with self._lock:
            self._ended = True
            _end(self._queue, len(self._workers))
        if wait:
            for worker in self._workers:
                worker.join()

    def _put(self, work: Work) -> None:
        if self._workers[0].is_alive():  # in a forked child, nobody would release the lock
            with self._lock:
                if not self._ended:
                    self._queue.put(work)
                    return
        raise ThreadsEnded("these threads take no more work")


@interrupts.noted()
def take(queue: "SimpleQueue[T]", timeout: float = inf) -> T:
    """Wait for an item in a way that Ctrl-C interrupts.

    Raises:
        queue.Empty: None came within `timeout` seconds.
    """
    until = monotonic() + timeout
    while True:
        left = until - monotonic()
        try:
            return queue.get(timeout=max(0.0, min(left, INTERRUPT_SECONDS)))
        except Empty:
            if left <= INTERRUPT_SECONDS:
                raise


def _work(queue: "SimpleQueue[Work | None]") -> None:
    while (work := queue.get()) is not None:
        work()
        del work  # what it holds is not kept until the next work comes


def _answer(future: "Future[Any]", work: Work) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
        future.set_exception(error)


def _end(queue: "SimpleQueue[Work | None]", count: int) -> None:
    for _ in range(count):
        queue.put(None)
