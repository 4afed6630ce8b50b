"""The state of a job: its status, its cost, and what its vendor last reported."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from math import inf

from lipsync_nb.results import Made, Subtitle


class JobStatus(StrEnum):
    """The status of a job; every vendor's own statuses are translated into these."""

    waiting = "waiting"
    """In the ledger; waiting for the jobs whose results it uses."""
    submitting = "submitting"
    """In the ledger; being sent to the vendor."""
    queued = "queued"
    """Accepted by the vendor, and waiting there."""
    running = "running"
    """The vendor is making the result."""
    succeeded = "succeeded"
    """The result is made."""
    failed = "failed"
    """There will be no result."""
    cancelled = "cancelled"
    """Cancelled; there will be no result."""
    abandoned = "abandoned"
    """Abandoned by the user. The vendor may make the result and charge for it nevertheless."""
    expired = "expired"
    """The voice or avatar was made, and its vendor has it no longer."""
    unknown = "unknown"
    """The answer to the submission was lost, the vendor has forgotten the job, or its status is not
    documented."""

    @property
    def terminal(self) -> bool:
        """Whether the job has ended.

        Such a status changes in three cases: an abandoned job is attached, a request that was never
        sent is submitted again, and a voice or an avatar expires.
        """
        return self in _TERMINAL

    @property
    def unsent(self) -> bool:
        """Whether the vendor's answer to the submission is still to come."""
        return self in _UNSENT


_TERMINAL = frozenset(
    {
        JobStatus.succeeded,
        JobStatus.failed,
        JobStatus.cancelled,
        JobStatus.abandoned,
        JobStatus.expired,
    }
)
_UNSENT = frozenset({JobStatus.waiting, JobStatus.submitting})


@dataclass(frozen=True, slots=True)
class Cost:
    """What a job costs, in the vendor's own unit.

    Attributes:
        amount: How much; the most, if it is not certain which of the vendor's prices applies.
        unit: The unit: ``"credits"``, ``"beans"`` …
        estimated: Whether it was computed from the vendor's prices, not reported by the vendor.
        at_least: The least that it may cost; ``None`` if there is one price.
    """

    amount: float
    unit: str
    estimated: bool = False
    at_least: float | None = None

    @property
    def plausible(self) -> bool:
        """Whether it can be a cost: a finite amount that is not negative."""
        return 0 <= self.amount < inf

    def __str__(self) -> str:
        least = "" if self.at_least is None else f"{self.at_least:g} to "
        return f"{'≈ ' if self.estimated else ''}{least}{self.amount:g} {self.unit}"


@dataclass(frozen=True, slots=True)
class Eta:
    """When a job's vendor is expected to be done, estimated at a moment.

    Attributes:
        seconds: Until then, from `estimated_at` on: half of such jobs end sooner.
        soonest: A tenth of such jobs end within so many seconds.
        latest: Nine tenths of such jobs end within so many seconds.
        estimated_at: The moment, a Unix time in seconds.
        jobs: Of how many jobs that have ended it was learned. With 0, it is a guess.
        overdue: Whether it has taken longer already than nine tenths of such jobs.
    """

    seconds: float
    soonest: float
    latest: float
    estimated_at: float
    jobs: int
    overdue: bool = False

    @property
    def at(self) -> datetime:
        """When it is expected, in UTC."""
        return datetime.fromtimestamp(self.estimated_at + self.seconds, UTC)

    def after(self, other: "Eta") -> "Eta":
        """Return when a job is expected that begins when another one is done."""
        return replace(
            self,
            seconds=self.seconds + other.seconds,
            soonest=self.soonest + other.soonest,
            latest=self.latest + other.latest,
            overdue=other.overdue,
        )

    def left(self, now: float) -> float:
        """Return the seconds until then; 0 if that time is over.

        Args:
            now: A Unix time in seconds.
        """
        return max(0.0, self.estimated_at + self.seconds - now)

    def in_words(self, now: float) -> str:
        """Return how long it still takes: ``about 40 s left``, ``any moment now``.

        Args:
            now: A Unix time in seconds.
        """
        if self.overdue or now > self.estimated_at + max(self.latest, self.seconds):
            return OVERDUE
        left = self.left(now)
        return "any moment now" if left < SOON_SECONDS else f"about {brief(left)} left"

    @property
    def range(self) -> str:
        """From when to when 80 % of such jobs end, in seconds or minutes: ``25 s to 1 min 30 s``.

        If the two are the same when rounded, it is one time.
        """
        return " to ".join(dict.fromkeys((brief(self.soonest), brief(self.latest))))

    @property
    def basis(self) -> str:
        """Of what it was learned."""
        if not self.jobs:
            return "a guess, as no job of this kind has ended yet"
        return f"from {self.jobs} job{'' if self.jobs == 1 else 's'} of this kind"

    def __str__(self) -> str:
        return OVERDUE if self.overdue else f"about {brief(self.seconds)} ({self.range})"


OVERDUE = "later than expected"
"""What is said of a job in place of a time that would grow for as long as it takes."""
SOON_SECONDS = 1.0
"""From then on, a job is expected at any moment."""
STEPS = ((20.0, 1), (120.0, 5), (600.0, 30), (3600.0, 60), (inf, 300))
"""To how many seconds an estimated time is rounded, by the time below which this applies. More
digits would not be true, and would change at every look."""


def brief(seconds: float) -> str:
    """Return an estimated time in words, rounded to what it is known to: ``1 min 30 s``, ``2 h``.

    The browser rounds in the same way: see ``notebook/static/estimate.js``.
    """
    step = next(step for below, step in STEPS if seconds < below)
    whole = int(seconds / step + 0.5) * step
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a vendor reported about a job at one moment.

    Attributes:
        status: The vendor's status, translated.
        vendor_status: The status in the vendor's own words.
        vendor_id: The vendor's id of the job.
        progress: From 0 to 1, if reported.
        video_url: The URL of the file that the job makes: a video, or an audio.
        poster_url: The URL of a still picture of the result.
        error: Why the job failed, in the vendor's words.
        cost: What the job costs, if reported.
        duration_s: The result's length in seconds, if reported.
        created_at: When the vendor accepted the job, a Unix time in seconds, if reported.
        made: The result, if it is no file: a text, a voice or an avatar.
        subtitles: When each part of an audio is spoken, if reported.
        data: The file that the job makes, if it came in this answer.
    """

    status: JobStatus
    vendor_status: str
    vendor_id: str
    progress: float | None = None
    video_url: str | None = None
    poster_url: str | None = None
    error: str | None = None
    cost: Cost | None = None
    duration_s: float | None = None
    created_at: float | None = None
    made: Made | None = None
    subtitles: tuple[Subtitle, ...] = ()
    data: bytes | None = field(default=None, repr=False)
