"""One event loop in one daemon thread, shared by all clients of a process.

Polling, uploads and downloads run here, whether a cell blocks or awaits. The user's own loop is
not patched.
"""

import asyncio
import os
import selectors
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakSet

from lipsync_nb.errors import LipSyncError
from lipsync_nb.log import log
from lipsync_nb.threads import Workers, take

WORKERS = 8
"""Threads for what would block the loop: looking up hosts, reading files."""

FAULTS = (Exception, SystemExit, KeyboardInterrupt)
"""What a user's code may raise on the loop: callbacks, media hosts, vendors. asyncio does not catch
the last two, so they would end the loop."""

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Reports what came while the process was stopped, before a timeout ends the wait for it.

    When a stopped process continues, the system's call ends early, without what has arrived.
    """

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout) or super().select(0)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()  # it waits in another way
    return asyncio.SelectorEventLoop(_Selector())


class _LoopThread:
    """The loop and its thread.

    Attributes:
        end: Why the thread has ended; ``None`` while it runs.
        promised: Futures that get an error if the thread ends.
        waiting: Where those who wait are told that the thread has ended.
    """

    def __init__(self) -> None:
        self.loop = _new_loop()
        self.loop.set_default_executor(Workers(WORKERS, "lipsync_nb-worker"))
        self.end: str | None = None
        self.promised: WeakSet[Future[Any]] = WeakSet()
        self.waiting: set[SimpleQueue[Any]] = set()
        self.thread = threading.Thread(target=self._run, name="lipsync_nb", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            while True:
                try:
                    self.loop.run_forever()
                except (SystemExit, KeyboardInterrupt):
                    log.exception("only the main thread can end the program")
        except BaseException as error:  # noqa: BLE001 - the thread ends, whatever it is
            log.exception("lipsync_nb's event loop has ended")
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        with _lock:
            self.end = (
                f"lipsync_nb's event loop has ended ({type(error).__name__}: {error}); restart "
                "the kernel, and a new client continues the jobs"
            )
            promised, waiting = list(self.promised), list(self.waiting)
        for future in promised:
            with suppress(InvalidStateError):  # it has its result
                future.set_exception(LipSyncError(self.end))
        for queue in waiting:
            queue.put(None)

    def refuse_ended(self) -> None:
        """Raise `LipSyncError` if the thread has ended."""
        if self.end is not None:
            raise LipSyncError(self.end)


_lock = threading.Lock()
_running: _LoopThread | None = None


def start() -> asyncio.AbstractEventLoop:
    """Return the loop, started if it was not yet running.

    Raises:
        LipSyncError: Its thread has ended.
    """
    with _lock:
        return _started().loop


def _started() -> _LoopThread:
    global _running  # noqa: PLW0603 - one for the process
    if _running is None:
        _running = _LoopThread()
    _running.refuse_ended()
    return _running


def spawn(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Run a coroutine on the loop; callable from any thread.

    Raises:
        LipSyncError: The loop's thread has ended. If it ends later, the future has this error.
    """
    try:
        with _lock:
            running = _started()
            future = asyncio.run_coroutine_threadsafe(coroutine, running.loop)
            running.promised.add(future)
    except LipSyncError:
        coroutine.close()
        raise
    return future


def promise() -> Future[Any]:
    """Return a future that code on the loop completes.

    Raises:
        LipSyncError: The loop's thread has ended. If it ends later, the future has this error.
    """
    future: Future[Any] = Future()
    with _lock:
        _started().promised.add(future)
    return future


def call(function: Callable[..., object], *args: Any) -> None:
    """Schedule a function on the loop; callable from any thread.

    Raises:
        LipSyncError: The loop's thread has ended.
    """
    start().call_soon_threadsafe(function, *args)


def run(coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
    """Run a coroutine on the loop and wait for it. Ctrl-C cancels it.

    Raises:
        RuntimeError: Called on the loop's own thread, where waiting would deadlock.
    """
    future = _spawned(coroutine)
    try:
        return wait(future, timeout)
    except BaseException:
        with suppress(LipSyncError):
            call(future.cancel)
        raise


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the loop and wait for it. It goes on after Ctrl-C.

    This is for changes of jobs, which must reach both the ledger and the records in memory.

    Raises:
        RuntimeError: Called on the loop's own thread, where waiting would deadlock.
    """
    return wait(_spawned(coroutine))


def _spawned(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    try:
        refuse_on_loop()
    except RuntimeError:
        coroutine.close()
        raise
    return spawn(coroutine)


def wait(
    future: Future[T],
    timeout: float | None = None,
    *,
    tick: Callable[[], object] | None = None,
    every: float = inf,
) -> T:
    """Wait for a future in a way that the user can interrupt.

    Args:
        future: The future.
        timeout: Seconds to wait; by default without a limit.
        tick: Called meanwhile, on this thread.
        every: Seconds between these calls, and before the first.

    Raises:
        TimeoutError: The future is not done within `timeout` seconds.
        LipSyncError: The loop's thread has ended.
    """
    if is_here():
        return future.result(0)
    done: SimpleQueue[Any] = SimpleQueue()
    with _lock:
        running = _started()
        running.waiting.add(done)
    # On the loop, as Ctrl-C must not leave the future's lock locked; see `Workers.run`.
    running.loop.call_soon_threadsafe(future.add_done_callback, done.put)
    until = inf if timeout is None else monotonic() + timeout
    try:
        while not _came(done, min(every, until - monotonic())) and monotonic() < until:
            if tick is not None:
                tick()
    finally:
        running.waiting.discard(done)
    if not future.done():
        running.refuse_ended()
    return future.result(0)


def _came(queue: "SimpleQueue[Any]", seconds: float) -> bool:
    try:
        take(queue, seconds)
    except Empty:
        return False
    return True


def is_here() -> bool:
    """Return whether the caller runs on the loop's own thread, as callbacks do."""
    return _running is not None and threading.current_thread() is _running.thread


def refuse_on_loop() -> None:
    """Raise `RuntimeError` on the loop's own thread, where waiting would deadlock."""
    if is_here():
        raise RuntimeError("waiting here would stop lipsync_nb's own event loop: await instead")


def allow_nested_loops() -> None:
    """Let this notebook's own cells call ``asyncio.run(...)``.

    Nothing in this package needs it. It patches the running loop with nest_asyncio2.

    Raises:
        RuntimeError: The running loop is uvloop's, which cannot be patched.
    """
    import nest_asyncio2  # noqa: PLC0415 - seldom needed

    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if running is not None and type(running).__module__.startswith("uvloop"):
        raise RuntimeError("uvloop cannot be nested; start the kernel with asyncio's own loop")
    nest_asyncio2.apply()


def _forget() -> None:
    """Forget the loop in a forked child, which has no such thread."""
    global _running, _lock
    _running, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
