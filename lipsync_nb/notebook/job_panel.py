"""What the widgets that show a job's card share: the card, its buttons and its video."""

import asyncio
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, time
from typing import Any

from lipsync_nb import loop
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.session import Session
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.actions import ACTIONS, act
from lipsync_nb.notebook.card import job_card
from lipsync_nb.notebook.feed import Feed
from lipsync_nb.notebook.panel import Answer, Panel, piece

OPENING_SECONDS = 2.0
"""How long a newly displayed widget may miss messages, as its module is still being loaded."""


class JobPanel(Panel):
    """A widget that follows jobs, and shows the card of one.

    Args:
        session: The client's, whose jobs they are.
        traits: The widget's.
    """

    def __init__(self, session: Session, **traits: Any) -> None:
        self._session = session
        self._opened = monotonic()
        self._feed = Feed(session.records, self.changed)
        self._views: set[str] = set()
        super().__init__(**traits)
        self._feed.start()

    @abstractmethod
    def changed(self, records: list[Record]) -> None:
        """Show changed jobs. It is called on the library's own thread."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return the message that a newly opened view needs: all that it shows."""

    @abstractmethod
    def follow(self, job: Job) -> None:
        """Show the card of another job."""

    @abstractmethod
    def save(self) -> None:
        """Update what a saved notebook keeps."""

    @property
    def opening(self) -> bool:
        """Whether a view may be under way that hears no messages yet, and shows what is saved."""
        return monotonic() < self._opened + OPENING_SECONDS

    def refresh(self) -> None:
        """Update what a saved notebook keeps, as the widget is about to be displayed."""
        self._opened = monotonic()
        self.save()

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer what the browser asks: for a view's content, a piece of a video, an action."""
        op = question["op"]
        if op == "ready":
            self._views.add(question["view"])
            self._feed.start()
            return self.state(), []
        if op == "gone":
            self._gone(question["view"])
            return {}, []
        job = self.job_of(question.get("video") or question["job"])
        if op == "blob":
            return piece(_path(job), int(question["offset"]))
        if op not in ACTIONS:
            raise BadRequest(f"{op!r} is none of {', '.join(ACTIONS)}")
        done, after = act(job, question)
        self.follow(after)
        return {"done": done, "job": after.id}, []

    def job_of(self, job_id: str) -> Job:
        """Return a job by its id; `BadRequest` if there is no such job."""
        try:
            self._session.records.get(job_id)
        except KeyError:
            raise BadRequest(f"no job {job_id}") from None
        return Job(self._session, job_id)

    def show_card(self, record: Record) -> None:
        """Send a job's card. If it has a video, the still is made in another thread first."""
        if record.path is None:
            self.send({"card": job_card(record), "now": time()})
        else:
            loop.spawn(self._show_slowly(record))

    def _gone(self, view: str) -> None:
        self._views.discard(view)
        if not self._views:
            self._feed.stop()

    async def _show_slowly(self, record: Record) -> None:
        card = await asyncio.to_thread(job_card, record)
        self.send({"card": card, "now": time()})

    def close(self) -> None:
        """Close the widget and stop listening."""
        self._feed.stop()
        super().close()


def _path(job: Job) -> Path:
    if job.video is None:
        raise BadRequest(f"job {job.id} has no video")
    return job.video.path
