"""Polls simulated jobs, one after another; prints the seconds, polls and delay of each.

Run as ``python simulated_time.py polling.py SCENARIO``, which is the JSON of a `Scenario`.
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar

import httpx

from lipsync_nb.engine.durations import Duration, fitted
from lipsync_nb.engine.poller import Poller
from lipsync_nb.engine.watch import Watch
from lipsync_nb.errors import ServerError
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


@dataclass(frozen=True)
class Scenario:
    """Which jobs are polled.

    Attributes:
        world: Of `WORLDS`, from which jobs are drawn: how long they take.
        median: Of the seconds that they take.
        past: Of how many past jobs it is known how long they took; they are drawn anew for each
            job.
        jobs: Their number.
        shortest: The vendor's shortest interval, in seconds.
        longest: The vendor's longest interval, in seconds.
        failures: How many polls fail after a job's end.
    """

    world: str
    median: float
    past: int
    jobs: int
    shortest: float
    longest: float
    failures: int


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
        failing: How many of its polls are still to fail after its end.
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
        self.end, self.polls, self.failing = 0.0, 0, 0
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
        if monotonic() < self.end:
            status = JobStatus.running
        elif self.failing:
            self.failing -= 1
            raise ServerError("HTTP 500", code=500)
        else:
            status = JobStatus.succeeded
        return Snapshot(status, status, call.path)


def expectation(of: Scenario) -> tuple[Duration | None, float]:
    """Return what is expected of a new job by past ones, if there are any, and its seconds."""
    draw = WORLDS[of.world]
    known = fitted([draw(of.median) for _ in range(of.past)])
    length, took = draw(of.median)
    return known.duration(length) if of.past else None, took


class Work:
    """Follows simulated jobs by the package's poller, each alone."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._vendor = Simulated(scenario.shortest, scenario.longest)
        self._expected: Duration | None = None
        self._poller = Poller(
            on_snapshot=self._seen, on_error=self._seen, expected=lambda _: self._expected
        )

    async def _seen(self, *_: object) -> None:
        """Do nothing: the poller knows what it has seen."""

    async def all(self) -> list[tuple[float, int, float]]:
        """Return by job its seconds, its polls, and the seconds until its end was seen."""
        running = asyncio.create_task(self._poller.run())
        followed = [await self._one(f"j{number}") for number in range(self._scenario.jobs)]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return followed

    async def _one(self, name: str) -> tuple[float, int, float]:
        vendor, here = self._vendor, asyncio.get_running_loop()
        self._expected, took = expectation(self._scenario)
        vendor.end, vendor.polls = monotonic() + took, 0
        vendor.failing = self._scenario.failures
        watch = Watch(
            job_id=name,
            vendor=vendor,
            request=Task.model_construct(),
            vendor_id=name,
            deadline=monotonic() + FAR,
            calls_back=False,
            ended=here.create_future(),
        )
        await self._poller.follow(watch)
        return took, vendor.polls, monotonic() - vendor.end


async def work(scenario: str) -> None:
    """Follow the jobs, and print what was seen."""
    random.seed(SEED)
    seen = await Work(Scenario(**json.loads(scenario))).all()
    json.dump(seen, sys.stdout)
