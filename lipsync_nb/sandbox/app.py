"""The sandbox as one ASGI app: the API origin on one port, the storage host on another."""

import re
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from lipsync_nb.sandbox.admin import Admin, Users
from lipsync_nb.sandbox.endpoint import Endpoints
from lipsync_nb.sandbox.faults.middleware import RequestFaults
from lipsync_nb.sandbox.storage_host import StorageHost
from lipsync_nb.sandbox.vendors.base import Call
from lipsync_nb.sandbox.world import World


class App:
    """Both origins; the port a request came in by tells which is meant.

    Args:
        world: The vendors and what they share.
        users: The processes that use the sandbox.
        address: What ``hello`` tells.
        storage_port: The storage host's port.
    """

    def __init__(
        self, world: World, users: Users, address: dict[str, Any], storage_port: int
    ) -> None:
        self._vendors = tuple(world.vendors.values())
        self._fallback = next(each for each in self._vendors if each.IS_FALLBACK)
        self._endpoints = endpoints_of(world)
        route = self._endpoints.route
        routes = [route(v, call, v.BASE_PATH) for v in self._vendors for call in v.calls()]
        routes += Admin(world, users, address).routes()
        self._renderer = world.renderer
        self._storage_port = storage_port
        self._api = Router(routes, redirect_slashes=False, default=self._unknown)
        self._storage = StorageHost(world, self._endpoints)
        self.last_request = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the origin it was sent to."""
        self.last_request = time.monotonic()
        # As nginx does; the second program of xingyun's page asks for //user/v1/….
        scope["path"] = re.sub("^/+", "/", scope["path"])
        on_storage = scope["server"][1] == self._storage_port
        whole = WholeRequest(receive, send)
        await (self._storage if on_storage else self._api)(scope, whole.receive, whole.send)

    @property
    def busy(self) -> bool:
        """Whether anything is being rendered."""
        return self._renderer.busy

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A path of no page is answered by the vendor the request seems to be meant for."""
        path, headers = scope["path"], Headers(scope=scope)
        recognizing = (each for each in self._vendors if each.recognizes(path, headers))
        vendor = next(recognizing, self._fallback)
        call = Call(scope["method"], path, "other", vendor.unknown)
        await self._endpoints.app(vendor, call)(scope, receive, send)


def endpoints_of(world: World) -> Endpoints:
    """How the vendors' calls become apps: each is open to the faults of this world."""
    scratch = world.home / "scratch"
    faults = RequestFaults(world.faults, world.store, world.signer.origin, scratch)
    return Endpoints(faults, world.log_path)


class WholeRequest:
    """A request's ASGI receive and send, the latter waiting for the request's end.

    A request is read as a whole before it is answered, as the proxy in front of a real vendor
    does. Answered early, a client that is still sending is met by a reset, in which the answer is
    lost.

    Args:
        receive: The server's.
        send: The server's.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._ended = False

    async def receive(self) -> Message:
        """The next message of the request."""
        message = await self._receive()
        self._ended = self._ended or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Send a message of the answer, once the request has been read."""
        while not self._ended:
            await self.receive()
        await self._send(message)
