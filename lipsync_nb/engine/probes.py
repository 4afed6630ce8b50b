"""Has each vendor answer one free call before its first paid one; see `Vendor.probe`."""

import asyncio
from collections import defaultdict
from time import monotonic

from lipsync_nb.errors import LipSyncError
from lipsync_nb.vendors.base import Vendor


class Probes:
    """The free calls of one client, each shared by all submissions that wait for it."""

    def __init__(self) -> None:
        self._locks: defaultdict[Vendor, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refusals: dict[Vendor, tuple[float, LipSyncError]] = {}

    async def first(self, vendor: Vendor) -> None:
        """Wait until a vendor has answered, once; after a refusal, a later submission asks again.

        Raises:
            LipSyncError: A paid call would be refused, or answered by a stranger.
        """
        if vendor.probed:
            return
        asked = monotonic()
        async with self._locks[vendor]:
            at, refusal = self._refusals.get(vendor, (-1.0, None))
            if refusal is not None and at >= asked:
                raise refusal
            if vendor.probed:
                return
            try:
                await vendor.probe()
            except LipSyncError as error:
                self._refusals[vendor] = monotonic(), error
                raise
