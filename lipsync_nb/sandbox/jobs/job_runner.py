"""Running jobs: queue, media, rendering, result."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from lipsync_nb.sandbox.errors import JobError, internal_error
from lipsync_nb.sandbox.jobs.job import Pace, VendorJob
from lipsync_nb.sandbox.jobs.media_files import fetch
from lipsync_nb.sandbox.jobs.renderer import Rendering
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.settings import JOBS_AT_ONCE, MAX_DELAY_S

CHARACTERS_PER_S = 4.5  # of spoken Chinese, to estimate a text's length before it is spoken
STUCK_AT = 0.4  # the fraction at which a stuck job stops

log = logging.getLogger(__name__)


class JobVendor(Protocol):
    """What the job runner needs of a vendor."""

    def limit_bytes(self, job: VendorJob) -> int:
        """The size limit of a file that it fetches for a job."""

    def pace(self, job: VendorJob) -> Pace:
        """How long a job takes."""

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:
        """Check a job's media; raise JobError to fail the job."""

    def reason(self, error: JobError) -> str:
        """Why a job failed, in the vendor's words."""

    async def send_callback(self, job: VendorJob) -> None:
        """Post the callback of a job that has ended, if the client asked for one."""

    async def forge_callback(self, job: VendorJob) -> None:
        """Post a false callback that claims success, if that fault is requested."""


@dataclass
class JobProgress:
    """The progress of a running job.

    Args:
        began: Monotonic time at which the work began.
        stuck: Whether it stops at STUCK_AT.
        delay_s: Seconds that the vendor takes at least, once known.
        rendering: What is being rendered, once known.
    """

    began: float
    stuck: bool = False
    delay_s: float = 0.0
    rendering: Rendering | None = None

    def fraction(self) -> float:
        """The share done, 0 to 1: the lower of the rendering's and that of the delay."""
        if self.stuck:
            return STUCK_AT
        if self.rendering is None:
            return 0.0
        elapsed = time.monotonic() - self.began
        return min(self.rendering.fraction(), elapsed / self.delay_s if self.delay_s else 1.0)


class JobRunner:
    """Runs jobs to their end, each vendor's at its own pace.

    Args:
        resources: Shared by the vendors. Each change of a job is saved in them, so that an
            unfinished job can be resumed.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._progress: dict[tuple[str, str], JobProgress] = {}

    def resume(self, vendors: Mapping[str, JobVendor]) -> None:
        """Start again the jobs that an earlier run left unfinished.

        Args:
            vendors: Name → vendor. Jobs of other vendors, which another version had, are left.
        """
        for job in self._resources.jobs.unfinished():
            if job.vendor not in vendors:
                continue
            again = self._resources.jobs.save(replace(job, state="queued", started=0.0))
            self._resources.tasks.spawn(self._run(again, vendors[job.vendor]))

    def submit(self, job: VendorJob, vendor: JobVendor) -> asyncio.Task[None]:
        """Accept a vendor's job and start it. It is now counted as paid.

        Returns:
            The work, which ends with the job.
        """
        fault = self._resources.faults.take(job.vendor, "submit", ("stuck", "failed"))
        if fault is not None:
            reason = str(fault.settings["reason"])
            job = replace(job, outcome=fault.kind, outcome_reason=reason)
        self._resources.store.count(job.vendor, "paid")
        return self._resources.tasks.spawn(self._run(self._resources.jobs.save(job), vendor))

    def cancel(self, job: VendorJob) -> bool:
        """Cancel a job; False if it has ended already."""
        if job.ended:
            return False
        self._resources.jobs.save(replace(job, state="cancelled", finished=time.time()))
        return True

    def fraction(self, job: VendorJob) -> float:
        """The share of a job that is done, 0 to 1."""
        if job.state == "done":
            return 1.0
        progress = self._progress.get((job.vendor, job.id))
        return 0.0 if progress is None else progress.fraction()

    async def _run(self, job: VendorJob, vendor: JobVendor) -> None:
        self._resources.tasks.spawn(vendor.forge_callback(job))
        try:
            if job.outcome == "stuck":
                self._begin(job).stuck = True
                await asyncio.Event().wait()
            async with self._slots.setdefault(job.vendor, asyncio.Semaphore(JOBS_AT_ONCE)):
                await asyncio.sleep(vendor.pace(job).queue_s * self._resources.settings.pace)
                if not self._latest(job).ended:
                    await self._process(job, vendor)
        except JobError as error:
            self._fail(job, vendor, error)
        except Exception as error:
            # An unexpected error of the renderer: the job fails with its message.
            log.exception("job %s/%s", job.vendor, job.id)
            self._fail(
                job, vendor, JobError("fault", internal_error(error, self._resources.log_path))
            )
        finally:
            self._progress.pop((job.vendor, job.id), None)
        await vendor.send_callback(self._latest(job))

    def _begin(self, job: VendorJob) -> JobProgress:
        self._resources.jobs.save(replace(job, state="processing", started=time.time()))
        return self._progress.setdefault((job.vendor, job.id), JobProgress(time.monotonic()))

    async def _process(self, job: VendorJob, vendor: JobVendor) -> None:
        progress = self._begin(job)
        files = await self._media(job, vendor)
        probes = {role: await self._resources.renderer.probe(path) for role, path in files.items()}
        vendor.check(self._latest(job), probes)
        progress.delay_s = self._delay_s(job, vendor, probes)
        progress.rendering = self._resources.renderer.plan(job.order, files)
        if job.outcome == "failed":
            await asyncio.sleep(progress.delay_s)
            raise JobError("fault", job.outcome_reason)
        facts = await self._resources.renderer.render(job.order, files)
        await asyncio.sleep(max(0.0, progress.began + progress.delay_s - time.monotonic()))
        self._end(
            job,
            state="done",
            render=progress.rendering.key,
            duration_s=facts["duration_s"],
            facts=facts,
        )

    async def _media(self, job: VendorJob, vendor: JobVendor) -> dict[str, Path]:
        """All files of the order. Those with a URL are fetched."""
        files, limit = {}, vendor.limit_bytes(job)
        for role, place in job.order.media.items():
            if place.startswith(("http:", "https:")):
                files[role] = await fetch(place, self._resources.media_folder, limit)
            else:
                files[role] = self._resources.home / place
        return files

    def _delay_s(self, job: VendorJob, vendor: JobVendor, probes: dict[str, Probe]) -> float:
        text = job.order.speech.get("text", "")
        lengths_s = [probe.duration_s for probe in probes.values() if probe.kind == "audio"]
        speech_s = len(text) / CHARACTERS_PER_S if text else sum(lengths_s)
        pace = vendor.pace(job)
        delay_s = pace.base_s + pace.per_second_s * speech_s
        return min(delay_s, MAX_DELAY_S) * self._resources.settings.pace

    def _latest(self, job: VendorJob) -> VendorJob:
        return self._resources.jobs.get(job.vendor, job.id) or job

    def _fail(self, job: VendorJob, vendor: JobVendor, error: JobError) -> None:
        self._end(job, state="failed", reason=vendor.reason(error))
        failed = self._latest(job)
        if failed.state == "failed" and failed.cost:
            # No vendor's page says whether the cost is refunded.
            self._resources.store.count(failed.vendor, "credits", failed.cost)
            self._resources.store.count(failed.vendor, "refunded", failed.cost)

    def _end(self, job: VendorJob, **changes: Any) -> None:
        latest = self._latest(job)
        if not latest.ended:
            self._resources.jobs.save(replace(latest, finished=time.time(), **changes))
