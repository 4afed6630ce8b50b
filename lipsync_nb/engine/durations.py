"""How long a job takes: a distribution, and its fit to the jobs of a vendor that have ended.

The time T of a job is log-logistic, P(T > t) = 1 / (1 + (t / median) ** k), but for a few jobs that
have a much wider spread. So a job that is long overdue is not expected at any moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log, sqrt
from statistics import median

PRIOR_BASE = 30.0
"""Seconds that a job takes besides its speech, where no job has ended yet. Vendors publish no
figures, so that it is a guess, with a spread to match."""
PRIOR_PER_SECOND = 1.5
"""Seconds for each second of speech, likewise."""
PRIOR_SPEECH = 20.0
"""Seconds of speech, where its length is not known either."""
PRIOR_SPREAD = log(5.0)
"""That of the guess: 80 % of jobs are expected within a factor of 5."""
USUAL_SPREAD = 0.3
"""The spread of a vendor's jobs before their number tells it."""
USUAL_WEIGHT = 0.5
"""To how many jobs `USUAL_SPREAD` is equal in weight, divided by the number of jobs that are known.
Thus the intervals of vendors that are as regular as a clock become narrow, too."""
TELLING = 5
"""Number of jobs, of different lengths, from which on the length is taken into account."""
RARE = 0.02
"""The share of jobs that have the wider spread."""
RARE_SPREAD = log(5.0)
"""Their spread."""
BISECTIONS = 40
"""Of the search for a quantile."""
LEAST_SECONDS = 0.001
"""No job takes less."""
MOST = 500.0
"""Largest exponent, far from those that a float cannot hold."""
LN9 = log(9.0)
"""A log-logistic distribution has 80 % of its mass from median / 9 ** (1 / k) to
median * 9 ** (1 / k)."""


@dataclass(frozen=True, slots=True)
class Duration:
    """The distribution of the seconds that a job takes.

    Attributes:
        median: In seconds.
        spread: Such that, of all but a few, 80 % take from ``median / exp(spread)`` to
            ``median * exp(spread)``.
        start: Seconds that pass for certain before these.
    """

    median: float
    spread: float
    start: float = 0.0

    def hazard(self, seconds: float) -> float:
        """Return the chance per second that a job ends, if it has not ended after `seconds`."""
        if (since := seconds - self.start) <= 0:
            return 0.0
        ends, lasts = 0.0, 0.0
        for weight, power in self._parts():
            odds = self._odds(since, power)
            survival = weight / (1 + odds)
            ends += survival * power / since * odds / (1 + odds)
            lasts += survival
        return ends / lasts

    def quantile(self, share: float, after: float = 0.0) -> float:
        """Return the time after which a share of the jobs have ended.

        Args:
            share: From 0 to below 1.
            after: Only jobs are counted that have not ended after so many seconds.
        """
        age = max(after - self.start, 0.0)
        wanted = (1 - share) * self._survival(age)
        each = [self._quantile(share, age, power) for _, power in self._parts()]
        low, high = min(each), max(each)
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._survival(middle) > wanted else (low, middle)
        return max(self.start + high, after)

    def _parts(self) -> tuple[tuple[float, float], ...]:
        """Return the shares of the two kinds of jobs, and the exponent k of each."""
        wide = max(self.spread, RARE_SPREAD)
        return (1 - RARE, LN9 / self.spread), (RARE, LN9 / wide)

    def _survival(self, seconds: float) -> float:
        return sum(weight / (1 + self._odds(seconds, power)) for weight, power in self._parts())

    def _quantile(self, share: float, age: float, power: float) -> float:
        """Return the quantile of jobs of one kind; see `quantile`."""
        ended = (1 + self._odds(age, power)) / (1 - share) - 1
        return self.median * exp(log(ended) / power) if ended > 0 else age

    def _odds(self, seconds: float, power: float) -> float:
        """Return the odds that a job has ended within `seconds`."""
        return 0.0 if seconds <= 0 else exp(min(power * log(seconds / self.median), MOST))

    def combined(self, other: "Duration") -> "Duration":
        """Return what two independent estimates say together. The more certain one counts more.

        Both have no `start`.
        """
        own, others = self.spread**-2, other.spread**-2
        middle = (own * log(self.median) + others * log(other.median)) / (own + others)
        return Duration(exp(middle), (own + others) ** -0.5)


@dataclass(frozen=True, slots=True)
class Fit:
    """The time as a line over the length of speech, ``base + per_second * length``.

    Attributes:
        overall: How long a job takes whose length of speech is not known.
        base: In seconds.
        per_second: Seconds for each second of speech.
        spread: Around the line; see `Duration`.
        count: Of how many jobs it was computed.
    """

    overall: Duration
    base: float
    per_second: float
    spread: float
    count: int

    def duration(self, length: float | None) -> Duration:
        """Return how long a job takes.

        Args:
            length: Of its speech, in seconds; ``None`` if it is not known.
        """
        if length is None:
            return self.overall
        return Duration(max(LEAST_SECONDS, self.base + self.per_second * length), self.spread)


PRIOR = Fit(
    Duration(PRIOR_BASE + PRIOR_PER_SECOND * PRIOR_SPEECH, PRIOR_SPREAD),
    PRIOR_BASE,
    PRIOR_PER_SECOND,
    PRIOR_SPREAD,
    count=0,
)
"""Where no job has ended yet."""


def fitted(jobs: Sequence[tuple[float | None, float]]) -> Fit:
    """Return the fit of jobs that have ended. A fifth of them may be far off.

    The line is that of Theil and Sen: its slope is the median of the slopes between all pairs.

    Args:
        jobs: By job, the length of its speech, if it is known, and how long it took, in seconds.
    """
    if not jobs:
        return PRIOR
    times = [took for _, took in jobs]
    overall = Duration(median(times), _spread([took / median(times) for took in times]))
    known = [(length, took) for length, took in jobs if length is not None]
    if len(known) < max(TELLING, len(jobs) / 2):
        return Fit(overall, overall.median, 0.0, overall.spread, len(jobs))
    base, slope = _line(known)
    spread = _spread([took / (base + slope * length) for length, took in known], numbers=2)
    return Fit(overall, base, slope, spread, len(jobs))


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the base and the slope of a line. Neither is negative."""
    slopes = [(y - v) / (x - u) for (u, v), (x, y) in combinations(points, 2) if x != u]
    slope = max(0.0, median(slopes)) if slopes else 0.0
    base = median(y - slope * x for x, y in points)
    if base > 0:
        return base, slope
    return 0.0, median(y / x for x, y in points if x)


def _spread(ratios: Sequence[float], numbers: int = 1) -> float:
    """Return the spread by the ratios of times to those of a line.

    Args:
        ratios: Of each job.
        numbers: How many numbers of the line were computed of the same jobs, which thus are nearer
            to it than others.
    """
    errors = sorted(abs(log(ratio)) for ratio in ratios)
    count = len(errors)
    rank = 0.8 * (count + 1) - 1  # the mean of this order statistic is the quantile
    low = min(int(rank), count - 1)
    high = min(low + 1, count - 1)
    seen = errors[low] + (rank - low) * (errors[high] - errors[low])
    free, weight = count - numbers, USUAL_WEIGHT / count
    weighed = (weight * USUAL_SPREAD**2 + free * seen**2) / (weight + free)
    return sqrt(weighed * (1 + numbers / max(free, 1)))
