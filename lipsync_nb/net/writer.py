"""Writing a file without holding up the loop: one piece is written while the next one comes."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import BinaryIO, Self

PIECE = 4 << 20
"""Bytes written at once; with smaller ones, two threads wait for each other most of the time."""


class Writer:
    """Writes what it is given, in its order; when it leaves, all of it is in the file.

    Args:
        file: Written from where it stands, and truncated where the writing ends.

    Attributes:
        end: Where in the file that is.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.end = file.tell()
        self._pending = bytearray()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lipsync_nb-writer")
        self._writing: Future[int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        # Also after an error: what has come need not come again.
        with self._thread:
            last = self._thread.submit(self._file.write, self._pending)
        last.result()
        self._file.truncate()

    async def write(self, data: bytes) -> None:
        """Take some bytes.

        Raises:
            OSError: Earlier ones could not be written.
        """
        self._pending += data
        self.end += len(data)
        if len(self._pending) >= PIECE:
            await self._written()
            full, self._pending = self._pending, bytearray()
            self._writing = self._thread.submit(self._file.write, full)

    async def _written(self) -> None:
        if self._writing is not None:
            # Not awaited itself: were this cancelled, what is not yet written would be dropped.
            await asyncio.wait([asyncio.wrap_future(self._writing)])
            self._writing.result()
