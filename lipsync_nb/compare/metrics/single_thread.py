"""Keep OpenCV and numpy to one thread while videos are measured, several at once in processes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from threadpoolctl import threadpool_limits


class _SingleThread:
    """Count the users of the limit, because OpenCV's and numpy's settings are process-wide."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = self.before = 0

    def enter(self) -> None:
        with self.lock:
            if self.users == 0:
                self.before = cv2.getNumThreads()
                cv2.setNumThreads(1)
                self.limits = threadpool_limits(1, user_api="blas")
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if self.users == 0:
                cv2.setNumThreads(self.before)
                self.limits.restore_original_limits()


_single_thread = _SingleThread()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenCV and numpy to one thread; this also makes results reproducible."""
    _single_thread.enter()
    try:
        yield
    finally:
        _single_thread.leave()
