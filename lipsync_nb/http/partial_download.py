"""Downloads that can be resumed where they broke off."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import httpx

from lipsync_nb.errors import DownloadError
from lipsync_nb.files import finish, in_thread
from lipsync_nb.http.unzip import is_zipped, plain_body

PIECE = 4 << 20
"""Bytes written at once; each write is done in another thread, which takes time to start."""
PIECE_SECONDS = 1.0
"""Seconds after which a smaller piece is written too: what is in memory dies with the process."""
GIB = 1 << 30


class Broken(DownloadError):
    """What was downloaded is damaged, or not whole; another attempt may repair it."""


class PartialDownload:
    """The bytes that have been downloaded, and the version of the file that they belong to.

    Args:
        target: The path of the complete file.

    Attributes:
        path: The path of the incomplete file.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(target.name + ".part")
        self._version = target.with_name(target.name + ".part.json")

    @property
    def size(self) -> int:
        """The number of bytes on the disk."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def headers(self) -> dict[str, str]:
        """Request headers that ask for the rest, if the file on the host is unchanged."""
        version = self._recorded()
        if not (self.size and version):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": version}

    async def save(self, response: httpx.Response, largest_result: int) -> None:
        """Write a successful answer's body, without blocking the loop.

        After an error, all bytes that came are on the disk, so that the download can be resumed.

        Raises:
            DownloadError: The file has more than `largest_result` bytes, unzipped.
            httpx.RequestError: The answer broke off, or is not what was asked for.
            OSError: The file cannot be written.
        """
        start = self._start(response)
        with self.path.open("r+b" if start else "wb") as file:
            file.seek(start)
            await _write(file, response, largest_result)
        whole = response.headers.get("Content-Range", "").rpartition("/")[2]
        if whole.isdecimal() and self.size < int(whole):  # a host may send less than it was asked
            raise httpx.ReadError(f"the host sent {self.size} of {whole} bytes")

    def _start(self, response: httpx.Response) -> int:
        """Return the offset at which the answer begins, and record the version of the file."""
        begin, version, zipped = f"bytes {self.size}-", self._recorded(), is_zipped(response)
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            named = response.headers.get("ETag" if '"' in version else "Last-Modified", version)
            rest = response.headers.get("Content-Range", "").startswith(begin)
            if rest and named == version and not zipped:
                return self.size
            self.discard()
            raise httpx.ReadError("the host sent something else than the rest that was asked for")
        etag = response.headers.get("ETag", "")
        version = etag if not etag.startswith("W/") else ""
        version = version or response.headers.get("Last-Modified", "")
        if zipped:
            version = ""  # the rest cannot be asked for, as ranges are of zipped bytes
        self._version.write_text(json.dumps(version))
        return 0

    def _recorded(self) -> str:
        """Return the version of the file that the bytes belong to; empty if none is known."""
        try:
            return str(json.loads(self._version.read_text()))
        except (OSError, ValueError):
            return ""

    def discard(self) -> None:
        """Delete the bytes and their version."""
        for path in (self.path, self._version):
            with suppress(OSError):
                path.unlink()

    def finish(self, suffix: str) -> Path:
        """Rename the complete file, with a fitting suffix; return its path."""
        self._version.unlink(missing_ok=True)
        return self.path.replace(self._target.with_suffix(suffix))


async def _write(file: BinaryIO, response: httpx.Response, largest_result: int) -> None:
    """Write a body from a file's position on: one piece is written while the next one comes."""
    end, pending, since = file.tell(), bytearray(), monotonic()
    writing: asyncio.Future[None] = in_thread(lambda: None)
    try:
        async for chunk in plain_body(response):
            pending += chunk
            end += len(chunk)
            if len(pending) >= PIECE or monotonic() > since + PIECE_SECONDS:
                await asyncio.shield(writing)  # so that a cancelled download loses no bytes
                writing = in_thread(_put, file, pending)
                pending, since = bytearray(), monotonic()
            if end > largest_result:
                limit = f"{largest_result / GIB:.3g} GiB"
                raise DownloadError(f"the file has more than the limit of {limit}")
    finally:
        await finish(writing, lambda: (file.write(pending), file.truncate()))
    writing.result()


def _put(file: BinaryIO, piece: bytearray) -> None:
    file.write(piece)
    file.flush()
