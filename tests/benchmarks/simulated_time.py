"""Runs a script in simulated time: where the event loop would wait, its clock is put forward.

Run as ``python simulated_time.py SCRIPT ARGUMENTS``. The script has a coroutine function ``work``,
which gets the arguments. This is a process of its own, as ``time.monotonic`` is replaced before
anything else is imported that takes it from there; the code that is run is as it always is.
"""

import asyncio
import runpy
import selectors
import sys
import time


class Clock:
    """A monotonic clock that stands still while code runs."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Return the simulated time, in seconds."""
        return self.now

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return an event loop that lives in this time."""
        return asyncio.SelectorEventLoop(_Selector(self))


class _Selector(selectors.SelectSelector):
    """Puts the clock forward instead of waiting."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is scheduled, so that no time would ever come")
        self._clock.now += max(0.0, timeout)
        return super().select(0)


def main(script: str, *arguments: str) -> None:
    """Run a script's work."""
    clock = Clock()
    time.monotonic = clock.monotonic
    work = runpy.run_path(script)["work"]
    with asyncio.Runner(loop_factory=clock.loop) as runner:
        runner.run(work(*arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
