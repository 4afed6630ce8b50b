"""Work beside the kernel's main thread, so that no widget waits for it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from lipsync_nb import loop
from lipsync_nb.log import log

TYPING_SECONDS = 0.3
"""How long a pause in typing must be before the text is used."""


class Debounced:
    """Runs work in a thread, a moment after the last request for it; never twice at once.

    Args:
        work: What to do; an error that it does not handle is logged.
        seconds: How long that moment is.
    """

    def __init__(self, work: Callable[[], None], seconds: float = TYPING_SECONDS) -> None:
        self._work = work
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked = 0
        self._running: Future[None] | None = None

    def ask(self) -> None:
        """Request the work; callable from any thread."""
        with self._lock:
            self._asked += 1
            if self._running is None:
                self._running = loop.spawn(self._run())

    def wait(self, seconds: float) -> None:
        """Wait until nothing is left to do."""
        with self._lock:
            running = self._running
        if running is not None:
            running.result(seconds)

    def _try(self) -> None:
        try:
            self._work()
        except loop.FAULTS:  # it must be possible to ask for it again
            log.exception("work for a widget failed")

    async def _run(self) -> None:
        done = 0
        while True:
            while done != (asked := self._asked):
                done = asked
                await asyncio.sleep(self._seconds)
            await asyncio.to_thread(self._try)
            with self._lock:
                if done == self._asked:
                    self._running = None
                    return
