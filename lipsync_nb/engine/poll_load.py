"""The polls that all jobs of a client want: limited together, and read from lists where cheaper."""

from collections import defaultdict
from dataclasses import dataclass
from math import inf
from time import monotonic

from lipsync_nb.engine.watch import Product, Watch

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
        pages: The pages of the list that were read the last time.
        no_list_until: When the list is tried again, in seconds of the monotonic clock.
    """

    rate: float = 0.0
    count: int = 0
    pages: int = 1
    no_list_until: float = -inf


class PollLoad:
    """Knows the interval that each watched job would have if it were the only one."""

    def __init__(self) -> None:
        self._loads: defaultdict[Product, _Load] = defaultdict(_Load)
        self._wanted: dict[str, tuple[Product, float]] = {}

    def want(self, watch: Watch, interval: float) -> None:
        """Note the interval that a job would have alone, in seconds."""
        self.forget(watch.job_id)
        self._wanted[watch.job_id] = watch.product, interval
        load = self._loads[watch.product]
        load.rate, load.count = load.rate + 1 / interval, load.count + 1

    def forget(self, job_id: str) -> None:
        """Count a job no more."""
        if job_id in self._wanted:
            product, interval = self._wanted.pop(job_id)
            load = self._loads[product]
            load.count -= 1
            load.rate = max(0.0, load.rate - 1 / interval) if load.count else 0.0

    def stretch(self, shortest: float) -> float:
        """Return the factor by which all intervals are longer than wanted, from 1 on.

        Args:
            shortest: The shortest interval of any list, in seconds.
        """
        rates = (
            min(load.rate, load.pages / shortest) if self._may_list(product) else load.rate
            for product, load in self._loads.items()
        )
        return max(1.0, sum(rates) / POLLS_PER_SECOND)

    def lists(self, product: Product) -> bool:
        """Return whether to read a list: it has fewer pages than there are polls meanwhile."""
        if not self._may_list(product):
            return False
        load = self._loads[product]
        soonest = min(interval for of, interval in self._wanted.values() if of == product)
        return load.pages <= load.rate * soonest

    def read(self, product: Product, pages: int) -> None:
        """Note how many pages of a list were read."""
        self._loads[product].pages = pages

    def failed(self, product: Product) -> None:
        """Note that a list could not be read, so that it is left alone for some time."""
        self._loads[product].no_list_until = monotonic() + LIST_RETRY_SECONDS

    def _may_list(self, product: Product) -> bool:
        vendor, kind = product
        load = self._loads[product]
        return (
            kind in vendor.lists and load.count >= LIST_FROM and load.no_list_until <= monotonic()
        )
