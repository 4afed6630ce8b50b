"""Prices of videos in money. The vendors' answers give costs in their own units only."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Literal, TypeAlias

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.vendors import VENDORS


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a vendor.

    Attributes:
        amount: The price, in a currency of your choice.
        per: ``"unit"`` of the vendor (such as a credit), ``"second"`` of video, or
            ``"video"``.
    """

    amount: float
    per: Literal["unit", "second", "video"] = "unit"

    def of(self, cost: float | None, seconds: float | None) -> float:
        """Return the cost of a video in money; NaN if it is not known.

        Args:
            cost: The video's cost in the vendor's units.
            seconds: The video's duration, seconds.
        """
        quantity = {"unit": cost, "second": seconds, "video": 1.0}[self.per]
        return nan if quantity is None else self.amount * quantity


Prices: TypeAlias = Mapping[str, Price | float]
"""Prices by vendor; a number is a price per unit."""


def read_prices(prices: Prices | None) -> dict[str, Price]:
    """Return the prices by vendor.

    Raises:
        BadRequest: A vendor is unknown, or a price is not valid.
    """
    read = {
        vendor: price if isinstance(price, Price) else Price(price)
        for vendor, price in (prices or {}).items()
    }
    if odd := [vendor for vendor in read if vendor not in VENDORS]:
        known = ", ".join(VENDORS)
        raise BadRequest(f"prices: unknown vendor {line(', '.join(odd))}; the vendors are {known}")
    for vendor, price in read.items():
        if not price.amount >= 0 or price.per not in {"unit", "second", "video"}:
            raise BadRequest(f"prices[{vendor!r}]: {price} is not a valid price")
    return read
