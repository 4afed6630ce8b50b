"""Applies faults to requests: all calls and downloads go through this middleware."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from lipsync_nb.sandbox.faults import download_faults, response_faults
from lipsync_nb.sandbox.faults.faulty_request import FaultyRequest, FaultyVendor
from lipsync_nb.sandbox.faults.kinds import KINDS
from lipsync_nb.sandbox.faults.queue import Fault, FaultQueue
from lipsync_nb.sandbox.store import Store

HANDLERS: dict[str, Callable[[FaultyRequest], Awaitable[None]]] = {
    kind: vars(module)[kind]
    for module in (response_faults, download_faults)
    for kind in KINDS
    if kind in vars(module)
}
"""The kinds of faults of a request, and their functions."""


@dataclass(frozen=True)
class RequestFaults:
    """Counts requests and finds their faults.

    Args:
        faults: The requested faults.
        store: Where requests are counted.
        storage_origin: Scheme, host and port of the storage host.
        scratch: Folder for files that a fault makes.
    """

    faults: FaultQueue
    store: Store
    storage_origin: str
    scratch: Path

    def next(self, vendor: str, step: str) -> Fault | None:
        """Count a request, and take its fault, if there is one."""
        self.store.count(vendor, "requests")
        self.store.count(vendor, f"step.{step}")
        return self.faults.take(vendor, step, tuple(HANDLERS))


class FaultMiddleware:
    """An ASGI app with counted requests and faults.

    Args:
        app: The app.
        vendor: The vendor to which the requests are sent.
        step: Their step, of ``faults.kinds.STEPS``.
        request_faults: Finds their faults.
    """

    def __init__(
        self, app: ASGIApp, vendor: FaultyVendor, step: str, request_faults: RequestFaults
    ) -> None:
        self._app = app
        self._vendor = vendor
        self._step = step
        self._faults = request_faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with its fault if there is one."""
        fault = self._faults.next(self._vendor.NAME, self._step)
        if fault is None:
            await self._app(scope, receive, send)
            return
        request = FaultyRequest(
            fault=fault,
            vendor=self._vendor,
            storage_origin=self._faults.storage_origin,
            scratch=self._faults.scratch,
            app=self._app,
            scope=scope,
            receive=receive,
            send=send,
        )
        await HANDLERS[fault.kind](request)
