"""Posting callbacks to clients whose job has ended; no vendor signs what it posts."""

import asyncio
import json
from typing import Any

import httpx

from lipsync_nb.sandbox.faults.pending import Fault, Faults
from lipsync_nb.sandbox.settings import Settings
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.work.fetch import tls

RETRY_AFTER_S = (1.0, 3.0)  # two more tries; no page says how often, and any vendor tries again
TIMEOUT_S = 10.0  # a receiver has that long to answer


class Callbacks:
    """Posts callbacks, or what a fault makes of them.

    Args:
        faults: The faults that wait to happen.
        store: Where callbacks are counted.
        settings: Their pace is that of the pauses between tries.
    """

    def __init__(self, faults: Faults, store: Store, settings: Settings) -> None:
        self._faults = faults
        self._store = store
        self._settings = settings

    async def send(self, vendor: str, url: str, body: dict[str, Any]) -> None:
        """Post a body to the client's URL until it answers 2xx, three times at most."""
        kinds = ("lost", "doubled", "late", "malformed")
        fault = self._faults.take(vendor, "callback", kinds)
        for content in await self._contents(fault, body):
            await self._post(vendor, url, content)

    async def forge(self, vendor: str, url: str, body: dict[str, Any]) -> None:
        """Post a body that is not the vendor's, if a ``forged`` fault is waiting."""
        if self._faults.take(vendor, "callback", ("forged",)):
            await self._post(vendor, url, json.dumps(body).encode())

    async def _contents(self, fault: Fault | None, body: dict[str, Any]) -> list[bytes]:
        true = json.dumps(body, ensure_ascii=False).encode()
        if fault is None:
            return [true]
        if fault.kind == "late":
            await asyncio.sleep(fault.settings["seconds"])
        others = {
            "lost": [],
            "doubled": [true, true],
            "late": [true],
            "malformed": [true[: len(true) // 2]],
        }
        return others[fault.kind]

    async def _post(self, vendor: str, url: str, content: bytes) -> None:
        headers = {"content-type": "application/json"}
        async with httpx.AsyncClient(timeout=TIMEOUT_S, verify=tls(), trust_env=False) as client:
            for pause_s in (*RETRY_AFTER_S, None):
                self._store.count(vendor, "callbacks")
                try:
                    answer = await client.post(url, content=content, headers=headers)
                    if answer.is_success:
                        return
                except httpx.HTTPError:
                    pass  # nobody listens; try again like any other refusal
                if pause_s is not None:
                    await asyncio.sleep(pause_s * self._settings.pace)
        self._store.count(vendor, "callbacks_refused")
