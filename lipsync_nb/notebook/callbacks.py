"""Callbacks of widgets: their errors are shown, and slow ones run in another thread."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import wraps
from typing import Any

from lipsync_nb import event_loop as loop
from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.log import log

TYPING_SECONDS = 0.3
"""The pause in typing after which the text is used."""


def showing_errors(
    function: Callable[..., object], show: Callable[[str], object]
) -> Callable[..., None]:
    """Return a callback that shows and logs its errors, which widgets would drop.

    Args:
        function: What to do.
        show: Shows an error's text to the user.

    Raises:
        TypeError: The function is a coroutine function, which a widget would never run.
    """
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__name__}: widgets do not run coroutine functions")

    @wraps(function)
    def call(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
        except LipSyncError as error:
            show(str(error))
        except Exception as error:  # noqa: BLE001 - it is shown, and logged
            log.exception("a callback failed")
            show(f"This did not work ({type(error).__name__}: {error}).")

    return call


class Once:
    """Lets one call in at a time, and refuses others: ``with once: …``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise BadRequest("this is being done already; wait for its end")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def in_thread(
    work: Callable[[], object], refused: Callable[[str], object], ended: Callable[[], object]
) -> None:
    """Do work in a thread of its own, so that the kernel goes on.

    Args:
        work: What to do.
        refused: Shows an error's text to the user.
        ended: Called at the end.
    """

    def run() -> None:
        try:
            showing_errors(work, refused)()
        finally:
            ended()

    threading.Thread(target=run, name="lipsync_nb-form", daemon=True).start()


class Debounced:
    """Runs work in a thread, a moment after the last request for it, and never twice at once.

    Args:
        work: What to do. An error that it does not handle is logged.
        seconds: How long that moment is.
    """

    def __init__(self, work: Callable[[], None], seconds: float = TYPING_SECONDS) -> None:
        self._work = work
        self._seconds = seconds
        self._lock = threading.Lock()
        self._requests = 0
        self._running: Future[None] | None = None

    def request(self) -> None:
        """Request the work; callable from any thread."""
        with self._lock:
            self._requests += 1
            if self._running is None:
                self._running = loop.spawn(self._run())

    def wait(self, seconds: float) -> None:
        """Wait until nothing is left to do.

        Args:
            seconds: The longest wait.
        """
        with self._lock:
            running = self._running
        if running is not None:
            running.result(seconds)

    def _try(self) -> None:
        try:
            self._work()
        except loop.FAULTS:  # so that the work can be requested again
            log.exception("work for a widget failed")

    async def _run(self) -> None:
        done = 0
        while True:
            while done != (requested := self._requests):
                done = requested
                await asyncio.sleep(self._seconds)
            await asyncio.to_thread(self._try)
            with self._lock:
                if done == self._requests:
                    self._running = None
                    return
