"""Pools of worker processes: some render, one does the quick tasks."""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from lipsync_nb.sandbox.work.jobs import Trouble
from lipsync_nb.sandbox.work.worker import begin

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 2  # a worker that dies of a file twice will do so again
RENDER_WORKERS = os.cpu_count() or 1  # their niceness leaves the server its time to answer


class Pool:
    """A pool of processes which is made anew when one of them dies.

    Args:
        workers: Number of processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._executor: ProcessPoolExecutor | None = None

    async def run(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work in one of the processes; once more if that process died."""
        for _ in range(TRIES):
            executor = self._started()
            try:
                return await asyncio.wrap_future(executor.submit(work, *args, **kwargs))
            except BrokenProcessPool:
                if executor is self._executor:
                    self._executor = None
        raise Trouble("internal", "its worker died")

    def _started(self) -> ProcessPoolExecutor:
        if self._executor is None:
            context = multiprocessing.get_context("spawn")
            self._executor = ProcessPoolExecutor(self._workers, context, begin)
        return self._executor

    def stop(self) -> None:
        """End the processes at once, whatever they are doing."""
        if self._executor is None:
            return
        # Python 3.14 has kill_workers() for this.
        for process in list((self._executor._processes or {}).values()):  # noqa: SLF001 -- see above
            process.kill()
        self._executor.shutdown(cancel_futures=True)
        self._executor = None
