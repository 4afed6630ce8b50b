"""Polls simulated jobs, one after another; prints the polls and the delay of each.

Run as ``python simulated_time.py polling.py WORLD MEDIAN PAST JOBS SHORTEST LONGEST``. How long
jobs take is drawn from a world (see `WORLDS`) with a median in seconds; of each job so many past
ones are known, which are drawn from it too. The vendor's intervals are in seconds.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar

import httpx

from lipsync_nb.engine.durations import Duration, fitted
from lipsync_nb.engine.poller import Poller
from lipsync_nb.engine.watch import Watch
from lipsync_nb.errors import LipSyncError
from lipsync_nb.http.call import Call
from lipsync_nb.status import JobStatus, Snapshot
from lipsync_nb.vendors.base import Request, Vendor

SEED = 20
FAR = 1e9
"""Seconds until a deadline that does not matter here."""
SPEECH = (3.0, 60.0)
"""Seconds of speech, where times depend on it: from, to."""

Drawn = tuple[float | None, float]
"""Seconds of a job's speech, if they are known, and seconds that the job takes."""


def by_length(median: float) -> Drawn:
    """Draw a job whose time is a line over its speech, with noise of 15 %.

    A quarter of the median time does not depend on the speech.
    """
    length = random.uniform(*SPEECH)
    middle = sum(SPEECH) / 2
    line = median * (0.25 + 0.75 * length / middle)
    return length, line * max(0.1, random.gauss(1, 0.15))


WORLDS: dict[str, Callable[[float], Drawn]] = {
    "log-normal 0.6": lambda median: (None, median * random.lognormvariate(0, 0.6)),
    "uniform 15 %": lambda median: (None, median * random.uniform(0.85, 1.15)),
    "normal 15 %": lambda median: (None, median * max(0.1, random.gauss(1, 0.15))),
    "by length": by_length,
}
"""Each draws one job, by the median."""


class Task(Request):
    """What the simulated vendor does."""

    vendor = "simulated"


class Simulated(Vendor):
    """A vendor whose API answers at once, by the clock.

    Attributes:
        end: When the present job ends, in seconds of the monotonic clock.
        polls: The polls of the present job.
    """

    name = "simulated"
    title = "Simulated"
    kinds: ClassVar = (Task,)
    variables: ClassVar = {}
    default_base_url = "http://127.0.0.1:9/"
    rates: ClassVar = {}

    def __init__(self, shortest: float, longest: float) -> None:
        super().__init__()
        self.poll_seconds = shortest, longest  # type: ignore[misc]
        self.end, self.polls = 0.0, 0
        self.__dict__["api"] = self

    def auth(self) -> httpx.Auth:
        """Add nothing."""
        return httpx.Auth()

    async def submission(self, *_: Any) -> Call[Snapshot]:
        """Submit nothing."""
        raise AssertionError

    def poll(self, request: Any, vendor_id: str) -> Call[Snapshot]:  # noqa: ARG002 - a vendor's signature
        """Name the job in the path."""
        return Call("GET", vendor_id, lambda _: None)

    async def send(self, call: Call[Snapshot]) -> Snapshot:
        """Answer in the API's place."""
        self.polls += 1
        status = JobStatus.succeeded if monotonic() >= self.end else JobStatus.running
        return Snapshot(status, status, call.path)


def expectation(draw: Callable[[float], Drawn], median: float, past: int) -> tuple[Any, float]:
    """Return what is expected of a new job by past ones, if there are any, and its seconds."""
    known = fitted([draw(median) for _ in range(past)])
    length, took = draw(median)
    return known.duration(length) if past else None, took


async def work(
    world: str, median: str, past: str, jobs: str, shortest: str, longest: str
) -> None:
    """Follow the jobs, each alone."""
    random.seed(SEED)
    vendor, expected = Simulated(float(shortest), float(longest)), None

    async def seen(*_: Snapshot | LipSyncError | str) -> None:
        return None

    def known(_: str) -> Duration | None:
        return expected

    poller = Poller(on_snapshot=seen, on_error=seen, expected=known)
    running = asyncio.create_task(poller.run())
    polls, delays = [], []
    for number in range(int(jobs)):
        expected, took = expectation(WORLDS[world], float(median), int(past))
        vendor.end, vendor.polls = monotonic() + took, 0
        ended = asyncio.get_running_loop().create_future()
        name = f"j{number}"
        watch = Watch(
            name, vendor, Task.model_construct(), name, monotonic() + FAR, False, ended
        )
        await poller.follow(watch)
        polls.append(vendor.polls)
        delays.append(monotonic() - vendor.end)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    json.dump({"polls": polls, "delays": delays}, sys.stdout)
