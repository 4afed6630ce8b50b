"""Reads files for sending; their length is announced first, so they must not change."""

import asyncio
import errno
import io
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

from lipsync_nb.files import LocalFile

CHUNK = 1 << 20
"""Bytes read at once: large enough that the thread hop costs next to nothing."""


class Unreadable(OSError):
    """The file cannot be read; the network is not at fault."""


class UnchangedFile(io.FileIO):
    """A file open for reading, which must keep the length that `LocalFile` recorded.

    Raises:
        Unreadable: The file cannot be read, or has another length.
    """

    def __init__(self, file: LocalFile) -> None:
        try:
            super().__init__(str(file.path), "rb")
        except OSError as error:
            raise Unreadable(error.errno, error.strerror, str(file.path)) from None
        self._size = file.size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes."""
        try:
            data = super().read(size)
        except OSError as error:
            raise Unreadable(error.errno, error.strerror, self.name) from None
        here = self.tell()
        if here > self._size or (here < self._size and not data):
            raise Unreadable(errno.EIO, "it changed while it was sent", self.name)
        return data


async def chunks(file: UnchangedFile) -> AsyncIterator[bytes]:
    """Read a file without blocking the loop: each chunk while the previous one is sent."""
    with ThreadPoolExecutor(1, thread_name_prefix="lipsync_nb-reader") as thread:
        coming = thread.submit(file.read, CHUNK)
        while chunk := await asyncio.wrap_future(coming):
            coming = thread.submit(file.read, CHUNK)
            yield chunk
