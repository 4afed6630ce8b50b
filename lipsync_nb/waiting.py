"""Jobs in the order in which they end."""

import asyncio
import queue
from collections.abc import AsyncIterator, Iterable, Iterator

from lipsync_nb.job import Job


class as_completed:  # noqa: N801 - a function to those who use it, as in concurrent.futures
    """Yield jobs as they end, in ``for`` and in ``async for`` alike.

    Args:
        jobs: Which. One that passes its client's deadline is yielded too, not done.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._jobs = list(jobs)

    def __iter__(self) -> Iterator[Job]:
        ended: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in self._jobs:
            job.add_done_callback(ended.put)
        for _ in self._jobs:
            yield ended.get()

    async def __aiter__(self) -> AsyncIterator[Job]:
        ended: asyncio.Queue[Job] = asyncio.Queue()
        here = asyncio.get_running_loop()
        for job in self._jobs:
            job.add_done_callback(lambda job: here.call_soon_threadsafe(ended.put_nowait, job))
        for _ in self._jobs:
            yield await ended.get()
