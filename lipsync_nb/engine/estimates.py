"""Estimates when jobs will be done, from how long earlier ones of the ledger have taken."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from time import monotonic, time

from lipsync_nb.engine.durations import PRIOR, Duration, fitted
from lipsync_nb.engine.inputs import has_result
from lipsync_nb.engine.records import Records
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Eta, JobStatus, Snapshot
from lipsync_nb.vendors.base.registry import is_answered

MOST_JOBS = 50
"""Jobs of a kind that are looked at, the newest, as vendors become faster and slower."""
PROGRESS_SPREAD = 0.35
"""The spread of what a vendor's progress tells. It is not known how vendors compute it."""
LEAST_PROGRESS = 0.05
"""A smaller progress tells too little."""
LATE_SECONDS = 60.0
"""If nobody asked a vendor for longer, and for more than `LATE_SHARE` of the time that a job seems
to have taken, it is not learned from: its client may have been closed."""
LATE_SHARE = 0.25
REFIT_SHARE = 0.1
"""The fit is computed again after so many new jobs, as a share of those that it was made of."""

Product = tuple[str, str]
"""A vendor's name, and a kind of request."""
SpeechLength = Callable[[Record], float | None]
"""Returns the seconds of a job's speech, if known."""


class _Ended:
    """The jobs of a kind that have ended, and what they tell.

    Attributes:
        fit: Of how long they took.
        work: The usual seconds from the first status "running" to the end, if known. It may be
            too short, as that status is seen late; so it is a lower limit.
    """

    def __init__(self) -> None:
        self._times: deque[tuple[float | None, float]] = deque(maxlen=MOST_JOBS)
        self._works: deque[float] = deque(maxlen=MOST_JOBS)
        self._new = 0
        self.fit = PRIOR
        self.work: float | None = None

    def add(self, record: Record, length: float | None) -> None:
        """Add a job that has succeeded, unless its times are not known.

        Args:
            record: The job.
            length: Of its speech, in seconds, if known.
        """
        begin, end = _begin(record), record.finished_at
        if begin is None or end is None or end <= begin or _was_seen_late(record, end - begin):
            return
        self._times.append((length, end - begin))
        if record.started_at is not None:
            self._works.append(max(end - record.started_at, 0.0))
        self._new += 1

    def learn(self) -> None:
        """Compute the fit again, if enough has been added to it."""
        if self._new > self.fit.count * REFIT_SHARE:
            self.fit, self._new = fitted(self._times), 0
            self.work = median(self._works) if self._works else None


@dataclass(slots=True)
class _Pending:
    """What is known of a job that has not ended. Ages are in seconds since the vendor began.

    Attributes:
        length: Of its speech, in seconds.
        waited: Whether the length was looked for when the job still waited for its inputs.
        begun: When the vendor accepted it, in seconds of the monotonic clock.
        queued: Its age when it was last seen in the vendor's queue.
        progress: What the vendor last reported, from 0 to 1.
        at: Its age when that was first reported.
    """

    length: float | None = None
    waited: bool = False
    begun: float | None = None
    queued: float | None = None
    progress: float | None = None
    at: float = 0.0

    @property
    def age(self) -> float:
        """Its age now."""
        return 0.0 if self.begun is None else monotonic() - self.begun


