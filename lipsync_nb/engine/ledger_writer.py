"""The one way to change a job: in the ledger first, then on the board."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from lipsync_nb.engine.board import Board
from lipsync_nb.ledger.ledger import Ledger
from lipsync_nb.ledger.record import Record

P = ParamSpec("P")
T = TypeVar("T")


class LedgerWriter:
    """The ledger and the board, for coroutines: the disk never blocks the loop.

    Args:
        ledger: Written first.
        board: Updated next.
        owner: Id of the engine that writes.
    """

    def __init__(self, ledger: Ledger, board: Board, owner: str) -> None:
        self.ledger = ledger
        self.board = board
        self.owner = owner
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="lipsync_nb-ledger")

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one of the ledger's methods in the ledger's own thread."""
        work = partial(function, *args, **kwargs)
        try:
            done = asyncio.get_running_loop().run_in_executor(self._disk, work)
        except RuntimeError:  # the interpreter is exiting: its executors end before its clients
            return work()
        return await done

    async def write(
        self, job_id: str, change: Callable[[Record], Record], *, durable: bool = False
    ) -> Record:
        """Change a job; see `Ledger.update`."""
        record = await self.call(self.ledger.update, job_id, change, durable=durable)
        self.board.publish(record)
        return record

    def close(self) -> None:
        """Finish what is being written, and end the ledger's thread."""
        self._disk.shutdown()
