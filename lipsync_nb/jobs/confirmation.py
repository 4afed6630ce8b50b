"""Asks before money is spent: on a comparison, or on the rows of a table."""

from collections.abc import Iterable
from typing import Any

from lipsync_nb.engine.options import number as as_number
from lipsync_nb.errors import BadRequest, LipSyncError, line

MOST_UNCONFIRMED = 20
"""Number of new jobs that need no confirmation."""


class NotConfirmed(LipSyncError):
    """Jobs need confirmation because of their cost or number; nothing was submitted.

    Attributes:
        plan: The requests and their cost.
    """

    def __init__(self, message: str, plan: Any) -> None:
        super().__init__(message)
        self.plan = plan


def require_confirmation(
    plan: Any,
    number: int,
    costs: Iterable[float],
    *,
    confirmed: bool | None,
    above: float | None,
    call: str,
) -> None:
    """Raise `NotConfirmed` if the cost or the number of new jobs needs confirmation.

    Args:
        plan: The requests and their cost; its text begins the error's.
        number: The number of new jobs.
        costs: Their costs, each in its own unit; NaN if one is not known.
        confirmed: ``True`` confirms, ``False`` always raises. ``None`` raises only if one of the
            limits is exceeded: `above`, or 20 new jobs.
        above: Cost above which confirmation is needed, in each unit. An unknown cost counts as
            above. ``None``: no limit.
        call: The method that was called, such as ``"compare"``.

    Raises:
        BadRequest: An argument is none of these.
        NotConfirmed: Confirmation is needed.
    """
    if confirmed is not None and not isinstance(confirmed, bool):
        raise BadRequest(f"confirm={line(repr(confirmed))}: expected True, False or None")
    try:
        above = None if above is None else as_number(above)
    except ValueError:
        what = "expected a number, or None for no limit"
        raise BadRequest(f"confirm_above={line(repr(above))}: {what}") from None
    many = number > MOST_UNCONFIRMED
    much = above is not None and any(not amount <= above for amount in costs)
    if confirmed or (confirmed is None and not many and not much):
        return
    raise NotConfirmed(
        f"{plan}\n  nothing was submitted; confirm with {call}(…, confirm=True)", plan
    )
