"""The polls that all jobs of a client want: limited together, and read from lists where cheaper."""

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from time import monotonic

from lipsync_nb.engine.watch import JobList, Watch

POLLS_PER_SECOND = 30.0
"""Limit for all jobs together: without it, a thousand pending jobs keep a core busy."""
LIST_FROM = 3
"""Number of pending jobs from which on a vendor's list of jobs may be read instead."""
LIST_RETRY_SECONDS = 300.0
"""Seconds before a vendor's list is read again after an error."""


@dataclass(slots=True)
class _Load:
    """The jobs of one list.

    Attributes:
        rate: Polls a second that they want, one by one.
        count: Their number.
        shortest: The vendor's shortest interval, in seconds.
        pages: The pages of the list that were read the last time.
        no_list_until: When the list is tried again, in seconds of the monotonic clock.
    """

    rate: float = 0.0
    count: int = 0
    shortest: float = inf
    pages: int = 1
    no_list_until: float = -inf


class PollLoad:
    """Knows the interval that each watched job would have if it were the only one."""

    def __init__(self) -> None:
        self._loads: defaultdict[JobList, _Load] = defaultdict(_Load)
        self._wanted: dict[str, tuple[JobList, float]] = {}

    def want(self, watch: Watch, interval: float, shortest: float) -> None:
        """Note the interval that a job would have alone.

        Args:
            watch: The job.
            interval: In seconds.
            shortest: The vendor's shortest interval, in seconds.
        """
        self.forget(watch.job_id)
        self._wanted[watch.job_id] = watch.job_list, interval
        load = self._loads[watch.job_list]
        load.rate, load.count = load.rate + 1 / interval, load.count + 1
        load.shortest = shortest

    def forget(self, job_id: str) -> None:
        """Count a job no more."""
        if job_id in self._wanted:
            job_list, interval = self._wanted.pop(job_id)
            load = self._loads[job_list]
            load.count -= 1
            load.rate = max(0.0, load.rate - 1 / interval) if load.count else 0.0

    def stretch(self) -> float:
        """Return the factor by which all intervals are longer than wanted, from 1 on."""
        rates = (
            min(load.rate, load.pages / load.shortest) if self._may_list(job_list) else load.rate
            for job_list, load in self._loads.items()
        )
        return max(1.0, sum(rates) / POLLS_PER_SECOND)

    def lists(self, job_list: JobList) -> bool:
        """Return whether to read a list: it has fewer pages than there are polls meanwhile."""
        if not self._may_list(job_list):
            return False
        load = self._loads[job_list]
        soonest = min(interval for of, interval in self._wanted.values() if of == job_list)
        return load.pages <= load.rate * soonest

    def read(self, job_list: JobList, pages: int) -> None:
        """Note how many pages of a list were read."""
        self._loads[job_list].pages = pages

    def failed(self, job_list: JobList) -> None:
        """Note that a list could not be read, so that it is left alone for some time."""
        self._loads[job_list].no_list_until = monotonic() + LIST_RETRY_SECONDS

    def _may_list(self, job_list: JobList) -> bool:
        vendor, kind = job_list
        load = self._loads[job_list]
        return (
            kind in vendor.lists and load.count >= LIST_FROM and load.no_list_until <= monotonic()
        )
