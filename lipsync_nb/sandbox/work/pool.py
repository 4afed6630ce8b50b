"""Pools of worker processes: some render, one does the quick tasks."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from lipsync_nb.sandbox.work.worker import begin

P = ParamSpec("P")
T = TypeVar("T")

RENDER_WORKERS = os.cpu_count() or 1  # their niceness leaves the server its time to answer


class WorkerDied(RuntimeError):
    """A worker process died of its work, or was killed."""


class Pool:
    """A pool of processes which is made anew when one of them dies.

    Args:
        workers: Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._shared: ProcessPoolExecutor | None = None
        self._alone: set[ProcessPoolExecutor] = set()

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in one of the processes; once more, by itself, if one of them died.

        Their death ends the work of all, whoever is to blame: a process of its own tells.

        Raises:
            WorkerDied: That process died, too.
        """
        self._shared = executor = self._shared or _started(self._workers)
        try:
            return await asyncio.wrap_future(executor.submit(work, *args, **kwargs))
        except BrokenProcessPool:
            if executor is self._shared:
                self._shared = None
        return await self._run_alone(work, *args, **kwargs)

    async def _run_alone(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        executor = _started(1)
        self._alone.add(executor)
        try:
            return await asyncio.wrap_future(executor.submit(work, *args, **kwargs))
        except BrokenProcessPool:
            raise WorkerDied(f"the process died that did {work.__name__}()") from None
        finally:
            self._alone.discard(executor)
            executor.shutdown(wait=False)

    def stop(self) -> None:
        """End the processes at once, whatever they are doing."""
        for executor in (self._shared, *self._alone):
            if executor is not None:
                _kill(executor)
        self._shared = None


def _started(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), begin)


def _kill(executor: ProcessPoolExecutor) -> None:
    # Python 3.14 has kill_workers() for this.
    for process in list((executor._processes or {}).values()):  # noqa: SLF001 -- see above
        process.kill()
    executor.shutdown(cancel_futures=True)
