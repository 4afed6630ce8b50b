"""What chains cost over the same jobs without inputs: 200 videos in three steps by `map`.

Run with ``pytest tests/benchmarks/test_chains.py``; the figures are printed with the timings.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import pytest
from benchmarks.figures import report
from faces import portrait, speech
from peak_memory import with_tests

import lipsync_nb as ls
from lipsync_nb.sandbox import Sandbox

ROWS = 200
ROUNDS = 2
STEPS = 3
VENDORS = ("chanjing", "lingdong")
SLOWEST = 1.5
"""Times the seconds of the same jobs without inputs."""
MOST_REQUESTS = 1.1
"""Times theirs."""
MOST_MEMORY = 40 << 20
"""More than theirs."""


class Run(NamedTuple):
    """How the jobs went.

    Attributes:
        seconds: From the first submission to the last result.
        peak: The most memory, in bytes.
        requests: To all vendors.
        paid: Submissions that were paid.
    """

    seconds: float
    peak: int
    requests: int
    paid: int


class Work:
    """Runs both ways of making the videos, each in a process of its own.

    Args:
        sandbox: Has the vendors.
        folder: The folder for all files.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self._media = [
            str(ls.still_video(portrait(folder / "face.png"), 1.0, folder / "face.mp4")),
            str(speech(folder / "speech.wav", "Hello.")),
        ]

    def run(self, way: str, rows: int) -> Run:
        """Make so many videos in one way."""
        folder = Path(mkdtemp(dir=self._folder))
        script, before = Path(__file__).with_name("chains.py"), self._counts()
        places = [str(rows), str(self._sandbox.home), str(folder)]
        command = [sys.executable, str(script), way, *places, *self._media]
        done = subprocess.run(
            command, env=with_tests(), stdout=subprocess.PIPE, text=True, check=True
        )
        seconds, peak = done.stdout.split()
        requests, paid = (now - then for now, then in zip(self._counts(), before, strict=True))
        return Run(float(seconds), int(peak), requests, paid)

    def _counts(self) -> tuple[int, int]:
        stats = [self._sandbox.stats(vendor) for vendor in VENDORS]
        return sum(each["requests"] for each in stats), sum(each["paid"] for each in stats)


@pytest.fixture
def work(tmp_path):
    """What makes videos of media that the sandbox has rendered before."""
    with Sandbox(tmp_path / "sandbox", pace=0, rates=False) as sandbox:
        work = Work(sandbox, tmp_path)
        for way in ("single", "chained"):
            work.run(way, 1)
        yield work


# What else the machine does only ever adds time: the least disturbed rounds are compared.


def test_two_hundred_videos_in_three_steps(benchmark, work):
    """At most half as long again as without inputs, with as many requests and as much memory."""
    singles: list[Run] = []
    chains: list[Run] = []

    def one_round():
        singles.append(work.run("single", ROWS))
        chains.append(work.run("chained", ROWS))

    benchmark.pedantic(one_round, rounds=ROUNDS)
    single, chained = min(singles), min(chains)

    report(benchmark, "chained", chained.seconds, "s")
    report(benchmark, "single", single.seconds, "s")
    report(benchmark, "requests, chained", chained.requests, "")
    report(benchmark, "requests, single", single.requests, "")
    report(benchmark, "memory, chained", chained.peak / (1 << 20), "MiB")
    report(benchmark, "memory, single", single.peak / (1 << 20), "MiB")
    assert chained.paid == single.paid == STEPS * ROWS
    assert chained.requests <= MOST_REQUESTS * single.requests
    assert chained.peak - single.peak <= MOST_MEMORY
    assert chained.seconds <= SLOWEST * single.seconds
