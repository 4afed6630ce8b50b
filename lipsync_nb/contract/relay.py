"""A relay between a client and a vendor's API that counts requests and can replace answers."""

import re
import socket
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb import loop
from lipsync_nb.http.connections import client_to
from lipsync_nb.http.local_server import LocalServer

METHODS = ["DELETE", "GET", "PATCH", "POST", "PUT"]
TIMEOUT = 60.0
"""Seconds for each step of a request."""
NOT_PASSED_ON = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}
"""Headers that belong to one connection, so that they are not passed on."""
DECODED = NOT_PASSED_ON | {"content-encoding"}
"""The same for answers, whose bodies are decoded here."""


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


@dataclass(slots=True)
class _Plan:
    method: str
    path: re.Pattern[str]
    answers: list[Spoiled]

    def takes(self, method: str, path: str) -> bool:
        return bool(self.answers) and method == self.method and bool(self.path.fullmatch(path))


class Relay:
    """Passes requests on to an API, under the same paths.

    Args:
        api: The API's base URL.

    Attributes:
        url: The relay's base URL.
        seen: How many requests came, by method and path.
    """

    def __init__(self, api: httpx.URL) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self._api = api
        self.url = str(
            api.copy_with(scheme="http", host="127.0.0.1", port=listening.getsockname()[1])
        )
        self.seen: Counter[tuple[str, str]] = Counter()
        self._plans: list[_Plan] = []
        self._client, _ = client_to(api, timeout=TIMEOUT)
        self._server = LocalServer(listening, "/{path:path}", self._answer, METHODS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def spoil(self, method: str, path: str, *answers: Spoiled) -> None:
        """Replace the answers to the next requests that match.

        Args:
            method: The requests' method.
            path: A regular expression for their whole path.
            answers: The answers to give instead, in this order.
        """
        self._plans.append(_Plan(method, re.compile(path), list(answers)))

    def count(self, method: str, path: str) -> int:
        """Return how many requests had a method, and a path that matches a regular expression."""
        asked = self.seen.items()
        return sum(n for (m, p), n in asked if m == method and re.fullmatch(path, p))

    def close(self) -> None:
        """Stop the relay."""
        self._server.close()
        loop.run(self._client.aclose())

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.seen[request.method, path] += 1
        plan = next((plan for plan in self._plans if plan.takes(request.method, path)), None)
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
