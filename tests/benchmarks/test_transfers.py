"""How fast large files move, and how much memory that takes, beside httpx's own streaming.

Run with ``pytest tests/benchmarks``; the figures are printed with the timings.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from benchmarks import peer
from benchmarks.figures import report
from peak_memory import with_tests

MIB = 1 << 20
SIZE = 512 * MIB
ROUNDS = 7
SLOWEST = 0.9
"""Of httpx's own speed."""
MOST_MEMORY = 40 * MIB
"""More than httpx alone has."""


class Transfer(NamedTuple):
    """How a transfer was."""

    seconds: float
    peak: int


@pytest.fixture(scope="module")
def url():
    """A server's URL."""
    with peer.running() as url:
        yield url


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file to send."""
    path = tmp_path_factory.mktemp("large") / "video.mp4"
    with path.open("wb") as file:
        for _ in range(SIZE // MIB):
            file.write(bytes(MIB))
    return path


def transfer(whose, way, url, path):
    """Transfer a file in a process of its own."""
    script = Path(__file__).with_name("transfers.py")
    command = [sys.executable, script, whose, way, url, path]
    done = subprocess.run(command, env=with_tests(), capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return Transfer(float(seconds), int(peak))


# What else the machine does only ever adds time: the least disturbed rounds are compared.


def compare(benchmark, way, url, path):
    """Transfer in turns; check the fastest of each."""
    ours, alone = [], []

    def one_round():
        alone.append(transfer("alone", way, url, path))
        ours.append(transfer("ours", way, url, path))
        if way == "down":
            assert path.stat().st_size == SIZE
            path.unlink()

    benchmark.pedantic(one_round, rounds=ROUNDS)
    fastest, rival = min(ours), min(alone)
    more = min(each.peak for each in ours) - min(each.peak for each in alone)
    report(benchmark, "alone", SIZE / MIB / rival.seconds, "MiB/s")
    report(benchmark, "of its speed", 100 * rival.seconds / fastest.seconds, "%")
    report(benchmark, "more memory", more / MIB, "MiB")
    assert rival.seconds / fastest.seconds >= SLOWEST
    assert more <= MOST_MEMORY


def test_upload(benchmark, url, file):
    """512 MiB go up nearly as fast as by httpx alone, and are never in memory."""
    compare(benchmark, "up", f"{url}/sink", file)


@pytest.fixture
def folder(tmp_path):
    """A folder in memory, where there is such: disks write when they like."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def test_download(benchmark, url, folder):
    """So they come down."""
    compare(benchmark, "down", f"{url}/file/{SIZE}", folder / "video.mp4")
