"""How long jobs take: the distribution, and its fit to jobs that have ended."""

import random
from math import exp, inf, isfinite

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lipsync_nb.engine.durations import PRIOR, Duration, fitted

SECONDS = st.floats(0.1, 1e5)
SPREADS = st.floats(0.02, 3.0)
SHARES = st.floats(0.0, 0.99)
HELD_BACK = 1_000

SHAPES = {
    "log-normal": lambda draw: (None, 82 * exp(draw.gauss(0, 0.6))),
    "normal, 15 %": lambda draw: (None, 82 * (1 + draw.gauss(0, 0.15))),
    "uniform, 15 %": lambda draw: (None, 82 * (1 + draw.uniform(-0.15, 0.15))),
    "by length": lambda draw: by_length(draw, draw.uniform(3, 60)),
    "one in ten far off": lambda draw: (
        None,
        82 * exp(draw.gauss(0, 0.15)) * (20 if draw.random() < 0.1 else 1),
    ),
}
"""How the jobs of a vendor may take their time."""


def by_length(draw: random.Random, length: float) -> tuple[float, float]:
    """Return a job that takes 20 s, and 2 s for each second of speech, give or take 15 %."""
    return length, (20 + 2 * length) * exp(draw.gauss(0, 0.15))


@given(median=SECONDS, spread=SPREADS, share=SHARES, after=st.floats(0, 1e6))
def test_a_quantile_is_after_the_age_and_grows_with_the_share(median, spread, share, after):
    """What is left is never negative, at any age."""
    duration = Duration(median, spread)

    quantile = duration.quantile(share, after)

    assert isfinite(quantile)
    assert after <= quantile <= duration.quantile((1 + share) / 2, after)


@given(median=SECONDS, spread=SPREADS)
def test_80_percent_lie_within_the_spread(median, spread):
    """And half below the median."""
    duration = Duration(median, spread)

    assert duration.quantile(0.5) == pytest.approx(median)
    assert duration.quantile(0.1) == pytest.approx(median / exp(spread), rel=0.1)
    assert duration.quantile(0.9) == pytest.approx(median * exp(spread), rel=0.1)


@given(median=st.floats(1, 1e4), spread=st.floats(0.1, 2), age=st.floats(0.1, 1e4))
def test_the_hazard_is_the_chance_of_the_next_moment(median, spread, age):
    """It is what the quantiles say of a short time."""
    duration, moment = Duration(median, spread), 1e-4 * age
    share = duration.hazard(age) * moment
    assume(share > 1e-11)  # otherwise a float cannot tell the two ages apart

    assert duration.quantile(share, age) - age == pytest.approx(moment, rel=0.02)


@given(median=SECONDS, spread=SPREADS, start=SECONDS, age=SECONDS)
def test_a_duration_that_starts_later_is_the_same_shifted(median, spread, start, age):
    """Before its start nothing ends."""
    later = Duration(median, spread, start)

    assert later.hazard(start / 2) == 0
    assert later.quantile(0.5, 0) == pytest.approx(start + median)
    assert later.hazard(start + age) == pytest.approx(
        Duration(median, spread).hazard(start + age - start)
    )


def test_a_job_that_is_long_overdue_is_not_expected_at_any_moment():
    """The longer it has taken, the more is left, however alike earlier jobs were."""
    alike = Duration(82, 0.05)
    left = [alike.quantile(0.5, age) - age for age in (81, 200, 1000)]

    assert left[0] < 5
    assert 60 < left[1] < left[2]


def test_two_estimates_lie_between_them_and_are_surer_than_either():
    """The surer one counts more."""
    sure, vague = Duration(100, 0.1), Duration(400, 1.0)

    both = sure.combined(vague)

    assert 100 < both.median < 105
    assert both.spread < 0.1


@pytest.mark.parametrize("count", [5, 10, 20, 50])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_80_percent_interval_holds_70_to_90_percent(shape, count):
    """Of jobs that were held back, whatever their shape, from five jobs on."""
    draw = random.Random(f"{shape} {count}")
    inside = 0
    for _ in range(HELD_BACK):
        jobs = [SHAPES[shape](draw) for _ in range(count)]
        length, took = SHAPES[shape](draw)
        duration = fitted(jobs).duration(length)
        inside += duration.quantile(0.1) <= took <= duration.quantile(0.9)

    assert 0.68 <= inside / HELD_BACK <= 0.92  # 70 to 90 %, and two standard errors


def test_the_length_of_speech_is_learned():
    """A job of twice the length is expected to take as much longer as such jobs took."""
    draw = random.Random(0)
    fit = fitted([by_length(draw, draw.uniform(3, 60)) for _ in range(50)])

    assert fit.duration(10).median == pytest.approx(40, rel=0.15)
    assert fit.duration(60).median == pytest.approx(140, rel=0.15)


def test_a_fifth_of_the_jobs_may_be_far_off():
    """As those that ended while nobody looked."""
    usual = [(float(n), 20.0 + 2 * n) for n in range(1, 21)]
    forgotten = [(float(n), 40_000.0) for n in range(3, 21, 5)]

    fit = fitted([*usual, *forgotten])

    assert fit.duration(10).median == pytest.approx(40, rel=0.1)


@given(
    st.lists(st.tuples(st.none() | st.floats(0.01, 1e4), st.floats(0.001, 1e6)), max_size=60),
    st.none() | st.floats(0.01, 1e4),
)
def test_any_jobs_give_an_estimate(jobs, length):
    """A finite one, above 0."""
    duration = fitted(jobs).duration(length)

    assert 0 < duration.median < inf
    assert 0 < duration.spread < inf


def test_without_jobs_the_guess_is_wide():
    """From a few seconds to minutes."""
    guess = PRIOR.duration(None)

    assert guess.quantile(0.9) / guess.quantile(0.1) == pytest.approx(25)
