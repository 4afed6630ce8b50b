"""A vendor's call as a route: first faults, then credentials, then the handler."""

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lipsync_nb.sandbox.errors import JobError, internal_error
from lipsync_nb.sandbox.faults import download_faults, response_faults
from lipsync_nb.sandbox.faults.faulty_request import FaultyRequest
from lipsync_nb.sandbox.faults.kinds import KINDS
from lipsync_nb.sandbox.signed_urls import StorageError
from lipsync_nb.sandbox.vendors.act_switch import ActSwitch
from lipsync_nb.sandbox.vendors.base import ApiCall, Refusal, VendorService
from lipsync_nb.sandbox.vendors.fields import FieldError

FAULT_HANDLERS: dict[str, Callable[[FaultyRequest], Awaitable[None]]] = {
    kind: vars(module)[kind]
    for module in (response_faults, download_faults)
    for kind in KINDS
    if kind in vars(module)
}
"""The kinds of faults of a request, and their functions."""

log = logging.getLogger(__name__)


class Endpoint:
    """A call as an ASGI app. It counts the requests, and answers each with its fault if any.

    Args:
        vendor: The vendor of the call.
        call: The call.
    """

    def __init__(self, vendor: VendorService, call: ApiCall) -> None:
        self.vendor = vendor
        self.call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name, step, resources = self.vendor.NAME, self.call.step, self.vendor.resources
        resources.store.count(name, "requests")
        resources.store.count(name, f"step.{step}")
        fault = resources.faults.take(name, step, tuple(FAULT_HANDLERS))
        if fault is None:
            await self._respond(scope, receive, send)
            return
        product = self.call.product or self.vendor.PRODUCTS[0]
        request = FaultyRequest(fault, self.vendor, product, self._respond, scope, receive, send)
        if fault.settings.get("worked"):
            await request.carry_out()
        await FAULT_HANDLERS[fault.kind](request)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            if not self.call.public:
                await self.vendor.authorize(request)
            return await self.call.handler(request)
        except (Refusal, StorageError) as refusal:
            return refusal.response
        except FieldError as error:
            return self.vendor.invalid(str(error)).response
        except JobError as error:
            return self.vendor.broken(self.vendor.reason(error)).response
        except Exception as error:
            log.exception("%s %s", self.call.method, self.call.path)
            return self._failed(internal_error(error, self.vendor.resources.log_path)).response

    def _failed(self, message: str) -> Refusal:
        # No job was created. After a 500 a client could not know this, and would have to treat
        # the job as possibly paid.
        if self.call.step == "submit":
            return Refusal(400, self.vendor.envelope(400, message))
        return self.vendor.broken(message)


def route(vendor: VendorService, call: ApiCall, prefix: str = "") -> Route:
    """A vendor's call as a route. The prefix is put before its path."""
    return Route(prefix + call.path, Endpoint(vendor, call), methods=[call.method])


def routes(vendor: VendorService) -> list[Route]:
    """All calls of a vendor's API. Those that share a path are told apart by their acts."""
    acts: dict[tuple[str, str], dict[str, Endpoint]] = {}
    for call in vendor.calls():
        acts.setdefault((call.method, call.path), {})[call.act] = Endpoint(vendor, call)
    return [
        Route(
            vendor.BASE_PATH + path,
            ActSwitch(ends) if ends.keys() - {""} else ends[""],
            methods=[method],
        )
        for (method, path), ends in acts.items()
    ]
