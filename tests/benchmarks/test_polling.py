"""How often jobs are polled, and how long after its end a job's end is seen, in simulated time.

The poller is the package's own, on an event loop whose clock is put forward; see
`simulated_time.py`. Answers come at once. Fixed polling, as a vendor's page asks for it, is
arithmetic.
Run with ``pytest tests/benchmarks/test_polling.py``; the figures are printed.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.figures import report
from benchmarks.polling import Scenario

JOBS = 2000
FIXED = (0.5, 2.0, 5.0)
"""Seconds between polls, without jitter."""
MEDIANS = (30, 82, 300)
"""Seconds that jobs take."""
USUAL = (2.0, 30.0)
"""The shortest and longest seconds between polls of most vendors."""
SLOW = (5.0, 8.5)
"""Those of lipsync.studio."""
KNOWN = 10
"""Past jobs, from which on the limits hold."""
MOST_DELAY_S = 1.5
MOST_POLLS = 12
"""With so many past jobs of a spread of 15 %."""
FAILURES = 4
"""Polls in a row that fail."""
MOST_LOST_S = 60.0
"""What they may cost."""
MOST_OF_FIXED = 1.15
"""The delay without history, as a share of that of fixed polling with as many polls."""

Numbers = npt.NDArray[np.float64]


class Polling(NamedTuple):
    """How jobs were polled.

    Attributes:
        took: Seconds that each job took.
        polls: Its polls.
        delays: Seconds from its end until it was seen.
    """

    took: Numbers
    polls: Numbers
    delays: Numbers

    def __str__(self) -> str:
        p95 = np.percentile(self.delays, 95)
        return f"{self.polls.mean():6.1f} polls {self.delays.mean():5.2f} s, p95 {p95:5.2f} s"


@cache
def ours(
    world: str,
    median: float,
    past: int,
    seconds: tuple[float, float] = USUAL,
    failures: int = 0,
) -> Polling:
    """Poll jobs by the package, each alone, in simulated time; see `polling.py`."""
    here = Path(__file__).parent
    scenario = Scenario(world, median, past, JOBS, *seconds, failures)
    words = [json.dumps(asdict(scenario))]
    command = [sys.executable, here / "simulated_time.py", here / "polling.py", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Polling(*np.array(json.loads(done.stdout)).T)


def fixed(took: Numbers, every: float) -> Polling:
    """Poll the same jobs every few seconds."""
    polls = np.ceil(took / every)
    return Polling(took, polls, polls * every - took)


def with_as_many_polls(jobs: Polling) -> Polling:
    """Return the fixed polling of the same jobs that has as many polls, within 1 %."""
    low, high = min(FIXED) / 10, jobs.took.max()
    while high / low > 1.001:
        every = (low * high) ** 0.5
        if fixed(jobs.took, every).polls.mean() > jobs.polls.mean():
            low = every
        else:
            high = every
    return fixed(jobs.took, high)


@pytest.mark.parametrize("world", ["uniform 15 %", "normal 15 %", "by length"])
def test_with_a_history(world, benchmark):
    """Ten past jobs of a small spread are enough to be quick with few polls."""
    jobs = benchmark.pedantic(ours, args=[world, 82, KNOWN], rounds=1)

    report(benchmark, "polls per job", jobs.polls.mean(), "")
    report(benchmark, "mean delay", jobs.delays.mean(), "s")
    assert jobs.polls.mean() <= MOST_POLLS
    assert jobs.delays.mean() <= MOST_DELAY_S


@pytest.mark.parametrize("seconds", [USUAL, SLOW], ids=["from 2 s on", "from 5 s on"])
@pytest.mark.parametrize("median", MEDIANS)
def test_without_a_history(median, seconds, benchmark):
    """As quick as fixed polling with as many polls, however long jobs take."""
    args = ["log-normal 0.6", median, 0, seconds]
    jobs = benchmark.pedantic(ours, args=args, rounds=1)
    peer = with_as_many_polls(jobs)

    report(benchmark, "polls per job", jobs.polls.mean(), "")
    report(benchmark, "mean delay", jobs.delays.mean(), "s")
    report(benchmark, "mean delay of fixed polling", peer.delays.mean(), "s")
    assert peer.polls.mean() == pytest.approx(jobs.polls.mean(), rel=0.01)
    assert jobs.delays.mean() <= MOST_OF_FIXED * peer.delays.mean()


@pytest.mark.parametrize("past", [0, KNOWN])
@pytest.mark.parametrize("seconds", [USUAL, SLOW], ids=["from 2 s on", "from 5 s on"])
def test_failed_polls(seconds, past, benchmark):
    """Four in a row, just when the job has ended, cost less than a minute."""
    args = ["normal 15 %", 82, past, seconds, FAILURES]
    jobs = benchmark.pedantic(ours, args=args, rounds=1)

    report(benchmark, "mean delay", jobs.delays.mean(), "s")
    report(benchmark, "longest delay", jobs.delays.max(), "s")
    assert jobs.delays.max() < MOST_LOST_S


@pytest.mark.campaign(small=lambda world, median: median == 82)  # noqa: ARG005 - pytest names both
@pytest.mark.parametrize("median", MEDIANS)
@pytest.mark.parametrize("world", ["log-normal 0.6", "normal 15 %", "by length"])
def test_a_history_is_worth_having(world, median, figure):
    """With one, there are fewer polls than without, and the delay is less than fixed polling's."""
    jobs = {past: ours(world, median, past) for past in (0, KNOWN, 50)}
    peers = {past: with_as_many_polls(one) for past, one in jobs.items()}

    figure(f"{world}, median {median} s, {JOBS} jobs, each alone")
    for past, one in jobs.items():
        as_many = peers[past].delays.mean()
        figure(f"  {past:2d} past jobs   {one}; fixed with as many polls {as_many:.2f} s")
    for every in FIXED:
        figure(f"  every {every:3.1f} s     {fixed(jobs[0].took, every)}")
    for past in (KNOWN, 50):
        assert jobs[past].polls.mean() < 1.05 * jobs[0].polls.mean()
        assert jobs[past].delays.mean() < peers[past].delays.mean()
