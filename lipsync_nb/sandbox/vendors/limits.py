"""Rate limits: so many requests in any window of so many seconds."""

import time
from collections import deque


class Window:
    """A rate limit over a sliding window of time.

    Args:
        count: Requests allowed in the window.
        seconds: The window's length.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._times: deque[float] = deque()

    def admits(self) -> bool:
        """Whether one more request is allowed now; it is counted if so."""
        now = time.monotonic()
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        if len(self._times) >= self._count:
            return False
        self._times.append(now)
        return True
