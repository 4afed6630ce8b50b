"""Worker processes that die, and the work of the others."""

import asyncio
import multiprocessing
import os
import time
from multiprocessing.context import SpawnProcess

import pytest

from lipsync_nb.sandbox.jobs.process_pool import Pool, WorkerDied
from lipsync_nb.sandbox.jobs.renderer import Renderer


def test_only_the_work_that_kills_its_process_fails():
    """What was under way beside it is done all the same, and so is what comes later."""

    async def run():
        pool = Pool(2)
        works = [(os._exit, 1), (time.sleep, 1.5), (os._exit, 1), (time.sleep, 1.5)]
        outcomes = await asyncio.gather(
            *(pool.run(*work) for work in works), return_exceptions=True
        )
        later = await pool.run(abs, -1)
        pool.stop()
        return [*map(type, outcomes)], later

    assert asyncio.run(run()) == ([WorkerDied, type(None), WorkerDied, type(None)], 1)


def kill_workers():
    for process in multiprocessing.active_children():
        if isinstance(process, SpawnProcess):
            process.kill()


def test_a_file_is_looked_at_again_if_its_process_was_killed(tmp_path, media):
    """It is nothing for now; that is not remembered of it."""

    async def run():
        renderer = Renderer(tmp_path)
        looking = asyncio.create_task(renderer.probe(media.video))
        while not looking.done():
            kill_workers()
            await asyncio.sleep(0.05)
        again = await renderer.probe(media.video)
        renderer.close()
        return looking.result().kind, again.kind

    assert asyncio.run(run()) == ("", "video")


def test_a_pool_that_is_stopped_ends_what_runs_by_itself():
    """Its second tries, too."""

    async def run():
        pool = Pool(1)
        work = asyncio.create_task(pool.run(time.sleep, 600))
        while not pool.retrying:
            kill_workers()
            await asyncio.sleep(0.05)
        pool.stop()
        with pytest.raises(WorkerDied, match="sleep"):
            await work

    asyncio.run(run())
