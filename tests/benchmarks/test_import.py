"""What ``import lipsync_nb`` costs beside the packages it cannot do without.

Run with ``pytest tests/benchmarks``; the figures are printed with the timings.
"""

import subprocess
import sys

from benchmarks.figures import report

ROUNDS = 15
MOST = 1.6
"""Times as long as ``import httpx, pydantic``."""
PROGRAM = """
from time import perf_counter
begun = perf_counter()
import {}
print(perf_counter() - begun)
"""


def seconds(names):
    """Import in a new interpreter; return the seconds."""
    command = [sys.executable, "-c", PROGRAM.format(names)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_import(benchmark):
    """At most 1.6 times as long; the least disturbed rounds are compared."""
    ours, alone = [], []

    def one_round():
        alone.append(seconds("httpx, pydantic"))
        ours.append(seconds("lipsync_nb"))

    benchmark.pedantic(one_round, rounds=ROUNDS)
    report(benchmark, "httpx, pydantic", 1e3 * min(alone), "ms")
    report(benchmark, "lipsync_nb", 1e3 * min(ours), "ms")
    report(benchmark, "ratio", min(ours) / min(alone), "x")
    assert min(ours) <= MOST * min(alone)
