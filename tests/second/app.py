"""What the vendors of the second implementation share: origins, records, manners.

The second implementation is written from the vendors' pages alone. It knows nothing of the client
or of the sandbox, so that what it refuses is what the pages forbid, and what it answers is whatever
the pages leave open.
"""

import asyncio
import gzip
import itertools
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import Message, Receive, Scope, Send

PART = re.compile(r'name="([^"]*)"(?:; filename="([^"]*)")?')
TYPE = re.compile(r"Content-Type: (\S+)")
NO_JOB = re.compile(r"(/|[?&](task_)?id=)0$")
"""The id that no job has, which is asked for before the first paid call; no plan is for this."""
NO_JOB_IN_BODY = re.compile(rb'\{"task_id": ?"0"\}')
SMALL = 48  # bytes: the shortest answer that is worth compressing


Part = tuple[str | None, str, bytes]
"""Of a multipart body: file name, content type and bytes."""


def _no_operation(_: "Seen") -> str:
    return ""


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        """As it was sent, still quoted."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """Decoded."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """Return the first header of a name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def parts(self) -> dict[str, "Part"]:
        """The multipart body: the last part of each name."""
        return dict(self.all_parts)

    @property
    def form(self) -> dict[str, str]:
        """The fields of the multipart body that are no files."""
        return {name: body.decode() for name, (file, _, body) in self.all_parts if file is None}

    @property
    def all_parts(self) -> list[tuple[str, "Part"]]:
        """The parts of the multipart body, with their names; a name may be there several times."""
        _, _, boundary = (self.header("content-type") or "").partition("boundary=")
        found: list[tuple[str, Part]] = []
        for piece in self.body.split(f"--{boundary}".encode())[1:-1]:
            head, _, content = piece.partition(b"\r\n\r\n")
            about = PART.search(head.decode())
            assert about is not None, head
            kind = TYPE.search(head.decode())
            name, file = about.groups()
            body = content.removesuffix(b"\r\n")
            found.append((name, (file, kind[1] if kind else "text/plain", body)))
        return found


@dataclass
class Plan:
    """An answer given instead of the app's own."""

    method: str
    path: re.Pattern[str]
    response: Callable[[], Response]
    times: int = 1
    works: bool = False


@dataclass
class Origin:
    """One port on loopback: what it was asked, and what it shall answer next.

    Attributes:
        routes: Its paths.
        odd: Whether it answers in the odder ways that the pages leave open.
        operation: Returns what tells apart requests to one path, such as ``/create``. It is added
            to the path for `plan` and `asked`.
    """

    routes: Iterable[BaseRoute]
    odd: bool = False
    operation: Callable[[Seen], str] = _no_operation
    seen: list[Seen] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self._app = Starlette(routes=list(self.routes))
        self._turn = itertools.count()

    def plan(
        self,
        method: str,
        ending: str,
        payload: Any = None,
        *,
        status: int = 200,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        times: int = 1,
        works: bool = False,
    ) -> None:
        """Answer the next requests to a path (named by how it ends, or with a ``*``) in this way.

        With ``works``, the app does what it was asked to do, but its answer is lost.
        """

        def response() -> Response:
            if content is not None:
                return Response(content, status, headers)
            return JSONResponse(payload, status, headers)

        path = re.compile(".*" + re.escape(ending).replace(r"\*", ".*") + "$")
        self.plans.append(Plan(method, path, response, times, works))

    def asked(self, method: str, ending: str) -> list[Seen]:
        """Return the requests to a path, named by how it ends."""
        named = [(each, each.path + self.operation(each)) for each in self.seen]
        return [each for each, name in named if each.method == method and name.endswith(ending)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record the request, then answer as planned, or let the app answer."""
        request = Request(scope, receive)
        body = await request.body()
        query = scope["query_string"].decode()
        target = scope["raw_path"].decode() + (f"?{query}" if query else "")
        headers = [(key.decode(), value.decode("latin-1")) for key, value in scope["headers"]]
        seen = Seen(scope["method"], target, headers, body)
        self.seen.append(seen)
        asks_for_none = NO_JOB.search(target) or NO_JOB_IN_BODY.fullmatch(body)
        plan = (
            None
            if asks_for_none
            else self._planned(scope["method"], scope["path"] + self.operation(seen))
        )
        sent = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(sent, None) or await receive()

        if plan is None:
            await self._app(scope, replay, send)
            return
        if plan.works:
            await self._app(scope, replay, _nowhere)
        await plan.response()(scope, receive, send)

    def answer(self, payload: Any, status: int = 200) -> Response:
        """Answer with JSON: plainly, or in one of the odder ways that HTTP has for it."""
        if not self.odd:
            return JSONResponse(payload, status)
        return odd_response(payload, status, next(self._turn))

    def _planned(self, method: str, path: str) -> Plan | None:
        for plan in self.plans:
            if plan.method == method and plan.path.match(path) and plan.times:
                plan.times -= 1
                return plan
        return None


async def _nowhere(_: Message) -> None:
    """Take a message that nobody gets."""


def odd_response(payload: Any, status: int, turn: int) -> Response:
    """Answer with unknown fields, in another order; compressed, in pieces, or closing."""
    body = json.dumps(_stretched(payload), ensure_ascii=bool(turn % 2), indent=turn % 2).encode()
    kind = "application/json; charset=utf-8" if turn % 2 else "application/problem+json"
    match turn % 3:
        case 0 if len(body) > SMALL:
            packed = {"Content-Encoding": "gzip"}
            return Response(gzip.compress(body), status, packed, media_type=kind)
        case 1:
            return StreamingResponse(_in_pieces(body), status, media_type=kind)
        case _:
            return Response(body, status, {"Connection": "close"}, media_type=kind)


def _stretched(payload: Any) -> Any:
    if not isinstance(payload, dict):
        return payload
    turned = {key: _stretched(payload[key]) for key in reversed(payload)}
    return {"x_trace": {"deep": [1, None, {"数": 1.5}]}, **turned, "x_null": None}


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 40):
        yield body[start : start + 40]
        await asyncio.sleep(0.002)


class Street:
    """A thread with an event loop of its own, in which origins are open."""

    def __init__(self, origins: Iterable[Origin]) -> None:
        self._servers = [(_server(origin), origin.socket) for origin in origins]
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close all origins."""
        for server, _ in self._servers:
            server.should_exit = True
        self._thread.join()

    async def _serve(self) -> None:
        await asyncio.gather(*(server.serve([place]) for server, place in self._servers))


def _server(origin: Origin) -> uvicorn.Server:
    config = uvicorn.Config(
        origin, log_config=None, lifespan="off", ws="none", access_log=False, http="h11",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    return uvicorn.Server(config)
