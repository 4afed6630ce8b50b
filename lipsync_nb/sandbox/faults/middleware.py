"""Where faults meet requests: every call and every download passes here."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from lipsync_nb.sandbox.faults import spoiled_answers, spoiled_downloads
from lipsync_nb.sandbox.faults.hit import Hit
from lipsync_nb.sandbox.faults.kinds import KINDS

if TYPE_CHECKING:
    from lipsync_nb.sandbox.vendors.base import Vendor

HAPPENINGS: dict[str, Callable[[Hit], Awaitable[None]]] = {
    kind: vars(module)[kind]
    for module in (spoiled_answers, spoiled_downloads)
    for kind in KINDS
    if kind in vars(module)
}
"""The kinds of fault that happen to a request, and how."""


class FaultMiddleware:
    """An ASGI app whose requests are counted, and to whose requests faults happen.

    Args:
        app: The app.
        vendor: The vendor they are sent to.
        step: The step they are, of ``faults.kinds.STEPS``.
    """

    def __init__(self, app: ASGIApp, vendor: "Vendor", step: str) -> None:
        self._app = app
        self._vendor = vendor
        self._step = step

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the fault that waits for it happen."""
        name, world = self._vendor.NAME, self._vendor.world
        world.store.count(name, "requests")
        world.store.count(name, f"step.{self._step}")
        fault = world.faults.take(name, self._step, tuple(HAPPENINGS))
        if fault is None:
            await self._app(scope, receive, send)
        else:
            hit = Hit(fault, self._vendor, self._app, scope, receive, send)
            await HAPPENINGS[fault.kind](hit)
