"""A request with a fault, and how it can be answered."""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lipsync_nb.sandbox.faults.queue import Fault
from lipsync_nb.sandbox.vendors.base import VendorService
from lipsync_nb.sandbox.vendors.product import Product

TRANSPORT = "lipsync_nb.transport"
"""Key of the connection's asyncio transport in the ASGI scope."""

FLUSH_S = 0.05  # time for written data to reach the client before a reset


@dataclass
class CapturedResponse:
    """An answer that is not sent to the client."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        """Keep a message of the answer. This replaces ASGI's send."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.body += message.get("body", b"")

    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass
class FaultyRequest:
    """A request with a fault; ``request["name"]`` is a setting of the fault.

    Args:
        fault: The fault.
        vendor: The vendor to which it was sent.
        product: The product that it is about.
        app: The app that would answer it.
        scope: The request's ASGI scope.
        receive: The request's ASGI receive.
        send: The request's ASGI send.
    """

    fault: Fault
    vendor: VendorService
    product: Product
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    def __getitem__(self, setting: str) -> Any:
        return self.fault.settings[setting]

    @property
    def disconnected(self) -> bool:
        """Whether the client has disconnected."""
        return bool(self.scope[TRANSPORT].is_closing())

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error, as the product or else the vendor has it."""
        return (self.product.envelope or self.vendor.envelope)(code, message)

    async def answer(self, response: ASGIApp) -> None:
        """Answer with this response."""
        await response(self.scope, self.receive, self.send)

    async def send_start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the status and headers of an answer."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def send_part(self, body: bytes) -> None:
        """Send a part of an answer's body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def forward(self, send: Send | None = None) -> None:
        """Let the app answer the request as if there were no fault."""
        await self.app(self.scope, self.receive, send or self.send)

    async def carry_out(self) -> CapturedResponse:
        """Carry out the request without sending the answer."""
        captured = CapturedResponse()
        await self.forward(captured.take)
        return captured

    async def reset(self) -> None:
        """Reset the connection (RST, not FIN)."""
        transport = self.scope[TRANSPORT]
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        await asyncio.sleep(FLUSH_S)  # so uvicorn sees it and does not expect an answer