class Estimates:
    """What is expected of jobs. All methods may be called on any thread.

    Args:
        records: The state of the jobs.
        speech_length: Returns the seconds of a job's speech, if known.
    """

    def __init__(self, records: Records, speech_length: SpeechLength) -> None:
        self._records = records
        self._speech_length = speech_length
        self._lock = threading.Lock()
        self._ended: dict[Product, _Ended] = {}
        self._pending: dict[str, _Pending] = {}
        self.waits_for_turn: Callable[[str], bool] = lambda _: False
        """Returns whether a job waits until others of its vendor have ended."""
        self.close = records.subscribe(self._changed)
        """Ends the listening to changes."""

    def prepare(self, record: Record) -> None:
        """Read what is needed to estimate a job, from the ledger and from its files."""
        self._prepared(record)

    def is_prepared(self, record: Record) -> bool:
        """Return whether a job can be estimated without reading anything."""
        if record.status is JobStatus.waiting:
            return False  # it needs its inputs' estimates
        with self._lock:
            pending = self._pending.get(record.id)
            ended = self._ended.get((record.vendor, record.kind))
        return ended is not None and pending is not None and not pending.waited

    def _prepared(self, record: Record) -> tuple[_Ended, _Pending]:
        product = (record.vendor, record.kind)
        with self._lock:
            ended, pending = self._ended.get(product), self._pending.get(record.id)
        ended = ended or self._history(product)
        waits, is_new = record.status is JobStatus.waiting, pending is None
        if pending is None or (pending.waited and not waits):
            pending = replace(pending or _Pending(), length=self._length(record), waited=waits)
        if pending.begun is None and (begin := _begin(record)) is not None:
            pending.begun = monotonic() - max(0.0, time() - begin)
        if is_new:
            _note(pending, record.status, record.progress)
        with self._lock:
            self._pending[record.id] = pending
            return self._ended.setdefault(product, ended), pending

    def see(self, job_id: str, seen: Snapshot) -> None:
        """Take a report of a vendor into account."""
        with self._lock:
            if (job := self._pending.get(job_id)) is not None:
                _note(job, seen.status, seen.progress)

    def expected(self, record: Record) -> Duration | None:
        """Return how long the vendor takes for a job; ``None`` if no other job tells.

        Of a job that was not prepared nothing is known.
        """
        with self._lock:
            ended = self._ended.get((record.vendor, record.kind))
            pending = self._pending.get(record.id)
            if ended is None or pending is None or not ended.fit.count:
                return None
            return _refined(ended, pending)

    def eta(self, record: Record) -> Eta | None:
        """Return when a job is expected to be done; ``None`` if it has ended or is lost.

        It is ``None`` too while a job waits for its turn, or for a job of which nothing is
        expected. What was not prepared is read now.
        """
        if record.status.terminal or record.lost or self.waits_for_turn(record.id):
            return None
        ended, pending = self._prepared(record)
        with self._lock:
            expected, age, jobs = _refined(ended, pending), pending.age, ended.fit.count
        middle, soonest, latest = (expected.quantile(q, age) - age for q in (0.5, 0.1, 0.9))
        overdue = age > expected.quantile(0.9)
        eta = Eta(middle, soonest, latest, time(), jobs, overdue)
        return eta if record.status is not JobStatus.waiting else self._after_inputs(eta, record)

    def _after_inputs(self, eta: Eta, waiting: Record) -> Eta | None:
        inputs = [self._records.find(job_id) for job_id in waiting.input_ids]
        expected = [self.eta(record) for record in inputs if record and not has_result(record)]
        if None in inputs or None in expected:
            return None
        last = max(filter(None, expected), key=lambda other: other.seconds, default=None)
        return eta if last is None else eta.after(last)

    def _length(self, record: Record) -> float | None:
        length = self._speech_length(record) or record.duration_s
        return length if length and length > 0 else None

    def _history(self, product: Product) -> _Ended:
        ended = _Ended()
        for record in reversed(self._records.ledger.last_succeeded(*product, MOST_JOBS)):
            ended.add(record, self._length(record))
        ended.learn()
        return ended

    def _changed(self, record: Record) -> None:
        """Learn from a job that has ended while it was followed here, or what is new of it."""
        if not record.status.terminal:
            with self._lock:
                if (job := self._pending.get(record.id)) is not None:
                    _note(job, record.status, record.progress)
            return
        with self._lock:
            pending = self._pending.pop(record.id, None)
            ended = self._ended.get((record.vendor, record.kind))
            if pending and ended and record.status is JobStatus.succeeded:
                ended.add(record, pending.length or record.duration_s)
                ended.learn()


def _note(job: _Pending, status: JobStatus, progress: float | None) -> None:
    """Note what a vendor has reported of a job."""
    if status is JobStatus.queued:
        job.queued = job.age
    if progress is not None and progress != job.progress:
        job.progress, job.at = progress, job.age


def _was_seen_late(record: Record, took: float) -> bool:
    """Return whether a job may have ended long before that was seen."""
    unwatched = record.unwatched_s or 0.0
    return unwatched > LATE_SECONDS and unwatched > LATE_SHARE * took


def _begin(record: Record) -> float | None:
    """Return when the vendor began with a job, a Unix time in seconds, if it has begun."""
    return record.sent_at if is_answered(record.vendor, record.kind) else record.accepted_at


def _refined(ended: _Ended, job: _Pending) -> Duration:
    """Return how long a job takes, by others of its kind and by what its vendor has reported."""
    expected = ended.fit.duration(job.length)
    if job.progress is not None and job.progress >= LEAST_PROGRESS and job.at > 0:
        expected = expected.combined(Duration(job.at / job.progress, PROGRESS_SPREAD))
    if job.queued is None or ended.work is None:
        return expected
    if job.queued + ended.work <= expected.quantile(0.5, job.queued):
        return expected
    return Duration(ended.work, expected.spread, start=job.queued)
