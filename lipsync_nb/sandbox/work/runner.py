"""Running jobs: a job's turn, its media, its rendering, its end."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipsync_nb.sandbox.work.fetch import fetch
from lipsync_nb.sandbox.work.jobs import Job, Trouble
from lipsync_nb.sandbox.work.renderer import Rendering
from lipsync_nb.sandbox.work.worker import Probe

if TYPE_CHECKING:
    from lipsync_nb.sandbox.vendors.base import Vendor
    from lipsync_nb.sandbox.world import World

CHARACTERS_PER_S = 4.5  # of spoken Chinese, to guess a text's length before it is spoken
JOBS_AT_ONCE = 2  # of each vendor; the others wait in its queue
LONGEST_HOLD_S = 20.0  # a long film's rendering is slow enough by itself
STUCK_AT = 0.4  # the fraction at which a stuck job stops

log = logging.getLogger(__name__)


@dataclass
class JobProgress:
    """How far a job under way has come.

    Args:
        began: Monotonic time the work began.
        stuck: Whether it will never get further.
        hold_s: Seconds the vendor takes at least, once known.
        rendering: The video being rendered, once known.
    """

    began: float
    stuck: bool = False
    hold_s: float = 0.0
    rendering: Rendering | None = None

    def fraction(self) -> float:
        """How much is done, 0 to 1: as much as the rendering and the vendor's pace allow."""
        if self.stuck:
            return STUCK_AT
        if self.rendering is None:
            return 0.0
        elapsed = time.monotonic() - self.began
        return min(self.rendering.fraction(), elapsed / self.hold_s if self.hold_s else 1.0)


class JobRunner:
    """Runs jobs to their end, each vendor's at its own pace.

    Args:
        world: What the vendors share.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._progress: dict[tuple[str, str], JobProgress] = {}

    def resume(self) -> None:
        """Start again the jobs an earlier run left unfinished."""
        for job in list(self._world.jobs.unfinished()):
            self.spawn(self._run(self._world.jobs.save(job.but(state="queued", started=0.0))))

    def close(self) -> None:
        """Stop what is under way; unfinished jobs stay stored, for ``resume``."""
        for task in self._tasks:
            task.cancel()

    def submit(self, job: Job) -> None:
        """Accept a job and start it; from here on it counts as paid."""
        fault = self._world.faults.take(job.vendor, "submit", ("stuck", "failed"))
        if fault is not None:
            job = job.but(fate=fault.kind, fate_reason=str(fault.settings["reason"]))
        self._world.store.count(job.vendor, "paid")
        self.spawn(self._run(self._world.jobs.save(job)))

    def cancel(self, job: Job) -> bool:
        """Cancel a job; False if it has ended already."""
        if job.ended:
            return False
        self._world.jobs.save(job.but(state="cancelled", finished=time.time()))
        return True

    def fraction(self, job: Job) -> float:
        """How much of a job is done, 0 to 1."""
        if job.state == "done":
            return 1.0
        progress = self._progress.get((job.vendor, job.id))
        return 0.0 if progress is None else progress.fraction()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the background; an error it raises is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("nobody waits for this", exc_info=error)

    async def _run(self, job: Job) -> None:
        vendor = self._world.vendors[job.vendor]
        self.spawn(vendor.mislead(job))
        try:
            await self._carry_out(job, vendor)
        except Trouble as trouble:
            self._fail(job, vendor, trouble)
        except Exception as error:
            # The renderer met something it does not know: the job fails and says why.
            log.exception("job %s/%s", job.vendor, job.id)
            self._fail(job, vendor, Trouble("fault", self._world.own_failure(error)))
        finally:
            self._progress.pop((job.vendor, job.id), None)
        await vendor.tell(self._now(job))

    async def _carry_out(self, job: Job, vendor: "Vendor") -> None:
        slots = self._slots.setdefault(job.vendor, asyncio.Semaphore(JOBS_AT_ONCE))
        if job.fate == "stuck":
            await self._hang(job)
        async with slots:
            await asyncio.sleep(vendor.PACE.queue_s * self._world.settings.pace)
            if not self._now(job).ended:
                await self._process(job, vendor)

    async def _hang(self, job: Job) -> None:
        self._begin(job).stuck = True
        await asyncio.Event().wait()

    def _begin(self, job: Job) -> JobProgress:
        self._world.jobs.save(job.but(state="processing", started=time.time()))
        return self._progress.setdefault((job.vendor, job.id), JobProgress(time.monotonic()))

    async def _process(self, job: Job, vendor: "Vendor") -> None:
        progress = self._begin(job)
        files = await self._media(job, vendor)
        probes = {role: await self._world.renderer.probe(path) for role, path in files.items()}
        vendor.check(self._now(job), probes)
        progress.hold_s = self._hold_s(job, vendor, probes)
        progress.rendering = self._world.renderer.plan(job.order, files)
        if job.fate == "failed":
            await asyncio.sleep(progress.hold_s)
            raise Trouble("fault", job.fate_reason)
        duration_s = await self._world.renderer.render(job.order, files)
        await asyncio.sleep(max(0.0, progress.began + progress.hold_s - time.monotonic()))
        self._end(job, state="done", render=progress.rendering.key, duration_s=duration_s)

    async def _media(self, job: Job, vendor: "Vendor") -> dict[str, Path]:
        """Every file of the order: those of the home as they are, those of the web fetched."""
        home = self._world.home
        files = {}
        for role, place in job.order.media.items():
            if place.startswith(("http:", "https:")):
                files[role] = await fetch(place, home / "media", vendor.LIMIT_BYTES)
            else:
                files[role] = home / place
        return files

    def _hold_s(self, job: Job, vendor: "Vendor", probes: dict[str, Probe]) -> float:
        text = job.order.speech.get("text", "")
        sounds = [probe.duration_s for probe in probes.values() if probe.kind == "audio"]
        speech_s = len(text) / CHARACTERS_PER_S if text else sum(sounds)
        hold_s = vendor.PACE.base_s + vendor.PACE.per_second_s * speech_s
        return min(hold_s, LONGEST_HOLD_S) * self._world.settings.pace

    def _now(self, job: Job) -> Job:
        return self._world.jobs.get(job.vendor, job.id) or job

    def _fail(self, job: Job, vendor: "Vendor", trouble: Trouble) -> None:
        self._end(job, state="failed", reason=vendor.reason(trouble))
        self._world.refund(self._now(job))

    def _end(self, job: Job, **changes: Any) -> None:
        now = self._now(job)
        if not now.ended:
            self._world.jobs.save(now.but(finished=time.time(), **changes))
