"""The interval of 80 % is as wide as it must be, also for vendors that are very regular."""

import random
from math import exp

import pytest

from lipsync_nb.engine.durations import fitted

HELD_BACK = 400
MARGIN = 0.04
"""Two standard errors of so many jobs."""


@pytest.mark.parametrize(("spread", "count"), [(0.01, 50), (0.05, 10), (0.05, 20), (0.15, 8)])
@pytest.mark.parametrize("per_second", [0.0, 2.0])
def test_intervals_hold_70_to_90_percent(spread, count, per_second):
    """Of jobs that were held back, with times that depend on the speech and that do not."""
    draw = random.Random(f"{spread} {count} {per_second}")

    def job() -> tuple[float, float]:
        length = draw.uniform(3, 60)
        return length, (20 + per_second * length) * exp(draw.gauss(0, spread))

    inside = 0
    for _ in range(HELD_BACK):
        known = fitted([job() for _ in range(count)])
        length, took = job()
        expected = known.duration(length)
        inside += expected.quantile(0.1) <= took <= expected.quantile(0.9)

    assert 0.7 - MARGIN <= inside / HELD_BACK <= 0.9 + MARGIN
