"""Undoes the compression of answers piece by piece, so that their size can be limited."""

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx

ZIPPED = {"gzip", "x-gzip", "deflate"}
"""Content encodings that are undone although none was asked for; others are left as they are."""
PIECE = 1 << 20
"""Bytes that are unzipped at once; httpx would unzip a whole chunk before its size is known."""
GZIP, ZLIB = b"\x1f\x8b", b"\x78"
"""How compressed data begins."""


def is_zipped(response: httpx.Response) -> bool:
    """Return whether an answer's header says that its body is compressed."""
    encodings = response.headers.get("Content-Encoding", "").lower().split(",")
    return any(encoding.strip() in ZIPPED for encoding in encodings)


class Unzip:
    """Undoes gzip or zlib, also if there are several in a row.

    Attributes:
        whole: Whether the data has come to an end.
    """

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)  # reads the headers of both
        self.whole = True

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk contains; ``zlib.error`` if it is damaged."""
        while chunk:
            yield self._zlib.decompress(chunk, PIECE)
            self.whole = self._zlib.eof
            chunk = self._zlib.unconsumed_tail
            if self._zlib.eof and self._zlib.unused_data.startswith(GZIP):
                chunk = self._zlib.unused_data
                self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)


async def plain_body(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield an answer's body without its compression.

    A body that is not compressed, although its header says so, is left as it is: object stores
    keep the header that a file was uploaded with.

    Raises:
        httpx.RequestError: The answer broke off, or is damaged.
    """
    unzip: Unzip | None = None
    is_first = is_zipped(response)
    async for chunk in _chunks(response):
        if is_first and chunk.startswith((GZIP, ZLIB)):
            unzip = Unzip()
        is_first = False
        if unzip is None:
            yield chunk
            continue
        try:
            for piece in unzip.pieces(chunk):
                yield piece
        except zlib.error as error:
            raise httpx.RemoteProtocolError(f"its compression is damaged ({error})") from None
    if unzip is not None and not unzip.whole:
        raise httpx.ReadError("its compressed content broke off")


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield an answer's body as it was sent, in chunks that are long enough to tell a type."""
    held = b""
    async for chunk in response.aiter_raw():  # sizes and ranges are those of the bytes sent
        held += chunk
        if len(held) >= len(GZIP):
            yield held
            held = b""
    if held:
        yield held
