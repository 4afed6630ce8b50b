"""Chanjing's prices, to estimate what a job costs.

No page of its API names them. They are from a copy of its price list.
"""

from lipsync_nb.vendors.base import begun_seconds

UNIT = "beans"
BEANS_PER_SECOND = {0: 1, 1: 2, 2: 3}
"""By model: basic, high quality, cartoon. A begun second counts as a whole one, by our choice."""
BASE_FEE = 0.0
"""Beans for each job. A note that contradicts the price list names a base fee of 80."""


def price(model: int, seconds: float, base_fee: float) -> float:
    """Return what a video costs, in beans."""
    return base_fee + BEANS_PER_SECOND[model] * begun_seconds(seconds)
