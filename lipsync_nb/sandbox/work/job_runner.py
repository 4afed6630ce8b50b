"""Running jobs: a job's turn, its media, its rendering, its end."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from lipsync_nb.sandbox.credits import Credits
from lipsync_nb.sandbox.faults.pending import Faults
from lipsync_nb.sandbox.own_failure import own_failure
from lipsync_nb.sandbox.settings import Settings
from lipsync_nb.sandbox.work.fetch import fetch
from lipsync_nb.sandbox.work.jobs import Job, JobBook, Pace, Trouble
from lipsync_nb.sandbox.work.renderer import Renderer, Rendering
from lipsync_nb.sandbox.work.tasks import BackgroundTasks
from lipsync_nb.sandbox.work.worker import Probe

CHARACTERS_PER_S = 4.5  # of spoken Chinese, to guess a text's length before it is spoken
JOBS_AT_ONCE = 2  # of each vendor; the others wait in its queue
LONGEST_HOLD_S = 20.0  # a long film's rendering is slow enough by itself
STUCK_AT = 0.4  # the fraction at which a stuck job stops

log = logging.getLogger(__name__)


class JobVendor(Protocol):
    """What running a job needs of its vendor.

    Attributes:
        PACE: How long its jobs take.
        LIMIT_BYTES: The most it fetches for one file.
    """

    PACE: ClassVar[Pace]
    LIMIT_BYTES: ClassVar[int]

    def check(self, job: Job, probes: dict[str, Probe]) -> None:
        """Look at a job's media once they are here; raise Trouble to fail the job."""

    def reason(self, trouble: Trouble) -> str:
        """Why a job failed, in its own words."""

    async def tell(self, job: Job) -> None:
        """Post the callback of a job that has ended, if the client asked for one."""

    async def mislead(self, job: Job) -> None:
        """Let somebody else post a callback that claims success, if that fault is waiting."""


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
        home: Folder of the state; a job's media lie in it.
        jobs: Every job, where each is saved as it goes on.
        credit: Where jobs count as paid, and failed ones are refunded.
        faults: The faults that wait to happen.
        renderer: What makes the videos.
        tasks: Where the jobs run; unfinished ones stay stored, for ``resume``.
        settings: Their pace is that of the jobs.
        log_path: The file the log goes to; None where it goes to a terminal.
    """

    def __init__(
        self,
        *,
        home: Path,
        jobs: JobBook,
        credit: Credits,
        faults: Faults,
        renderer: Renderer,
        tasks: BackgroundTasks,
        settings: Settings,
        log_path: Path | None,
    ) -> None:
        self._home = home
        self._jobs = jobs
        self._credit = credit
        self._faults = faults
        self._renderer = renderer
        self._tasks = tasks
        self._settings = settings
        self._log_path = log_path
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._progress: dict[tuple[str, str], JobProgress] = {}

    def resume(self, vendors: Mapping[str, JobVendor]) -> None:
        """Start again the jobs an earlier run left unfinished.

        Args:
            vendors: Name → vendor.
        """
        for job in list(self._jobs.unfinished()):
            again = self._jobs.save(job.but(state="queued", started=0.0))
            self._tasks.spawn(self._run(again, vendors[job.vendor]))

    def submit(self, job: Job, vendor: JobVendor) -> None:
        """Accept a vendor's job and start it; from here on it counts as paid."""
        fault = self._faults.take(job.vendor, "submit", ("stuck", "failed"))
        if fault is not None:
            job = job.but(fate=fault.kind, fate_reason=str(fault.settings["reason"]))
        self._credit.count_paid(job.vendor)
        self._tasks.spawn(self._run(self._jobs.save(job), vendor))

    def cancel(self, job: Job) -> bool:
        """Cancel a job; False if it has ended already."""
        if job.ended:
            return False
        self._jobs.save(job.but(state="cancelled", finished=time.time()))
        return True

    def fraction(self, job: Job) -> float:
        """How much of a job is done, 0 to 1."""
        if job.state == "done":
            return 1.0
        progress = self._progress.get((job.vendor, job.id))
        return 0.0 if progress is None else progress.fraction()

    async def _run(self, job: Job, vendor: JobVendor) -> None:
        self._tasks.spawn(vendor.mislead(job))
        try:
            await self._carry_out(job, vendor)
        except Trouble as trouble:
            self._fail(job, vendor, trouble)
        except Exception as error:
            # The renderer met something it does not know: the job fails and says why.
            log.exception("job %s/%s", job.vendor, job.id)
            self._fail(job, vendor, Trouble("fault", own_failure(error, self._log_path)))
        finally:
            self._progress.pop((job.vendor, job.id), None)
        await vendor.tell(self._now(job))

    async def _carry_out(self, job: Job, vendor: JobVendor) -> None:
        slots = self._slots.setdefault(job.vendor, asyncio.Semaphore(JOBS_AT_ONCE))
        if job.fate == "stuck":
            await self._hang(job)
        async with slots:
            await asyncio.sleep(vendor.PACE.queue_s * self._settings.pace)
            if not self._now(job).ended:
                await self._process(job, vendor)

    async def _hang(self, job: Job) -> None:
        self._begin(job).stuck = True
        await asyncio.Event().wait()

    def _begin(self, job: Job) -> JobProgress:
        self._jobs.save(job.but(state="processing", started=time.time()))
        return self._progress.setdefault((job.vendor, job.id), JobProgress(time.monotonic()))

    async def _process(self, job: Job, vendor: JobVendor) -> None:
        progress = self._begin(job)
        files = await self._media(job, vendor)
        probes = {role: await self._renderer.probe(path) for role, path in files.items()}
        vendor.check(self._now(job), probes)
        progress.hold_s = self._hold_s(job, vendor, probes)
        progress.rendering = self._renderer.plan(job.order, files)
        if job.fate == "failed":
            await asyncio.sleep(progress.hold_s)
            raise Trouble("fault", job.fate_reason)
        duration_s = await self._renderer.render(job.order, files)
        await asyncio.sleep(max(0.0, progress.began + progress.hold_s - time.monotonic()))
        self._end(job, state="done", render=progress.rendering.key, duration_s=duration_s)

    async def _media(self, job: Job, vendor: JobVendor) -> dict[str, Path]:
        """Every file of the order: those of the home as they are, those of the web fetched."""
        files = {}
        for role, place in job.order.media.items():
            if place.startswith(("http:", "https:")):
                files[role] = await fetch(place, self._home / "media", vendor.LIMIT_BYTES)
            else:
                files[role] = self._home / place
        return files

    def _hold_s(self, job: Job, vendor: JobVendor, probes: dict[str, Probe]) -> float:
        text = job.order.speech.get("text", "")
        sounds = [probe.duration_s for probe in probes.values() if probe.kind == "audio"]
        speech_s = len(text) / CHARACTERS_PER_S if text else sum(sounds)
        hold_s = vendor.PACE.base_s + vendor.PACE.per_second_s * speech_s
        return min(hold_s, LONGEST_HOLD_S) * self._settings.pace

    def _now(self, job: Job) -> Job:
        return self._jobs.get(job.vendor, job.id) or job

    def _fail(self, job: Job, vendor: JobVendor, trouble: Trouble) -> None:
        self._end(job, state="failed", reason=vendor.reason(trouble))
        failed = self._now(job)
        if failed.state == "failed" and failed.cost:
            self._credit.refund(failed.vendor, failed.cost)

    def _end(self, job: Job, **changes: Any) -> None:
        now = self._now(job)
        if not now.ended:
            self._jobs.save(now.but(finished=time.time(), **changes))
