"""What vendors' prices have in common."""

from math import ceil

DECIMALS = 2
"""Decimals of a length in seconds that count; the rest is how a length was computed."""


def begun_seconds(length: float) -> int:
    """Return a length in seconds as it is billed where a begun second counts as a whole one."""
    return ceil(round(length, DECIMALS))
