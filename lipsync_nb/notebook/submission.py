"""What a form shows of the job that was submitted last: a line of text, and the job's card."""

from collections.abc import Callable

import ipywidgets as widgets

from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.announcement import Announcement
from lipsync_nb.notebook.player import Player
from lipsync_nb.notebook.progress_words import spoken, submitted
from lipsync_nb.notebook.widget_factory import WidgetFactory


class Submission:
    """Follows one job at a time.

    Args:
        client: Whose jobs.
        factory: Makes the widgets.
        card: Whether to show the job's card.

    Attributes:
        status: The line of text.
        place: Where the card is shown.
        player: The card, once there is one.
    """

    def __init__(self, client: JobClient, factory: WidgetFactory, *, card: bool) -> None:
        self._client = client
        self._card = card
        self._stop: Callable[[], None] = lambda: None
        self.status = factory.new(Announcement)
        self.place = factory.new(widgets.VBox)
        self.player: Player | None = None

    def follow(self, job: Job, *, reused: bool) -> None:
        """Follow a job from now on.

        Args:
            job: The job.
            reused: Whether it was submitted before.
        """
        self.close()
        self._stop = self._client.records.subscribe(lambda record: self._heard(record, job.id))
        self.status.say(submitted(job.record, reused=reused))
        if not reused and (job.record.done or job.record.error):
            self._heard(job.record, job.id)  # it was told before that line was shown
        if self._card:
            self.player = Player(job)
            self.place.children = (self.player,)

    def close(self) -> None:
        """Stop following the job."""
        self._stop()
        if self.player is not None:
            self.player.close()

    def _heard(self, record: Record, job_id: str) -> None:
        if record.id == job_id:
            self.status.say(*spoken(record))
            if record.done:
                self._stop()
