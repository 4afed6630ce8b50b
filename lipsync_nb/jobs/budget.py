"""Budgets: limits of the costs per vendor, checked against the costs in the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf, nan
from operator import attrgetter
from time import time

from lipsync_nb.engine.options import number
from lipsync_nb.errors import BadRequest, BudgetExceeded, line
from lipsync_nb.ledger import Record
from lipsync_nb.ledger.ledger import Spent
from lipsync_nb.ledger.spending import DAY
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors import VENDORS

ROUNDING = 1e-9
"""Share of a budget that a sum of costs may exceed it by, as sums of fractions are rounded."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The limit of the costs of one vendor.

    Attributes:
        amount: The limit in the vendor's unit, such as credits; at least 0.
        days: The length of the period in days, which ends now; more than 0.

    Raises:
        BadRequest: One of them is no such number.
    """

    amount: float
    days: float = 30.0

    def __post_init__(self) -> None:
        """Check both numbers."""
        amount, days = _number(self.amount), _number(self.days)
        if not 0 <= amount < inf:
            raise BadRequest(
                f"budget: amount={line(repr(self.amount))} is not a finite number from 0 on"
            )
        if not 0 < days < inf:
            raise BadRequest(f"budget: days={line(repr(self.days))} is not a finite number above 0")
        object.__setattr__(self, "amount", amount)
        object.__setattr__(self, "days", days)


def _number(value: object) -> float:
    """Return a number, such as a `Decimal`, as Python's own; NaN if it is none."""
    try:
        return number(value)
    except ValueError:
        return nan


class Budgets:
    """The budgets of a client.

    Args:
        budgets: By vendor; a number means a `Budget` of that amount in 30 days.

    Raises:
        BadRequest: A vendor is unknown or publishes no prices, or a budget is not valid.
    """

    def __init__(self, budgets: Mapping[str, float | Budget]) -> None:
        if not isinstance(budgets, Mapping):
            raise BadRequest(
                f'budget={line(repr(budgets))} is not a dict, such as {{"lingdong": 500}}'
            )
        for vendor in budgets:
            if vendor not in VENDORS or VENDORS[vendor].unit is None:
                priced = ", ".join(name for name, kind in VENDORS.items() if kind.unit)
                raise BadRequest(
                    f"budget[{line(repr(vendor))}]: prices of this vendor are not published; "
                    f"vendors with prices are {priced}"
                )
        self._budgets = {
            vendor: budget if isinstance(budget, Budget) else Budget(budget)
            for vendor, budget in budgets.items()
        }

    def check(self, new: Sequence[Record], spent: Spent) -> None:
        """Raise `BudgetExceeded` if a cost of new jobs is unknown, or their sum is too high.

        Args:
            new: The jobs, with their estimated costs.
            spent: Returns what was spent, the new jobs included; see `Ledger.spent`.
        """
        by_vendor = attrgetter("vendor")
        for vendor, jobs in groupby(sorted(new, key=by_vendor), key=by_vendor):
            if vendor in self._budgets:
                _check(self._budgets[vendor], list(jobs), spent)


def _check(budget: Budget, jobs: Sequence[Record], spent: Spent) -> None:
    vendor, unit = jobs[0].vendor, str(VENDORS[jobs[0].vendor].unit)
    unknown = [job for job in jobs if job.price is None and job.status is not JobStatus.waiting]
    if unknown:
        raise BudgetExceeded(
            f"{vendor}: the cost of a {unknown[0].kind} cannot be estimated: its price is not "
            "published, or its speech is not a readable local file; use a local file, or remove "
            "the budget"
        )
    cost = sum(job.price.amount for job in jobs if job.price is not None)
    total = spent(vendor, unit, time() - budget.days * DAY)
    if total > budget.amount * (1 + ROUNDING):
        what = "1 job costs" if len(jobs) == 1 else f"{len(jobs)} jobs cost"
        raise BudgetExceeded(
            f"{vendor}: {what} ≈ {cost:g} {unit}, which exceeds the budget by "
            f"{total - budget.amount:g}; {total - cost:g} of {budget.amount:g} {unit} were spent "
            f"in the last {budget.days:g} days; nothing was submitted"
        )
