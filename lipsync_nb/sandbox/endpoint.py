"""A vendor's call as a route: faults first, then credentials, then the handler."""

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lipsync_nb.sandbox.faults.middleware import FaultMiddleware
from lipsync_nb.sandbox.signing import StorageError
from lipsync_nb.sandbox.vendors.base import Call, Refusal, Vendor
from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.work.jobs import Trouble

log = logging.getLogger(__name__)


class Endpoint:
    """A call as an ASGI app: it checks the credentials and runs the handler.

    Args:
        vendor: Whose call it is.
        call: The call.
    """

    def __init__(self, vendor: Vendor, call: Call) -> None:
        self.vendor = vendor
        self.call = call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
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
        except Trouble as trouble:
            return self.vendor.broken(self.vendor.reason(trouble)).response
        except Exception as error:
            log.exception("%s %s", self.call.method, self.call.path)
            return self._own_failure(self.vendor.world.own_failure(error)).response

    def _own_failure(self, message: str) -> Refusal:
        # No job was made. A client that is answered 500 could not know that, and would have to
        # treat the job as perhaps paid.
        if self.call.step == "submit":
            return Refusal(400, self.vendor.envelope(400, message))
        return self.vendor.broken(message)


def app_of(vendor: Vendor, call: Call) -> FaultMiddleware:
    """A call as an ASGI app that is open to faults."""
    return FaultMiddleware(Endpoint(vendor, call), vendor, call.step)


def route_of(vendor: Vendor, call: Call, prefix: str = "") -> Route:
    """A call as a route, its path behind the prefix."""
    return Route(prefix + call.path, app_of(vendor, call), methods=[call.method])
