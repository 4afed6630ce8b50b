"""A vendor's call as a route: first faults, then credentials, then the handler."""

import logging
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lipsync_nb.sandbox.errors import JobError, internal_error
from lipsync_nb.sandbox.faults.middleware import FaultMiddleware, RequestFaults
from lipsync_nb.sandbox.signing import StorageError
from lipsync_nb.sandbox.vendors.base import ApiCall, Refusal, VendorService
from lipsync_nb.sandbox.vendors.fields import FieldError

log = logging.getLogger(__name__)


class Endpoint:
    """A call as an ASGI app, which checks the credentials and runs the handler.

    Args:
        vendor: The vendor of the call.
        call: The call.
        log_path: The file the log goes to; None where it goes to a terminal.
    """

    def __init__(self, vendor: VendorService, call: ApiCall, log_path: Path | None) -> None:
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
        except JobError as error:
            return self.vendor.broken(self.vendor.reason(error)).response
        except Exception as error:
            log.exception("%s %s", self.call.method, self.call.path)
            return self._failed(internal_error(error, self._log_path)).response

    def _failed(self, message: str) -> Refusal:
        # No job was created. After a 500 a client could not know this, and would have to treat
        # the job as possibly paid.
        if self.call.step == "submit":
            return Refusal(400, self.vendor.envelope(400, message))
        return self.vendor.broken(message)


@dataclass(frozen=True)
class EndpointFactory:
    """Makes apps and routes of vendors' calls.

    Args:
        request_faults: Finds the faults of their requests.
        log_path: The file the log goes to; None where it goes to a terminal.
    """

    request_faults: RequestFaults
    log_path: Path | None

    def app(self, vendor: VendorService, call: ApiCall) -> FaultMiddleware:
        """A call as an ASGI app with faults."""
        endpoint = Endpoint(vendor, call, self.log_path)
        return FaultMiddleware(endpoint, vendor, call.step, self.request_faults)

    def route(self, vendor: VendorService, call: ApiCall, prefix: str = "") -> Route:
        """A call as a route. The prefix is put before its path."""
        return Route(prefix + call.path, self.app(vendor, call), methods=[call.method])
