"""The sandbox as one ASGI app: the API origin on one port, the storage host on another."""

import re
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from lipsync_nb.sandbox.admin import Admin, Users
from lipsync_nb.sandbox.backend import Backend
from lipsync_nb.sandbox.endpoint import Endpoint, routes
from lipsync_nb.sandbox.storage_host import StorageHost
from lipsync_nb.sandbox.vendors.base import GIB, ApiCall, Refusal, media_type

OWN_HOST = re.compile(r"(127\.0\.0\.1|localhost\.?|\[::1\])(:[0-9]*)?", re.IGNORECASE)
"""The names by which clients may call this machine, as in a Host header."""
LARGEST_JSON = 8 << 20
"""Bytes of a body without files."""
LARGEST_FILES = GIB
"""Bytes of an upload, or of a form with files. Only Yunai's page names a smaller limit."""


class App:
    """Both origins. They are distinguished by the port of a request.

    Args:
        backend: The vendors and their resources.
        users: The processes that use the sandbox.
        address: The answer to ``hello``.
        storage_port: The storage host's port.
    """

    def __init__(
        self, backend: Backend, users: Users, address: dict[str, Any], storage_port: int
    ) -> None:
        self._vendors = tuple(backend.vendors.values())
        self._fallback = next(each for each in self._vendors if each.IS_FALLBACK)
        paths = [each for vendor in self._vendors for each in routes(vendor)]
        paths += Admin(backend, users, address).routes()
        self._renderer = backend.resources.renderer
        self._storage_port = storage_port
        self._api = Router(paths, redirect_slashes=False, default=self._unknown)
        self._storage = StorageHost(backend)
        self.last_request = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the origin to which it was sent."""
        self.last_request = time.monotonic()
        # nginx does the same. The second program on Xingyun's page requests //user/v1/….
        scope["path"] = re.sub("^/+", "/", scope["path"])
        on_storage = scope["server"][1] == self._storage_port
        has_files = on_storage or media_type(Request(scope)) == "multipart/form-data"
        entire = WholeRequest(receive, send, LARGEST_FILES if has_files else LARGEST_JSON)
        try:
            refuse_other_hosts(Headers(scope=scope))
            await (self._storage if on_storage else self._api)(scope, entire.receive, entire.send)
        except Refusal as refusal:
            await refusal.response(scope, entire.receive, entire.send)

    @property
    def busy(self) -> bool:
        """Whether anything is being rendered."""
        return self._renderer.busy

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a path that is on no page, as the vendor to which the request probably belongs."""
        path, headers = scope["path"], Headers(scope=scope)
        recognizing = (each for each in self._vendors if each.recognizes(path, headers))
        vendor = next(recognizing, self._fallback)
        call = ApiCall(scope["method"], path, "other", vendor.unknown)
        await Endpoint(vendor, call)(scope, receive, send)


def refuse_other_hosts(headers: Headers) -> None:
    """Raise a Refusal if a request does not name this machine.

    A web page of another site could otherwise give its own host's name the address of this machine,
    and read all answers.
    """
    host = headers.get("host", "")
    if not OWN_HOST.fullmatch(host):
        raise Refusal(421, {"error": f"this is no host named {host!r}; use 127.0.0.1"})


class WholeRequest:
    """A request's ASGI receive and send; send waits for the end of the request.

    A request is read completely before it is answered, like by the proxy of a real vendor. If it
    were answered earlier, a client that is still sending would get a reset and lose the answer.

    Args:
        receive: The server's.
        send: The server's.
        largest: The most bytes of a body.
    """

    def __init__(self, receive: Receive, send: Send, largest: int) -> None:
        self._receive = receive
        self._send = send
        self._left = largest
        self._ended = False

    async def receive(self) -> Message:
        """The next message of the request; a Refusal if the body is too large."""
        message = await self._receive()
        self._ended = self._ended or not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self._ended = True  # the rest is not read
            raise Refusal(413, {"error": "the body is too large"})
        return message

    async def send(self, message: Message) -> None:
        """Send a message of the answer after the request has been read."""
        while not self._ended:
            await self.receive()
        await self._send(message)
