"""The base class of widgets that follow jobs and show the card of one."""

import asyncio
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, time
from typing import Any

from lipsync_nb import event_loop as loop
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import BadRequest, LedgerError
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.session import Session
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.notebook.card import DESCRIBED, job_card
from lipsync_nb.notebook.chain import finder
from lipsync_nb.notebook.etas import Etas
from lipsync_nb.notebook.widget import Answer, ScriptWidget, file_chunk

OPENING_SECONDS = 2.0
"""How long a newly displayed widget may miss messages while its script is being loaded."""
UPDATE_SECONDS = 0.1
"""The shortest time between two updates."""


class JobWidget(ScriptWidget):
    """A widget that follows jobs, and shows the card of one.

    Args:
        session: The client's, whose jobs they are.
        traits: The widget's.
    """

    def __init__(self, session: Session, **traits: Any) -> None:
        self._session = session
        self._find = finder(session.records)
        self._opened = monotonic()
        self._updates = JobUpdates(session.records, self.changed)
        self._etas = Etas(session.engine.estimates, self._updates.note)
        self._views: set[str] = set()
        super().__init__(**traits)
        self._updates.start()

    @abstractmethod
    def changed(self, records: list[Record]) -> None:
        """Show changed jobs. It is called on the library's own thread."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return the message with all that a newly opened view shows."""

    @abstractmethod
    def follow(self, job: Job) -> None:
        """Show the card of another job."""

    @abstractmethod
    def save(self) -> None:
        """Update what a saved notebook keeps."""

    @property
    def opening(self) -> bool:
        """Whether a view may be loading. It misses messages then, and shows what is saved."""
        return monotonic() < self._opened + OPENING_SECONDS

    def refresh(self) -> None:
        """Update what a saved notebook keeps, as the widget is about to be displayed."""
        self._opened = monotonic()
        self.save()

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer the browser: send a view's content or a part of a file, or do an action."""
        op = question["op"]
        if op == "ready":
            self._views.add(question["view"])
            self._updates.start()
            return self.state(), []
        if op == "gone":
            self._views.discard(question["view"])
            if not self._views:
                self._updates.stop()
            return {}, []
        job = self.job_of(question.get("video") or question["job"])
        if op == "blob":
            if (path := job.record.path) is None:
                raise BadRequest(f"job {job.id} has no file")
            return file_chunk(Path(path), int(question["offset"]))
        if op not in ACTIONS:
            raise BadRequest(f"{op!r} is none of {', '.join(ACTIONS)}")
        done, after = ACTIONS[op](job, question)
        self.follow(after)
        return {"done": done, "job": after.id}, []

    def job_of(self, job_id: str) -> Job:
        """Return a job by its id; `BadRequest` if there is no such job."""
        try:
            return Job(self._session, job_id)
        except LedgerError:
            raise BadRequest(f"no job {job_id}") from None

    def show_card(self, record: Record) -> None:
        """Send a job's card. What it needs of the disk is read in another thread first.

        That is its file, and its inputs if it has ended; see `Records.find`.
        """
        if record.path is None and not (record.done and record.inputs):
            card = job_card(record, self._find, self._etas.of(record))
            self.send({"card": card, "now": time()})
        else:
            loop.spawn(self._show_slowly(record))

    async def _show_slowly(self, record: Record) -> None:
        card = await asyncio.to_thread(job_card, record, self._find)
        self.send({"card": card, "now": time()})

    def close(self) -> None:
        """Close the widget and stop listening."""
        self._updates.stop()
        super().close()


class JobUpdates:
    """Collects changed jobs, and passes on their newest records at most every 0.1 seconds.

    This happens on the library's own thread, so that a table stays live while a cell runs.

    Args:
        records: Where jobs change.
        update: Called with the changed records.
    """

    def __init__(self, records: Records, update: Callable[[list[Record]], None]) -> None:
        self._records = records
        self._update = update
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._last = 0.0
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Start listening, unless it already does."""
        if self._unsubscribe is None:
            self._unsubscribe = self._records.subscribe(self.note)

    def stop(self) -> None:
        """Stop listening."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def note(self, record: Record) -> None:
        """Pass on a job with the next update."""
        with self._lock:
            scheduled = bool(self._changed)
            self._changed.add(record.id)
        if not scheduled:
            loop.call(self._schedule)

    def _schedule(self) -> None:
        wait = self._last + UPDATE_SECONDS - monotonic()
        asyncio.get_running_loop().call_later(max(0.0, wait), self._flush)

    def _flush(self) -> None:
        self._last = monotonic()
        with self._lock:
            changed, self._changed = self._changed, set()
        if self._unsubscribe is None:
            return
        try:
            found = map(self._records.find, changed)
            self._update([record for record in found if record is not None])
        except Exception:  # noqa: BLE001 - the next update may work
            log.exception("a view failed")


def _cancel(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    job.cancel()
    return "Cancelling." if not job.status.terminal else f"The job is {job.status}.", job


def _resubmit(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    again = job.resubmit()
    return f"Submitted again as {again.id}.", again


def _attach(job: Job, message: Mapping[str, Any]) -> tuple[str, Job]:
    job.attach(str(message["vendor_id"]).strip())
    return "Attached; its progress is followed from now on.", job


def _abandon(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    job.abandon()
    return "Abandoned: the vendor is asked no more.", job


def _fetch(job: Job, _: Mapping[str, Any]) -> tuple[str, Job]:
    job.add_done_callback(lambda _: None)
    return "Fetching it again.", job


def _describe(job: Job, message: Mapping[str, Any]) -> tuple[str, Job]:
    said = {name: str(message[name]).strip() for name in DESCRIBED}
    job.session.describe(job.id, Details(**said))
    return "Saved.", job


ACTIONS: dict[str, Callable[[Job, Mapping[str, Any]], tuple[str, Job]]] = {
    "cancel": _cancel,
    "resubmit": _resubmit,
    "attach": _attach,
    "abandon": _abandon,
    "fetch": _fetch,
    "describe": _describe,
}
"""What each button does, by its name: it returns a sentence, and the job to show from now on."""
