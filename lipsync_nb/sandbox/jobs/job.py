"""The data of a job: what to render, its state, and where it is stored."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from lipsync_nb.sandbox.store import Store

State = Literal["queued", "processing", "done", "failed", "cancelled"]
ENDED: frozenset[State] = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class Pace:
    """How long a vendor takes, in addition to the rendering.

    Args:
        queue_s: Seconds before a job begins.
        base_s: Seconds that any job takes.
        per_second_s: Seconds for each second of speech.
    """

    queue_s: float
    base_s: float
    per_second_s: float


@dataclass(frozen=True)
class RenderOrder:
    """What to render.

    Args:
        kind: ``face`` (a picture or a video), ``portrait``, ``face_video``, ``dialogue``,
            ``script``, ``slides``, ``figure`` (a drawn one), ``avatar`` (a person in a box of the
            screen), ``remix`` (a clip with another sound and floating texts); ``speech`` (an
            audio), ``voice`` (it is cloned, and an audio of it is made), ``person`` (a clip's face
            is found, and a picture of it is made), or ``text`` (it is only stored).
        media: Role → path in the sandbox's home, or a URL to fetch.
        style: Arguments of the renderer's Style.
        speech: Text to be spoken, with its voice, if no audio is given.
        options: Other arguments of the render function; of a speech its format and bit rate.
    """

    kind: str
    media: dict[str, str]
    style: dict[str, Any]
    speech: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """The ending of what is made: an audio, a picture, a text, or a video."""
        spoken = str(self.options.get("format", "wav"))
        endings = {"speech": spoken, "voice": "wav", "person": "jpg", "text": "txt"}
        return endings.get(self.kind, "mp4")


@dataclass(frozen=True)
class VendorJob:
    """One job of one vendor. It is replaced, never changed.

    Args:
        vendor: The vendor's name.
        id: The vendor's id of the job.
        request: The fields sent, for answers that repeat them.
        order: What to render.
        callback: URL for the callback, or empty.
        outcome: What a fault decided: ``stuck``, ``failed``, or empty.
        outcome_reason: Why it fails by a fault, in the vendor's words.
        state: Its state.
        reason: Why it failed, in the vendor's words.
        created: Unix time of the submission.
        started: Unix time at which the work began, or 0.
        finished: Unix time at which the work ended, or 0.
        render: Key of the rendered file.
        duration_s: Length of the result in seconds.
        cost: Credits charged for it.
        product: The name of the vendor's product, by which its calls find their jobs.
        facts: What is known of what was made: its length, an audio's sentences, how a voice speaks.
    """

    vendor: str
    id: str
    request: dict[str, Any]
    order: RenderOrder
    callback: str = ""
    outcome: str = ""
    outcome_reason: str = ""
    state: State = "queued"
    reason: str = ""
    created: float = field(default_factory=time.time)
    started: float = 0.0
    finished: float = 0.0
    render: str = ""
    duration_s: float = 0.0
    cost: float = 0.0
    product: str = "lip_sync"
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def subtitles(self) -> list[dict[str, Any]]:
        """Of an audio: text, begin_s and end_s of each sentence."""
        return list(self.facts.get("subtitles", []))

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in ENDED


class JobStore:
    """All jobs of a home, oldest first, in memory and in the store.

    Jobs that another version of the sandbox stored in another form are left out.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: dict[tuple[str, str], VendorJob] = {}
        for body in store.all("job"):
            with suppress(KeyError, TypeError):  # another version of the sandbox wrote it
                job = VendorJob(**{**body, "order": RenderOrder(**body["order"])})
                self._jobs[job.vendor, job.id] = job

    def save(self, job: VendorJob) -> VendorJob:
        """Store this version of the job and return it."""
        self._jobs[job.vendor, job.id] = job
        self._store.put("job", f"{job.vendor}/{job.id}", dataclasses.asdict(job))
        return job

    def get(self, vendor: str, job_id: str) -> VendorJob | None:
        """The latest version of the job, or None."""
        return self._jobs.get((vendor, job_id))

    def of(self, vendor: str) -> list[VendorJob]:
        """A vendor's jobs of all products, oldest first."""
        return [job for job in self._jobs.values() if job.vendor == vendor]

    def unfinished(self) -> Iterator[VendorJob]:
        """The jobs that have not ended."""
        return (job for job in list(self._jobs.values()) if not job.ended)
