"""Keeps requests within a vendor's documented rates."""

import asyncio
from collections import deque
from dataclasses import dataclass

MARGIN = 1.03
"""Factor of each period, as some requests take longer to arrive than others."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` requests in any period of ``seconds``."""

    count: int
    seconds: float


class Limiter:
    """A queue for one kind of request, in the order of arrival.

    It measures time by the event loop's clock.
    """

    def __init__(self, rate: Rate | None = None) -> None:
        self._rate = rate
        self._sent: deque[float] = deque()
        self._paused_until = 0.0
        self._turn = asyncio.Lock()

    async def slot(self) -> None:
        """Wait until one more request may be sent."""
        clock = asyncio.get_running_loop().time
        if self._rate is None and clock() >= self._paused_until:
            return
        async with self._turn:
            while (wait := self._wait(clock())) > 0:  # noqa: ASYNC110 - the end is a known time
                await asyncio.sleep(wait)
            if self._rate is not None:
                self._sent.append(clock())

    def pause(self, seconds: float) -> None:
        """Send nothing for some seconds, after the vendor refused too many requests."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    def _wait(self, now: float) -> float:
        wait = self._paused_until - now
        if self._rate is None:
            return wait
        period = MARGIN * self._rate.seconds
        while self._sent and self._sent[0] <= now - period:
            self._sent.popleft()
        if len(self._sent) >= self._rate.count:
            wait = max(wait, self._sent[0] + period - now)
        return wait
