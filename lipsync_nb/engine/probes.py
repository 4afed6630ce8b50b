"""Has each vendor answer one free call before its first paid one; see `Vendor.probe`."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from math import inf
from time import monotonic

from lipsync_nb.errors import LipSyncError
from lipsync_nb.vendors.base import Vendor


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a free call has shown.

    Attributes:
        until: It is for submissions that began before this time of the monotonic clock.
        refusal: Why a paid call would fail.
    """

    until: float
    refusal: LipSyncError | None = None


class Probes:
    """The free calls of one client, each shared by all submissions that wait for it."""

    def __init__(self) -> None:
        self._locks: defaultdict[Vendor, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._outcomes: dict[Vendor, _Outcome] = {}

    def trust(self, vendors: Iterable[Vendor]) -> None:
        """Ask these vendors nothing."""
        self._outcomes.update(dict.fromkeys(vendors, _Outcome(inf)))

    async def first(self, vendor: Vendor) -> None:
        """Wait until a vendor has answered; ask again later if the answer proved nothing.

        Raises:
            LipSyncError: A paid call would be refused, or answered by a stranger.
        """
        if vendor.verified:
            return
        began = monotonic()
        async with self._locks[vendor]:
            outcome = self._outcomes.get(vendor)
            if outcome is None or outcome.until < began:
                outcome = self._outcomes[vendor] = await _ask(vendor)
        if outcome.refusal is not None:
            raise copy(outcome.refusal)  # each waiter adds its own traceback


async def _ask(vendor: Vendor) -> _Outcome:
    try:
        enough = await vendor.probe()
    except LipSyncError as refusal:
        return _Outcome(monotonic(), refusal.with_traceback(None))
    return _Outcome(inf if enough else monotonic())
