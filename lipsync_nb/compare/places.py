"""Where functions run: the processes of this machine, or an executor of the user's."""

import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

IDLE_S = 60
"""Seconds until idle processes end. Starting one takes about a second, because of its imports."""
PER_THREAD = 2
"""Inputs under way per thread: one is worked on, and one waits, so that no thread does."""


class WorkerLost(Exception):
    """The worker that was to answer died, or cannot be reached. The input may be why."""


class Place(Protocol):
    """Where functions run."""

    def width(self) -> int:
        """Return how many inputs may be under way, at least one."""

    def submit(
        self,
        work: Callable[..., Any],
        key: str,
        arguments: tuple[Any, ...],
        done: Callable[[Any], None],
    ) -> Any:
        """Return the future of a call, with which ``done`` is called once there is a result."""

    def result(self, future: Any) -> Any:
        """Return the result of a future that is done, or its error."""

    def killed(self, result: object) -> bool:
        """Return whether a result says that processes died, and the input may be why."""

    def check(self) -> None:
        """Raise `LipSyncError` if nothing will be done any more."""

    def cancel(self, futures: Iterable[Any]) -> None:
        """Forget what has not begun."""

    def close(self) -> None:
        """Forget all."""


class GivenExecutor:
    """An executor of the user's, which may be of any kind, and so gets all inputs at once."""

    def __init__(self, executor: Any) -> None:
        self.executor = executor

    def width(self) -> int:
        """Return that any number may be under way."""
        return sys.maxsize

    def submit(
        self,
        work: Callable[..., T],
        _: str,
        arguments: tuple[Any, ...],
        done: Callable[[Future[T]], None],
    ) -> Future[T]:
        """Return the future of a call."""
        try:
            future: Future[T] = self.executor.submit(work, *arguments)
        except BrokenExecutor as error:  # an input before this one ended the pool
            future = failed(error)
        future.add_done_callback(done)
        return future

    def result(self, future: Future[T]) -> T | Exception:
        """Return the result of a future that is done, or its error."""
        try:
            return future.result()
        except Exception as error:  # noqa: BLE001 - any error concerns this input alone
            return error

    def killed(self, _: object) -> bool:
        """Return ``False``: if processes die, what is done is the executor's business."""
        return False

    def check(self) -> None:
        """Do nothing: such executors always answer."""

    def cancel(self, futures: Iterable[Future[Any]]) -> None:
        """Cancel what has not begun."""
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """Do nothing: an executor is kept for the next call."""


class Processes(GivenExecutor):
    """A pool with one process per processor, which is kept for the next call.

    The standard library's pool would run the user's script again in each process, and such a script
    may pay vendors.
    """

    def __init__(self) -> None:
        import loky  # noqa: PLC0415 - not needed with another executor

        self.loky = loky
        super().__init__(self._pool())

    def _pool(self) -> Executor:
        pool: Executor = self.loky.get_reusable_executor(timeout=IDLE_S, initializer=_ignore_ctrl_c)
        return pool

    def width(self) -> int:
        """Return twice the number of processes."""
        return PER_THREAD * int(self.loky.cpu_count())

    def submit(
        self,
        work: Callable[..., T],
        key: str,
        arguments: tuple[Any, ...],
        done: Callable[[Future[T]], None],
    ) -> Future[T]:
        """Return the future of a call, in a new pool if an input has ended the last one."""
        self.executor = self._pool()
        return super().submit(work, key, arguments, done)

    def killed(self, result: object) -> bool:
        """Return whether the pool died, with all that was under way."""
        return isinstance(result, BrokenExecutor)


def failed(error: Exception) -> Future[Any]:
    """Return a future with this error."""
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


def _ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the process that waits for the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
