"""What the sandbox knows of a job: what to render, how far it is, and where that is kept."""

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from lipsync_nb.sandbox.store import Store

State = Literal["queued", "processing", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


class Trouble(Exception):
    """Why a job fails: a code every vendor words in its own way, and what happened.

    Args:
        code: One of the keys of a vendor's ``TROUBLES``.
        detail: What happened, for the vendor's reason.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Pace:
    """How long a vendor takes, beside the rendering itself.

    Args:
        queue_s: Seconds a job waits before it begins.
        base_s: Seconds any job takes.
        per_second_s: Seconds more for each second of speech.
    """

    queue_s: float
    base_s: float
    per_second_s: float


@dataclass(frozen=True)
class Order:
    """What to render, in the renderer's words.

    Args:
        kind: ``face`` (a picture or a video), ``portrait``, ``face_video``, ``dialogue``,
            ``script`` or ``slides``.
        media: Role → path in the sandbox's home, or a URL to fetch.
        speech: Text to be spoken, with its voice, where no sound is given.
        style: Keywords of the renderer's Style.
        options: What else the renderer takes.
    """

    kind: str
    media: dict[str, str]
    style: dict[str, Any]
    speech: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One job of one vendor; replaced, never changed.

    Args:
        vendor: Whose job it is.
        id: The vendor's own id of it.
        request: The fields sent, for answers that repeat them.
        order: What to render.
        callback: Where the client wants to be told, or empty.
        fate: A fault's verdict: empty, ``stuck`` or ``failed``.
        fate_reason: Why a fault lets it fail, in the vendor's words.
        state: How far it is.
        reason: Why it failed, in the vendor's words.
        created: Unix time of the submission.
        started: Unix time the work began, or 0.
        finished: Unix time the work ended, or 0.
        render: Key of the rendered file.
        duration_s: Length of the result in seconds.
        cost: Credits taken for it.
    """

    vendor: str
    id: str
    request: dict[str, Any]
    order: Order
    callback: str = ""
    fate: str = ""
    fate_reason: str = ""
    state: State = "queued"
    reason: str = ""
    created: float = field(default_factory=time.time)
    started: float = 0.0
    finished: float = 0.0
    render: str = ""
    duration_s: float = 0.0
    cost: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    def but(self, **changes: Any) -> "Job":
        """A copy of the job with some values changed."""
        return dataclasses.replace(self, **changes)


class JobBook:
    """Every job of a home, oldest first, in memory and in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: dict[tuple[str, str], Job] = {}
        for body in store.all("job"):
            job = Job(**{**body, "order": Order(**body["order"])})
            self._jobs[job.vendor, job.id] = job

    def save(self, job: Job) -> Job:
        """Keep this version of the job; returns it."""
        self._jobs[job.vendor, job.id] = job
        self._store.put("job", f"{job.vendor}/{job.id}", dataclasses.asdict(job))
        return job

    def get(self, vendor: str, job_id: str) -> Job | None:
        """The latest version of the job, or None."""
        return self._jobs.get((vendor, job_id))

    def of(self, vendor: str) -> list[Job]:
        """A vendor's jobs, oldest first."""
        return [job for job in self._jobs.values() if job.vendor == vendor]

    def unfinished(self) -> Iterator[Job]:
        """Jobs which an earlier run of the sandbox left behind."""
        return (job for job in list(self._jobs.values()) if not job.ended)
