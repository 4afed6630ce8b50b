"""Limits on the size of an answer, and on the time it may take."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from types import TracebackType

import httpx

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; the vendors' JSON answers have a few kilobytes."""
LONGEST_ANSWER = 120.0
"""Seconds from the end of a request to the end of its answer, however slowly that comes."""
ZIPPED = {"gzip", "x-gzip", "deflate"}
"""Content encodings that are decoded although none was asked for; others are left as they are."""
CLOCK = "lipsync_nb.clock"
"""The key of a request's `AnswerClock` in its extensions."""


class Overlong(httpx.ReadError):
    """The answer's body is too large."""


class AnswerClock:
    """Limits how long a whole answer may take: httpx limits each read only.

    It runs from the end of a request to the end of its answer. Requests that an auth flow sends
    first are limited as well, if they are given the extensions of the request they precede.

    Args:
        request: The request.
        seconds: How long each answer may take.

    Raises:
        httpx.ReadTimeout: An answer took too long; ``request`` is the one that went unanswered.
    """

    def __init__(self, request: httpx.Request, seconds: float) -> None:
        request.extensions = {**request.extensions, CLOCK: self}
        self._waiting = request
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._expired = False

    def __enter__(self) -> None:
        # As asyncio.timeout does it, in a third of the time.
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker
        self._task = task
        self._cancelling = task.cancelling()

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.stop()
        if not self._expired:
            return
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            text = f"not whole after {self._seconds:g} s"
            raise httpx.ReadTimeout(text, request=self._waiting) from None

    def start(self, request: httpx.Request) -> None:
        """Start to time the answer to a request."""
        self.stop()
        self._waiting = request
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)

    def stop(self) -> None:
        """Stop: the answer is complete."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()


async def watch_request(request: httpx.Request) -> None:
    """Start a request's clock when it is sent; an event hook of httpx."""
    clock = request.extensions.get(CLOCK)
    if clock is None:
        return
    if isinstance(request.stream, httpx.ByteStream):
        clock.start(request)  # a body in memory is sent at once
    elif not isinstance(request.stream, _Outgoing):
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
        request.stream = _Outgoing(request.stream, request, clock)


async def limit_body(response: httpx.Response) -> None:
    """Limit the size of a response's body; an event hook of httpx."""
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
    zipped = False
    if encoding := header(response, b"content-encoding"):
        del response.headers["Content-Encoding"]
        zipped = encoding.lower() in ZIPPED
    response.stream = _Incoming(response.stream, response.request, zipped=zipped)


def header(response: httpx.Response, name: bytes) -> str | None:
    """Return a header by its name in lower case, in a third of the time that httpx takes."""
    for key, value in response.headers.raw:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


class _Outgoing(httpx.AsyncByteStream):
    def __init__(
        self, stream: httpx.AsyncByteStream, request: httpx.Request, clock: AnswerClock
    ) -> None:
        self._stream = stream
        self._request = request
        self._clock = clock

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk
        self._clock.start(self._request)

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Incoming(httpx.AsyncByteStream):
    def __init__(
        self, stream: httpx.AsyncByteStream, request: httpx.Request, *, zipped: bool
    ) -> None:
        self._stream = stream
        self._request = request
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress if zipped else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LARGEST_ANSWER
        async for chunk in self._stream:
            plain = self._plain(chunk, left + 1)
            left -= len(plain)
            if left < 0:
                raise Overlong("the answer is too long", request=self._request)
            yield plain
        if clock := self._request.extensions.get(CLOCK):
            clock.stop()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def _plain(self, chunk: bytes, most: int) -> bytes:
        if self._unzip is None:
            return chunk
        try:
            return self._unzip(chunk, most)
        except zlib.error as error:
            raise httpx.RemoteProtocolError(str(error), request=self._request) from None
