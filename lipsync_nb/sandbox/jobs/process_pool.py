"""Pools of worker processes: one pool renders, one does short tasks."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 5
"""Lower priority for workers: polls are answered before frames are rendered."""


class Readable(Protocol):
    """The end of a pipe that is read, whose class depends on the system."""

    def recv(self) -> Any:
        """Wait for an object, or raise EOFError."""


class WorkerDied(RuntimeError):
    """A worker process crashed while it ran a function, or was killed."""


class Workers:
    """A process pool whose processes can be stopped while they work.

    Each process waits for the end of a pipe to this process, and then exits. The pipe ends when
    it is closed, or when this process dies.

    Args:
        count: Number of processes.
    """

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._reader, self._writer = context.Pipe(duplex=False)
        self._executor = ProcessPoolExecutor(count, context, set_up, (self._reader,))

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in one of the processes."""
        return await asyncio.wrap_future(self._executor.submit(function, *args, **kwargs))

    def stop(self) -> None:
        """End the processes at once and wait for that. What they were doing raises an error."""
        self._writer.close()
        self._executor.shutdown(cancel_futures=True)
        self._reader.close()


def set_up(pipe: Readable) -> None:
    """Set up a worker process: low priority, no Ctrl-C, and an end when the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    threading.Thread(target=_exit_with, args=(pipe,), daemon=True).start()


def _exit_with(pipe: Readable) -> None:
    with contextlib.suppress(EOFError, OSError):
        pipe.recv()
    os._exit(1)


class Pool:
    """A pool of processes that is replaced when one of them dies.

    Attributes:
        retrying: One pool for each function that is run a second time.

    Args:
        workers: Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self.retrying: set[Workers] = set()
        self._count = workers
        self._shared: Workers | None = None

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in one of the processes.

        When a process dies, all functions that run in the pool end, and nothing shows which one
        was the cause. So each is run once more, in a process of its own.

        Raises:
            WorkerDied: That process died, too.
        """
        if self._shared is None:
            self._shared = Workers(self._count)
        workers = self._shared
        try:
            return await workers.run(function, *args, **kwargs)
        except BrokenProcessPool:
            if workers is self._shared:
                self._shared = None
                workers.stop()
        workers = Workers(1)
        self.retrying.add(workers)
        try:
            return await workers.run(function, *args, **kwargs)
        except BrokenProcessPool:
            raise WorkerDied(f"the process died that ran {function.__name__}()") from None
        finally:
            self.retrying.discard(workers)
            workers.stop()

    def stop(self) -> None:
        """End the processes at once, whatever they are doing."""
        if self._shared is not None:
            self._shared.stop()
            self._shared = None
        for workers in [*self.retrying]:
            workers.stop()
