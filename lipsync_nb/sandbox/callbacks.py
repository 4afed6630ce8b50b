"""Sending callbacks to clients whose job has ended. No vendor signs its callbacks."""

import asyncio
import json
from typing import Any

import httpx

from lipsync_nb.sandbox.faults.queue import Fault, FaultQueue
from lipsync_nb.sandbox.jobs.media_files import tls
from lipsync_nb.sandbox.settings import (
    CALLBACK_RETRIES_S,
    CALLBACK_TIMEOUT_S,
    USER_AGENT,
    SandboxSettings,
)
from lipsync_nb.sandbox.store import Store


class Callbacks:
    """Sends callbacks, with their faults.

    Args:
        faults: The requested faults.
        store: Where callbacks are counted.
        settings: Their pace is applied to the pauses between tries.
    """

    def __init__(self, faults: FaultQueue, store: Store, settings: SandboxSettings) -> None:
        self._faults = faults
        self._store = store
        self._settings = settings

    async def send(self, vendor: str, url: str, body: dict[str, Any]) -> None:
        """Post a body to the client's URL until it answers 2xx, at most three times."""
        kinds = ("lost", "doubled", "late", "malformed")
        fault = self._faults.take(vendor, "callback", kinds)
        for content in await self._contents(fault, body):
            await self._post(vendor, url, content)

    async def forge(self, vendor: str, url: str, body: dict[str, Any]) -> None:
        """Post a false body, if a ``forged`` fault is requested."""
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
        headers = {"content-type": "application/json", "user-agent": USER_AGENT}
        async with httpx.AsyncClient(
            timeout=CALLBACK_TIMEOUT_S, verify=tls(), trust_env=False
        ) as client:
            for pause_s in (*CALLBACK_RETRIES_S, None):
                self._store.count(vendor, "callbacks")
                try:
                    answer = await client.post(url, content=content, headers=headers)
                    if answer.is_success:
                        return
                except httpx.HTTPError:
                    pass  # tried again, like any other failure
                if pause_s is not None:
                    await asyncio.sleep(pause_s * self._settings.pace)
        self._store.count(vendor, "callbacks_refused")
