"""Where faults meet requests: every call and every download passes here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from lipsync_nb.sandbox.faults import spoiled_answers, spoiled_downloads
from lipsync_nb.sandbox.faults.hit import FaultyVendor, Hit
from lipsync_nb.sandbox.faults.kinds import KINDS
from lipsync_nb.sandbox.faults.pending import Fault, Faults
from lipsync_nb.sandbox.store import Store

HAPPENINGS: dict[str, Callable[[Hit], Awaitable[None]]] = {
    kind: vars(module)[kind]
    for module in (spoiled_answers, spoiled_downloads)
    for kind in KINDS
    if kind in vars(module)
}
"""The kinds of fault that happen to a request, and how."""


@dataclass(frozen=True)
class RequestFaults:
    """The faults that can happen to requests, and the counts of requests.

    Args:
        faults: The faults that wait to happen.
        store: Where requests are counted.
        storage_origin: Scheme, host and port of the storage host.
        scratch: Folder of files that a fault makes.
    """

    faults: Faults
    store: Store
    storage_origin: str
    scratch: Path

    def next(self, vendor: str, step: str) -> Fault | None:
        """Count a request, and take the fault that waits for it, if any does."""
        self.store.count(vendor, "requests")
        self.store.count(vendor, f"step.{step}")
        return self.faults.take(vendor, step, tuple(HAPPENINGS))


class FaultMiddleware:
    """An ASGI app whose requests are counted, and to whose requests faults happen.

    Args:
        app: The app.
        vendor: The vendor they are sent to.
        step: The step they are, of ``faults.kinds.STEPS``.
        request_faults: What can happen to them.
    """

    def __init__(
        self, app: ASGIApp, vendor: FaultyVendor, step: str, request_faults: RequestFaults
    ) -> None:
        self._app = app
        self._vendor = vendor
        self._step = step
        self._faults = request_faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the fault that waits for it happen."""
        fault = self._faults.next(self._vendor.NAME, self._step)
        if fault is None:
            await self._app(scope, receive, send)
            return
        hit = Hit(
            fault=fault,
            vendor=self._vendor,
            storage_origin=self._faults.storage_origin,
            scratch=self._faults.scratch,
            app=self._app,
            scope=scope,
            receive=receive,
            send=send,
        )
        await HAPPENINGS[fault.kind](hit)
