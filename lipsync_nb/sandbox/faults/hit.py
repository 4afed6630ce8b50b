"""A request that meets a fault, and what can be done to it."""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lipsync_nb.sandbox.faults.pending import Fault

TRANSPORT = "lipsync_nb.transport"
"""Where the server puts a connection's asyncio transport in the ASGI scope."""

FLUSH_S = 0.05  # what was written reaches the client before a reset does


class FaultyVendor(Protocol):
    """What a fault uses of the vendor it happens to.

    Attributes:
        NAME: The vendor's name.
        STATUS_AT: Keys that lead to the status in a poll's answer.
        RESULT_AT: Keys that lead to the result's URL in a poll's answer.
        ODD_STATUS: A status its page does not list.
    """

    NAME: ClassVar[str]
    STATUS_AT: ClassVar[tuple[str, ...]]
    RESULT_AT: ClassVar[tuple[str, ...]]
    ODD_STATUS: ClassVar[str | int]

    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of its errors."""

    def forget_token(self) -> None:
        """Invalidate its client's token, if it gives out tokens."""


@dataclass
class Captured:
    """An answer that is kept back from the client."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)

    async def take(self, message: Message) -> None:
        """Keep a message of the answer: this stands in for ASGI's send."""
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
class Hit:
    """A request about to meet a fault; ``hit["name"]`` is a setting of the fault's.

    Args:
        fault: The fault.
        vendor: The vendor it was sent to.
        storage_origin: Scheme, host and port of the storage host.
        scratch: Folder of files that a fault makes.
        app: The app that would answer it.
        scope: The request's ASGI scope.
        receive: The request's ASGI receive.
        send: The request's ASGI send.
    """

    fault: Fault
    vendor: FaultyVendor
    storage_origin: str
    scratch: Path
    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    def __getitem__(self, setting: str) -> Any:
        return self.fault.settings[setting]

    @property
    def disconnected(self) -> bool:
        """Whether the client has gone."""
        return bool(self.scope[TRANSPORT].is_closing())

    async def answer(self, response: ASGIApp) -> None:
        """Answer with this response."""
        await response(self.scope, self.receive, self.send)

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send an answer's head."""
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def more(self, body: bytes) -> None:
        """Send a piece of an answer's body."""
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def pass_on(self, send: Send | None = None) -> None:
        """Let the app answer the request as if there were no fault."""
        await self.app(self.scope, self.receive, send or self.send)

    async def work(self) -> Captured:
        """Do what was asked, keeping the answer back."""
        captured = Captured()
        await self.pass_on(captured.take)
        return captured

    async def work_if_set(self) -> None:
        """Do what was asked, unless the fault is set not to."""
        if self["worked"]:
            await self.work()

    async def reset(self) -> None:
        """Reset the connection (RST, not FIN)."""
        transport = self.scope[TRANSPORT]
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
        await asyncio.sleep(FLUSH_S)  # uvicorn learns of it, and expects no answer
