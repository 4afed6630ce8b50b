"""Budgets: limits of the costs per vendor, checked against the costs in the ledger."""

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
    """The limit of the costs of one vendor.

    Attributes:
        amount: The limit in the vendor's unit, such as credits.
        days: The length of the period in days, which ends now.
    """

    amount: float
    days: float = 30.0


def spent(records: Iterable[Record]) -> float:
    """Return the total cost of jobs, estimates included; all must have one unit."""
    prices = (record.price for record in records if counts(record))
    return sum(price.amount for price in prices if price is not None)


def counts(record: Record) -> bool:
    """Return whether a job counts as paid.

    It counts if it has or may get a video, if its vendor has reported its cost, and if it was
    replaced after its answer was lost, as it may have been paid.
    """
    ended = record.status in {JobStatus.failed, JobStatus.cancelled}
    reported = record.accepted_at is not None and record.cost_estimated is False
    lost = record.accepted_at is None and record.sent_at is not None
    return not ended or reported or lost


class Budgets:
    """The budgets of a client.

    Args:
        budgets: By vendor; a number means a `Budget` of that amount in 30 days.

    Raises:
        BadRequest: A vendor is unknown, or publishes no prices.
    """

    def __init__(self, budgets: Mapping[str, float | Budget]) -> None:
        for vendor in budgets:
            if vendor not in VENDORS or VENDORS[vendor].unit is None:
                priced = ", ".join(name for name, kind in VENDORS.items() if kind.unit)
                raise BadRequest(
                    f"budget[{vendor!r}]: prices of this vendor are not published; "
                    f"vendors with prices are {priced}"
                )
        self._budgets = {
            vendor: budget if isinstance(budget, Budget) else Budget(budget)
            for vendor, budget in budgets.items()
        }

    def check(self, record: Record, costs: Costs) -> None:
        """Raise `BudgetExceeded` if the cost of a job is unknown, or exceeds the rest.

        Args:
            record: The job, with its estimated cost.
            costs: Returns the jobs of a period, from the ledger.
        """
        budget = self._budgets.get(record.vendor)
        if budget is None:
            return
        if record.price is None:
            raise BudgetExceeded(
                f"{record.vendor}: the cost cannot be estimated, as the speech is not a readable "
                "local file; use a local file, or remove the budget"
            )
        unit = record.price.unit
        before = spent(costs(record.vendor, unit, time() - budget.days * DAY))
        if before + record.price.amount > budget.amount:
            raise BudgetExceeded(
                f"{record.vendor}: the cost of {record.price} exceeds the budget; {before:g} of "
                f"{budget.amount:g} {unit} were spent in the last {budget.days:g} days"
            )
