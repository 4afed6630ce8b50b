"""Calls that share a path, told apart by the field ``act`` of their forms."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lipsync_nb.sandbox.vendors.base import Refusal
from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.vendors.multipart import form

LARGEST_FORM = 8 << 20
"""Bytes of a form. It has no files: media are given as URLs."""


class ActSwitch:
    """An ASGI app that passes each request on to the call of its act.

    Args:
        calls: Act → the call. That without an act gets all others, and bodies that are no forms.
    """

    def __init__(self, calls: Mapping[str, ASGIApp]) -> None:
        self._calls = calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request, find its act, and let the call read the request again."""
        body = await _read(Request(scope, receive))
        act = await _act(Request(scope, _again(body, receive)))
        call = self._calls.get(act, self._calls[""])
        await call(scope, _again(body, receive), send)


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM:
            raise Refusal(413, {"error": "the body is too large"})
    return bytes(body)


async def _act(request: Request) -> str:
    try:
        parts = await form(request)
    except FieldError:
        return ""
    await parts.close()
    return str(parts.get("act", ""))


def _again(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the whole body, then what comes after it."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return whole.pop() if whole else await receive()

    return received
