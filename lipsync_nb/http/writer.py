"""Writes a file without blocking the loop: one piece is written while the next one comes."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self

PIECE = 4 << 20
"""Bytes written at once; with smaller ones, two threads wait for each other most of the time."""
PIECE_SECONDS = 1.0
"""Seconds after which a smaller piece is written too: what is in memory dies with the process."""


class Writer:
    """Writes bytes to a file in order; on exit, all of them are in the file.

    Args:
        file: Written from its current position, and truncated where the writing ends.

    Attributes:
        end: The position in the file after the last byte taken.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.end = file.tell()
        self._pending = bytearray()
        self._since = monotonic()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lipsync_nb-writer")
        self._writing: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        # Also after an error: what has come can be resumed from.
        with self._thread:
            last = self._thread.submit(self._file.write, self._pending)
        last.result()
        self._file.truncate()

    async def write(self, data: bytes) -> None:
        """Take bytes to write.

        Raises:
            OSError: Earlier bytes could not be written.
        """
        self._pending += data
        self.end += len(data)
        if len(self._pending) >= PIECE or monotonic() > self._since + PIECE_SECONDS:
            await self._written()
            piece, self._pending = self._pending, bytearray()
            self._since = monotonic()
            self._writing = self._thread.submit(self._put, piece)

    def _put(self, piece: bytearray) -> None:
        self._file.write(piece)
        self._file.flush()

    async def _written(self) -> None:
        if self._writing is not None:
            # Not awaited directly: cancelling this would also cancel the write, and lose its bytes.
            await asyncio.wait([asyncio.wrap_future(self._writing)])
            self._writing.result()
