"""When the next poll comes."""

import random
from math import exp
from statistics import mean

import pytest
from engine.test_poller import watch
from hypothesis import given
from hypothesis import strategies as st

from lipsync_nb.engine.durations import Duration, fitted
from lipsync_nb.engine.intervals import (
    CALLBACK_LEAD_SECONDS,
    CALLBACK_POLL_SECONDS,
    LONGEST_BACKOFF,
    best_interval,
    interval,
)

SHORTEST, LONGEST = 2.0, 30.0
JOBS = 400


def polled(took: float, expected: Duration | None) -> tuple[float, int]:
    """Poll a job that takes so many seconds; return the delay, and the number of polls."""
    age, polls = 0.0, 0
    while age < took:
        age += interval(watch(), expected, age, SHORTEST, LONGEST)
        polls += 1
    return age - took, polls


def test_without_history_the_interval_is_the_same_for_minutes():
    """Then it grows with the age of the job, up to the longest."""
    waits = [interval(watch(), None, now, SHORTEST, LONGEST) for now in (0, 80, 300, 1800, 90_000)]

    assert waits == [3, 3, 3, 6, 30]


@pytest.mark.parametrize("median", [30, 82, 300])
def test_without_history_as_many_fixed_polls_are_hardly_quicker(median):
    """At any duration, as none is presumed."""
    draw = random.Random(median)
    times = [median * exp(draw.gauss(0, 0.6)) for _ in range(JOBS)]
    ours = [polled(took, None) for took in times]
    delay, polls = (mean(column) for column in zip(*ours, strict=True))

    assert delay <= 1.15 * mean(times) / polls / 2


@pytest.mark.parametrize("kind", ["uniform", "gauss"])
def test_ten_jobs_make_polls_few_and_quick(kind):
    """Within 15 %: a delay of at most 1.5 s for at most 12 polls."""
    draw = random.Random(kind)

    def took() -> float:
        off = draw.uniform(-0.15, 0.15) if kind == "uniform" else draw.gauss(0, 0.15)
        return 82 * (1 + off)

    ours = [
        polled(took(), fitted([(None, took()) for _ in range(10)]).duration(None))
        for _ in range(JOBS)
    ]
    delay, polls = (mean(column) for column in zip(*ours, strict=True))

    assert delay <= 1.5
    assert polls <= 12


def test_intervals_are_the_same_on_any_scale_of_time():
    """A hundred times quicker jobs, polled as much more often."""
    slow, quick = Duration(82, 0.15), Duration(0.82, 0.15)

    for age in (0, 60, 80, 90, 200):
        waits = [
            best_interval(slow, age, SHORTEST, LONGEST),
            best_interval(quick, age / 100, SHORTEST / 100, LONGEST / 100),
        ]
        assert waits[0] == pytest.approx(100 * waits[1])


@given(
    median=st.floats(0.5, 1e4),
    spread=st.floats(0.05, 2),
    age=st.floats(0, 1e5),
    stretch=st.floats(1, 1000),
)
def test_intervals_keep_the_vendors_limits(median, spread, age, stretch):
    """Both grow where all jobs together want too many polls."""
    wait = best_interval(Duration(median, spread), age, SHORTEST, LONGEST, stretch)

    assert stretch * SHORTEST <= wait <= stretch * LONGEST * (1 + 1e-9)


def test_polls_are_dense_where_the_end_is_likely():
    """Long before it they are rare, and long after it they become rarer again."""
    expected = Duration(300, 0.15)
    waits = [best_interval(expected, age, SHORTEST, LONGEST) for age in (10, 290, 3000)]

    assert waits[0] == LONGEST
    assert waits[1] < waits[2] < LONGEST


def test_four_failed_polls_do_not_cost_a_minute():
    """Each failure makes the wait longer by half, up to a minute."""
    for shortest in (2.0, 5.0):
        waits = [interval(watch(failures=n), None, 100.0, shortest, 30.0) for n in (1, 2, 3, 4)]
        assert sum(waits) <= 45

    assert interval(watch(failures=20), None, 100.0, SHORTEST, LONGEST) == LONGEST_BACKOFF


def test_working_callbacks_make_looks_rare():
    """Where callbacks arrive, a job is looked at for safety only."""
    called = watch(calls_back=True)
    rare = interval(called, None, 10.0, SHORTEST, LONGEST, callbacks_work=True)

    assert rare == CALLBACK_POLL_SECONDS
    assert interval(called, None, 10.0, SHORTEST, LONGEST) < 15


def test_a_callback_may_come_before_the_vendors_own_answer_changes():
    """For a while after it, a job is polled as if there were no callbacks."""
    called = watch(calls_back=True, called_back_at=100.0)
    waits = [
        interval(called, None, now, SHORTEST, LONGEST, callbacks_work=True)
        for now in (110.0, 101.0 + CALLBACK_LEAD_SECONDS)
    ]

    assert waits == [3, CALLBACK_POLL_SECONDS]
