"""HTTP clients as this package uses them: without cookies and logs, and with limits on answers."""

import logging
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import inf
from typing import Any
from urllib.request import getproxies

import anyio
import httpx

from lipsync_nb.http.unzip import ZIPPED, Unzip
from lipsync_nb.version import ADDRESS, __version__

DIRECT: dict[str, httpx.AsyncBaseTransport | None] = {
    f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")
}
"""This machine is reached directly, not through a proxy that the environment names."""
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; the vendors' JSON answers have a few kilobytes."""
LONGEST_ANSWER = 120.0
"""Seconds from the end of a request to the end of its answer."""
BETWEEN_ANSWERS = {"http11.receive_response_body.complete", "http11.send_request_headers.started"}
"""Events of httpcore's trace at which no answer is awaited."""
LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy", "socks")))
"""Each needs the filter: a logger's filter does not see its children's records."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def async_client(**options: Any) -> httpx.AsyncClient:
    """Return an HTTP client; options are those of ``httpx.AsyncClient``."""
    return httpx.AsyncClient(
        verify=tls(),
        headers={
            "Accept-Encoding": "identity",  # sizes and ranges are those of the bytes sent
            "User-Agent": f"lipsync_nb/{__version__} (+{ADDRESS})",  # some hosts refuse libraries
        },
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # accepts none
        mounts=DIRECT if getproxies() else None,
        **options,
    )


@cache
def tls() -> ssl.SSLContext:
    """Return the shared TLS context: loading the certificates anew takes 50 ms."""
    return httpx.create_ssl_context()


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what httpx logs of requests that are sent within.

    httpx logs whole URLs at INFO, and the headers of answers at DEBUG. A signed URL works like a
    key until it expires, and a vendor may echo keys. ``lipsync_nb`` logs the same requests at
    DEBUG, without queries and keys.
    """
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _is_wanted(_: logging.LogRecord) -> bool:
    return not _quiet.get()


for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_is_wanted)


@contextmanager
def time_limit(request: httpx.Request, seconds: float) -> Iterator[None]:
    """Limit how long a whole answer may take: httpx limits only each read.

    The time runs from the end of the request to the end of its answer. Requests that an auth flow
    sends first are limited as well, if they have the extensions of `request`.

    Args:
        request: The request, which must be sent within.
        seconds: How long each answer may take.

    Raises:
        httpx.ReadTimeout: An answer took too long; its ``request`` is the one without an answer.
    """
    answering: Any = None

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        nonlocal answering
        if event == "http11.receive_response_headers.started":
            answering = info["request"]
            scope.deadline = anyio.current_time() + seconds
        elif event in BETWEEN_ANSWERS:
            scope.deadline = inf

    request.extensions = {**request.extensions, "trace": trace}
    # Unlike asyncio.timeout, this keeps an answer that came while the process was suspended.
    with anyio.CancelScope() as scope:
        yield
    if scope.cancelled_caught:
        if answering.stream is not request.stream:  # httpcore's request has the stream of httpx's
            request = httpx.Request(answering.method.decode(), bytes(answering.url).decode())
        raise httpx.ReadTimeout(f"not complete after {seconds:g} s", request=request)


def first_header(response: httpx.Response, name: str) -> str | None:
    """Return a header, or the first of several of this name, which httpx would join."""
    return next(iter(response.headers.get_list(name)), None)


class TooLarge(httpx.ReadError):
    """The answer's body is too large."""


async def limit_size(response: httpx.Response) -> None:
    """Limit the size of a response's body; an event hook of httpx."""
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
    zipped = False
    if encoding := first_header(response, "Content-Encoding"):
        del response.headers["Content-Encoding"]
        zipped = encoding.lower() in ZIPPED
    response.stream = _LimitedStream(response.stream, response.request, zipped=zipped)


class _LimitedStream(httpx.AsyncByteStream):
    def __init__(
        self, stream: httpx.AsyncByteStream, request: httpx.Request, *, zipped: bool
    ) -> None:
        self._stream = stream
        self._request = request
        self._unzip = Unzip() if zipped else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LARGEST_ANSWER
        async for chunk in self._stream:
            try:
                for plain in self._unzip.pieces(chunk) if self._unzip else (chunk,):
                    left -= len(plain)
                    if left < 0:
                        raise TooLarge("the answer is too long", request=self._request)
                    yield plain
            except zlib.error as error:
                raise httpx.RemoteProtocolError(str(error), request=self._request) from None

    async def aclose(self) -> None:
        await self._stream.aclose()
