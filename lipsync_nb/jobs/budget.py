"""Spending limits per vendor, checked against the ledger's costs, estimates included."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import time

from lipsync_nb.errors import BadRequest, BudgetExceeded
from lipsync_nb.ledger import Record
from lipsync_nb.ledger.ledger import Costs
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors import VENDORS

DAY = 24 * 3600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be spent with a vendor.

    Attributes:
        amount: In the vendor's own unit, such as credits.
        days: The length of the rolling window, in days.
    """

    amount: float
    days: float = 30.0


def spent(records: Iterable[Record]) -> float:
    """Return what some jobs cost together, estimates included; all in one unit."""
    prices = (record.price for record in records if counts(record))
    return sum(price.amount for price in prices if price is not None)


def counts(record: Record) -> bool:
    """Return whether a job counts as paid.

    It does if it has a video, or may yet have one; if its vendor has told its cost; and if it was
    given up after its answer was lost, as it may have been paid.
    """
    ended = record.status in {JobStatus.failed, JobStatus.cancelled}
    told = record.accepted_at is not None and record.cost_estimated is False
    lost = record.accepted_at is None and record.sent_at is not None
    return not ended or told or lost


class Budgets:
    """The budgets of a client.

    Args:
        budgets: By vendor; a bare number means a `Budget` of that amount per 30 days.

    Raises:
        BadRequest: A vendor is unknown, or publishes no prices to estimate from.
    """

    def __init__(self, budgets: Mapping[str, float | Budget]) -> None:
        for vendor in budgets:
            if vendor not in VENDORS or VENDORS[vendor].unit is None:
                priced = ", ".join(name for name, kind in VENDORS.items() if kind.unit)
                raise BadRequest(
                    f"budget[{vendor!r}]: it has no published prices; budgets work for {priced}"
                )
        self._budgets = {
            vendor: budget if isinstance(budget, Budget) else Budget(budget)
            for vendor, budget in budgets.items()
        }

    def check(self, record: Record, costs: Costs) -> None:
        """Raise `BudgetExceeded` if a job's cost is unknown, or more than is left.

        Args:
            record: The job, with its estimated cost.
            costs: Returns the jobs of the budget's days, from the ledger.
        """
        budget = self._budgets.get(record.vendor)
        if budget is None:
            return
        if record.price is None:
            raise BudgetExceeded(
                f"{record.vendor}: the cost cannot be estimated, as the speech is not a readable "
                "local file; give the file, or leave the budget out"
            )
        unit = record.price.unit
        before = spent(costs(record.vendor, unit, time() - budget.days * DAY))
        if before + record.price.amount > budget.amount:
            raise BudgetExceeded(
                f"{record.vendor}: {record.price} more would be over the budget: {before:g} of "
                f"{budget.amount:g} {unit} are spent in the last {budget.days:g} days"
            )
