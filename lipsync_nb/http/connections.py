"""HTTP clients as this package uses them: without cookies and logs, and with limits on answers."""

import logging
import os
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from math import inf
from pathlib import Path
from typing import Any

import anyio
import httpx

from lipsync_nb.errors import Unreachable
from lipsync_nb.http.proxies import Route, route_to
from lipsync_nb.http.unzip import ZIPPED, Unzip
from lipsync_nb.version import ADDRESS, __version__

USER_AGENT = f"lipsync_nb/{__version__} (+{ADDRESS})"
"""Some hosts refuse clients that do not name themselves with an address."""
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; the vendors' JSON answers have a few kilobytes."""
LARGEST = "lipsync_nb.largest"
"""The extension of a request that sets another limit."""
LONGEST_ANSWER = 120.0
"""Seconds from the end of a request to the end of its answer."""
BETWEEN_ANSWERS = {"http11.receive_response_body.complete", "http11.send_request_headers.started"}
"""Events of httpcore's trace at which no answer is awaited."""
HANDSHAKE_FAILED = "socks.setup_socks5_connection.failed"
"""Event of httpcore's trace after which it leaves a connection open."""
LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy", "socks")))
"""Each needs the filter: a logger's filter does not see its children's records."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


def client_to(
    url: httpx.URL, given: Route | None = None, **options: Any
) -> tuple[httpx.AsyncClient, Route]:
    """Return an HTTP client for a host, and how it reaches that host.

    Args:
        url: A URL of the host.
        given: What the user said of how it is reached; see `route_to`.
        options: Those of ``httpx.AsyncClient``.

    Raises:
        Unreachable: A variable of the environment cannot be read, or names a file that cannot.
    """
    route = route_to(url, given)
    return _client(route, url.scheme, options), route


class Clients:
    """HTTP clients with the same options, one for each way that a host is reached.

    Args:
        options: Those of ``httpx.AsyncClient``.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._clients: dict[tuple[Route, str], httpx.AsyncClient] = {}

    def to(self, url: httpx.URL, given: Route | None = None) -> tuple[httpx.AsyncClient, Route]:
        """Return the client for a host, and how it reaches that host; see `client_to`."""
        route = route_to(url, given)
        key = route, url.scheme
        if key not in self._clients:
            self._clients[key] = _client(route, url.scheme, self._options)
        return self._clients[key], route

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()


def _client(route: Route, scheme: str, options: Mapping[str, Any]) -> httpx.AsyncClient:
    proxy = None
    if route.proxy is not None:
        secure = route.proxy.scheme == "https"
        proxy = httpx.Proxy(route.proxy, ssl_context=tls() if secure else None)
    client = httpx.AsyncClient(
        # Without TLS, nothing is read that may be missing, such as the certificates.
        verify=tls() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        proxy=proxy,
        trust_env=False,  # it is read by `route_to` and `tls`
        headers={
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",  # sizes and ranges are those of the bytes sent
        },
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # accepts none
        **options,
    )
    client.event_hooks["request"].append(_close_after_failed_handshake)
    return client


async def _close_after_failed_handshake(request: httpx.Request) -> None:
    """Close the connection to a SOCKS proxy if the handshake fails; httpcore leaves it open."""
    given: Any = request.extensions.get("trace")
    stream: Any = None

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        nonlocal stream
        if event == "socks.connect_tcp.complete":
            stream = info["return_value"]
        elif event == HANDSHAKE_FAILED:
            await stream.aclose()
        if given is not None:
            await given(event, info)

    request.extensions = {**request.extensions, "trace": trace}


@cache
def tls() -> ssl.SSLContext:
    """Return the shared TLS context: loading the certificates anew takes 50 ms.

    Raises:
        Unreachable: A file that a variable of the environment names cannot be read.
    """
    problem = _certificates_problem()
    if problem is None:
        try:
            return httpx.create_ssl_context()
        except OSError as error:
            log = os.environ.get("SSLKEYLOGFILE")  # it is opened too
            what = f"SSLKEYLOGFILE={log}" if log else "the certificates of certifi"
            problem = f"{what}: {error.strerror or error}"
    raise Unreachable(f"nothing was sent: {problem}; correct or unset the variable", sent=False)


def _certificates_problem() -> str | None:
    """Return what is wrong with the certificates that the environment names."""
    if file := os.environ.get("SSL_CERT_FILE"):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
        except OSError as error:
            return f"SSL_CERT_FILE={file}: {error.strerror or 'it contains no certificate'}"
    elif (folder := os.environ.get("SSL_CERT_DIR")) and not Path(folder).is_dir():
        return f"SSL_CERT_DIR={folder}: there is no such folder"
    return None


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
def time_limit(
    request: httpx.Request, seconds: float, *, connecting: float = inf
) -> Iterator[None]:
    """Limit how long a whole answer may take: httpx limits only each read.

    The time runs from the end of the request to the end of its answer. Requests that an auth flow
    sends first are limited as well, if they have the extensions of `request`.

    Args:
        request: The request, which must be sent within.
        seconds: How long each answer may take.
        connecting: How long it may take until the request is sent. A proxy may never answer, and
            httpx has no limit for the handshake with a SOCKS proxy.

    Raises:
        httpx.ConnectTimeout: The request was not sent.
        httpx.ProxyError: The proxy opened no tunnel to the host, so the request was not sent.
        httpx.ReadTimeout: An answer took too long; its ``request`` is the one without an answer.
    """
    answering: Any = None
    is_tunnel = False

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        nonlocal answering, is_tunnel
        if event == "http11.send_request_headers.started":
            is_tunnel = info["request"].method == b"CONNECT"
        if event == "http11.receive_response_headers.started":
            answering = info["request"]
            scope.deadline = anyio.current_time() + seconds
        elif event in BETWEEN_ANSWERS:
            scope.deadline = inf

    request.extensions = {**request.extensions, "trace": trace}
    # Unlike asyncio.timeout, this keeps an answer that came while the process was suspended.
    with anyio.CancelScope(deadline=anyio.current_time() + connecting) as scope:
        try:
            yield
        except httpx.TransportError as error:
            if is_tunnel:
                why = str(error) or type(error).__name__
                raise httpx.ProxyError(why, request=request) from None
            raise
    if scope.cancelled_caught:
        if answering is None:
            raise httpx.ConnectTimeout(f"not connected after {connecting:g} s", request=request)
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
        left = self._request.extensions.get(LARGEST, LARGEST_ANSWER)
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
