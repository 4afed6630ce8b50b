"""A relay between a client and a vendor's API that counts requests and can replace answers."""

import re
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb import event_loop as loop
from lipsync_nb.http.connections import client_to
from lipsync_nb.http.local_server import LocalServer

METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
TIMEOUT = 60.0
"""Seconds for each step of a request."""
NOT_PASSED_ON = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}
"""Headers that belong to one connection, so that they are not passed on."""
DECODED = NOT_PASSED_ON | {"content-encoding"}
"""The same for answers, whose bodies are decoded here."""
KEPT = 4096
"""Bytes of each body that are kept: the fields of a form come before its files."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """An answer to give in place of the API's own.

    Attributes:
        status: The HTTP status.
        content: The body.
        worked: Whether the API gets the request all the same, so that its work is done.
        headers: Further headers, as pairs of name and value.
    """

    status: int
    content: bytes
    worked: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which requests are meant.

    Attributes:
        method: Their method.
        path: A regular expression for their whole path.
        field: The name and the value of a field of their forms, if calls share a path.
    """

    method: str
    path: str
    field: tuple[str, str] | None = None

    def matches(self, passed: "Passed") -> bool:
        """Return whether a request is meant."""
        if passed.method != self.method or re.fullmatch(self.path, passed.path) is None:
            return False
        if self.field is None:
            return True
        name, value = self.field
        return f'name="{name}"\r\n\r\n{value}\r\n'.encode() in passed.body


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that came; of a long body only the beginning."""

    method: str
    path: str
    body: bytes


@dataclass(slots=True)
class _Plan:
    pattern: Pattern
    answers: list[Spoiled]


class Relay:
    """Passes requests on to an API, under the same paths.

    Args:
        api: The API's base URL.

    Attributes:
        url: The relay's base URL.
        seen: The requests that came.
    """

    def __init__(self, api: httpx.URL) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self._api = api
        self.url = str(
            api.copy_with(scheme="http", host="127.0.0.1", port=listening.getsockname()[1])
        )
        self.seen: list[Passed] = []
        self._plans: list[_Plan] = []
        self._client, _ = client_to(api, timeout=TIMEOUT)
        self._server = LocalServer(listening, "/{path:path}", self._answer, METHODS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def spoil(self, pattern: Pattern, *answers: Spoiled) -> None:
        """Replace the answers to the next requests of a pattern, in this order."""
        self._plans.append(_Plan(pattern, list(answers)))

    def count(self, pattern: Pattern) -> int:
        """Return how many requests of a pattern came."""
        return sum(map(pattern.matches, self.seen))

    def close(self) -> None:
        """Stop the relay."""
        self._server.close()
        loop.run(self._client.aclose())

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        passed = Passed(request.method, request.url.path, body[:KEPT])
        self.seen.append(passed)
        fitting = (plan for plan in self._plans if plan.answers and plan.pattern.matches(passed))
        plan = next(fitting, None)
        if plan is None:
            return await self._passed_on(request)
        spoiled = plan.answers.pop(0)
        if spoiled.worked:
            await self._passed_on(request)
        return Response(spoiled.content, spoiled.status, dict(spoiled.headers))

    async def _passed_on(self, request: Request) -> Response:
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        url = self._api.copy_with(raw_path=target.removesuffix(b"?"))
        headers = [(k, v) for k, v in request.headers.items() if k not in NOT_PASSED_ON]
        body = await request.body()
        answer = await self._client.request(request.method, url, headers=headers, content=body)
        kept = {k: v for k, v in answer.headers.items() if k not in DECODED}
        return Response(answer.content, answer.status_code, kept)
