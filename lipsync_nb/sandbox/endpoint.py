"""A vendor's call as a route: faults first, then credentials, then the handler."""

import logging
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lipsync_nb.sandbox.faults.middleware import FaultMiddleware, RequestFaults
from lipsync_nb.sandbox.own_failure import own_failure
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
        log_path: The file the log goes to; None where it goes to a terminal.
    """

    def __init__(self, vendor: Vendor, call: Call, log_path: Path | None) -> None:
        self.vendor = vendor
        self.call = call
        self._log_path = log_path

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
            return self._failed(own_failure(error, self._log_path)).response

    def _failed(self, message: str) -> Refusal:
        # No job was made. A client that is answered 500 could not know that, and would have to
        # treat the job as perhaps paid.
        if self.call.step == "submit":
            return Refusal(400, self.vendor.envelope(400, message))
        return self.vendor.broken(message)


@dataclass(frozen=True)
class Endpoints:
    """Makes vendors' calls into apps and routes.

    Args:
        request_faults: What can happen to their requests.
        log_path: The file the log goes to; None where it goes to a terminal.
    """

    request_faults: RequestFaults
    log_path: Path | None

    def app(self, vendor: Vendor, call: Call) -> FaultMiddleware:
        """A call as an ASGI app that is open to faults."""
        endpoint = Endpoint(vendor, call, self.log_path)
        return FaultMiddleware(endpoint, vendor, call.step, self.request_faults)

    def route(self, vendor: Vendor, call: Call, prefix: str = "") -> Route:
        """A call as a route, its path behind the prefix."""
        return Route(prefix + call.path, self.app(vendor, call), methods=[call.method])
