"""When a job is polled next: when its end is likely, and seldom while it is not."""

from math import sqrt

from lipsync_nb.engine.durations import Duration
from lipsync_nb.engine.watch import Watch
from lipsync_nb.vendors.base import Vendor

PRICE_OF_A_POLL = 0.05
"""The delay that one poll of a job is worth, in shortest intervals. By `tests/benchmarks`, jobs of
82 s that are known within 15 % are delayed by 1.4 s at 11 polls; both are less than they may be."""
UNKNOWN_INTERVALS = 1.5
"""The interval between polls where nothing is known, in shortest intervals."""
UNKNOWN_AGE_FRACTION = 1 / 300
"""The interval as a fraction of a job's age where nothing is known, if that is longer. So it is the
same for the first minutes: no job is expected to take any certain time."""
STEPS_PER_INTERVAL = 4
"""In a shortest interval, of the search for the time of the next poll."""
STEP_FRACTION = 0.03
"""Of a job's age, a longer step of the search."""
BACKOFF = 1.5
"""By what the interval grows with each failed poll."""
LONGEST_BACKOFF = 60.0
"""Longest interval after failed polls, in seconds, unless the vendor asks for more."""
CALLBACK_POLL_SECONDS = 60.0
"""Seconds between polls of a job whose vendor calls back."""
CALLBACK_LEAD_SECONDS = 30.0
"""Seconds by which a callback may precede the change of the vendor's answer to polls."""


def interval(
    watch: Watch,
    expected: Duration | None,
    now: float,
    shortest: float,
    longest: float,
    *,
    stretch: float = 1.0,
    callbacks_work: bool = False,
) -> float:
    """Return the seconds until the next poll, before jitter.

    Args:
        watch: The job.
        expected: How long it takes; ``None`` if nothing is known.
        now: The time of the monotonic clock, in seconds.
        shortest: The vendor's shortest interval, in seconds.
        longest: The vendor's longest interval, in seconds.
        stretch: By which factor there are fewer polls than were wanted, from 1 on.
        callbacks_work: Whether the vendor's callbacks arrive.
    """
    if watch.failures:
        wait = shortest * BACKOFF ** min(watch.failures - 1, 20)
        return stretch * max(shortest, min(LONGEST_BACKOFF, wait))
    if watch.calls_back and callbacks_work and now - watch.called_back_at > CALLBACK_LEAD_SECONDS:
        return max(CALLBACK_POLL_SECONDS, stretch * shortest)
    age = watch.age + now - watch.began
    if expected is not None:
        return best_interval(expected, age, shortest, longest, stretch)
    same = UNKNOWN_INTERVALS * shortest
    return stretch * min(longest, max(same, UNKNOWN_AGE_FRACTION * age))


def best_interval(
    expected: Duration, age: float, shortest: float, longest: float, stretch: float = 1.0
) -> float:
    """Return the seconds until the next poll of a job whose duration is known about.

    Polls at intervals d(t) delay a job by the mean of d(T) / 2, and the mean of their number is the
    integral of S(t) / d(t), where T is its duration, and S(t) the chance that it takes longer than
    t. With the price p of a poll, in seconds of delay, the sum is least for
    d(t) = sqrt(2 p / h(t)), where h is the hazard. The next poll is when the integral of 1 / d has
    grown by one.

    Args:
        expected: How long the job takes.
        age: How long it has taken.
        shortest: The shortest interval, in seconds.
        longest: The longest interval, in seconds.
        stretch: By which factor there are fewer polls.
    """
    price = PRICE_OF_A_POLL * shortest
    shortest, longest = stretch * shortest, stretch * longest
    left, waited = stretch, 0.0
    while waited < longest:
        step = max(shortest / STEPS_PER_INTERVAL, STEP_FRACTION * (age + waited))
        rate = sqrt(expected.hazard(age + waited + step / 2) / (2 * price))
        if rate * step >= left:
            waited += left / rate
            break
        left -= rate * step
        waited += step
    return min(longest, max(shortest, waited))


def shortest_interval(vendor: Vendor, seconds: tuple[float, float] | None) -> float:
    """Return the least seconds between two polls of a job: the vendor's own, or less if it is set.

    Args:
        vendor: The vendor.
        seconds: The shortest and longest interval that are set instead of the vendors' own.
    """
    own, _ = vendor.poll_seconds
    return min(own, seconds[0]) if seconds else own
