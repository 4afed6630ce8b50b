"""Waits, when a client or the program ends, until all submitted requests were sent."""

import threading
from collections.abc import Callable, Iterable
from time import monotonic, sleep

from lipsync_nb import event_loop as loop
from lipsync_nb import interrupts
from lipsync_nb.engine.engine import Engine
from lipsync_nb.errors import LipSyncError
from lipsync_nb.jobs.progress import State, WaitingLine, in_kernel
from lipsync_nb.log import notify_user

QUIET_SECONDS = 1.0
"""Seconds of waiting before it is reported, and between reports."""
TICK_SECONDS = 0.05
"""Seconds between checks."""

Engines = Callable[[], Iterable[Engine]]


@interrupts.noted()
def wait_until_sent(engines: Engines) -> None:
    """Wait until all requests were sent and answered, or refused; show their number.

    It is shown as by `WaitingLine`; where there is no such line, stderr gets a line per change.

    Args:
        engines: Returns the engines that send them.

    Raises:
        LipSyncError: The event loop has ended. The text has the last number, if there is one.
    """
    left, most, reported, report_at = 0, 1, 0, monotonic() + QUIET_SECONDS
    with WaitingLine(lambda: State(_advice(left), 1 - left / most)).shown() as line:
        try:
            while left := sum(loop.run(engine.pending_submissions()) for engine in engines()):
                most = max(most, left)
                if not line.tick() and left != reported and monotonic() >= report_at:
                    notify_user(_advice(left))
                    reported, report_at = left, monotonic() + QUIET_SECONDS
                sleep(TICK_SECONDS)
        except LipSyncError as error:
            raise LipSyncError(f"{_to_be_sent(left)}: {error}" if left else str(error)) from None


class SendingAtExit:
    """Keeps the program from ending until all requests were sent.

    Python waits for a thread that is no daemon before it calls the functions of `atexit`. One of
    those may delete a temporary file that is still to be sent.

    Args:
        engines: Returns the engines that send them.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread that waits for the end, unless it runs."""
        if self._thread is None or not self._thread.is_alive():  # a forked child has no such thread
            self._thread = threading.Thread(target=self._send, name="lipsync_nb-exit")
            self._thread.start()

    def _send(self) -> None:
        threading.main_thread().join()
        if in_kernel() or interrupts.ended_program():
            return
        while others := _other_threads():  # they may submit requests
            others[0].join()
        try:
            wait_until_sent(self._engines)
        except LipSyncError as error:
            notify_user(str(error))


def _other_threads() -> list[threading.Thread]:
    """Return the threads that Python waits for before it ends."""
    ours = threading.main_thread(), threading.current_thread()
    return [each for each in threading.enumerate() if not each.daemon and each not in ours]


def _advice(left: int) -> str:
    if not left:
        return "all requests are sent"
    return f"{_to_be_sent(left)}; Ctrl-C leaves the rest unsent"


def _to_be_sent(left: int) -> str:
    what = "1 request is" if left == 1 else f"{left} requests are"
    return f"{what} still to be sent"
