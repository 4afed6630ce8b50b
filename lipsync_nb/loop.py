"""One event loop in one daemon thread, shared by all clients of a process.

Polling, uploads and downloads run here, whether a cell blocks or awaits. The user's own loop is
not patched.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from math import inf
from time import monotonic
from typing import Any, TypeVar

from lipsync_nb.log import log

INTERRUPT_SECONDS = 1.0
"""Longest single wait, in seconds: on Windows, an interrupt is noticed only between waits."""

FAULTS = (Exception, SystemExit, KeyboardInterrupt)
"""What a user's code may raise on the loop: callbacks, media hosts, vendors. asyncio does not catch
the last two, so they would end the loop."""

T = TypeVar("T")


class _LoopThread:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, name="lipsync_nb", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        while True:
            try:
                self.loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                log.exception("only the main thread can end the program")


_lock = threading.Lock()
_running: _LoopThread | None = None


def start() -> asyncio.AbstractEventLoop:
    """Return the loop, started if it was not yet running."""
    global _running  # noqa: PLW0603 - one for the process
    with _lock:
        if _running is None:
            _running = _LoopThread()
        return _running.loop


def spawn(coroutine: Coroutine[Any, Any, T]) -> Future[T]:
    """Run a coroutine on the loop; callable from any thread."""
    return asyncio.run_coroutine_threadsafe(coroutine, start())


def call(function: Callable[..., object], *args: Any) -> None:
    """Schedule a function on the loop; callable from any thread."""
    start().call_soon_threadsafe(function, *args)


def run(coroutine: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
    """Run a coroutine on the loop and wait for it.

    Raises:
        RuntimeError: Called on the loop's own thread, where waiting would deadlock.
    """
    try:
        refuse_on_loop()
    except RuntimeError:
        coroutine.close()
        raise
    future = spawn(coroutine)
    try:
        return wait(future, timeout)
    except BaseException:
        future.cancel()
        raise


def wait(future: Future[T], timeout: float | None = None) -> T:
    """Wait for a future in a way that the user can interrupt.

    Raises:
        TimeoutError: The future is not done within `timeout` seconds.
    """
    until = inf if timeout is None else monotonic() + timeout
    while not future.done() and (left := until - monotonic()) > 0:
        wait_for([future], min(left, INTERRUPT_SECONDS))
    return future.result(0)


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
