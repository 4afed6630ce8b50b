"""The parts of a split speech below a form: their progress, and the joined video at the end."""

from collections import Counter
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lipsync_nb.jobs.client import JobClient
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.callbacks import in_thread
from lipsync_nb.notebook.form_footer import StatusLine, SubmitButton
from lipsync_nb.notebook.job_widget import JobUpdates
from lipsync_nb.notebook.long_speech import SplitJob
from lipsync_nb.notebook.preview import Preview
from lipsync_nb.notebook.widget_factory import WidgetFactory

AGAIN = "Make the failed parts again (you pay again)"
"""What the button says."""


class PartsView(widgets.VBox):
    """Shows how the jobs of the parts go on. When all are done, their videos are joined.

    Args:
        client: The client that has the jobs.
        factory: Makes the widgets.

    Attributes:
        split: The jobs that are shown; ``None`` before.
        video: The joined video, once it is made.
        status: The line that reports on them.
        button: Submits the failed parts again.
    """

    def __init__(self, client: JobClient, factory: WidgetFactory) -> None:
        self._factory = factory
        self.split: SplitJob | None = None
        self.video: Video | None = None
        self._joined: list[str] = []
        self._updates = JobUpdates(client.records, self._note)
        self.status = factory.new(StatusLine)
        self.button = factory.new(SubmitButton, AGAIN)
        self.button.on_click(lambda _: self._again())
        super().__init__(layout=factory.layout)
        self.add_class("lsf-results")

    def follow(self, split: SplitJob) -> None:
        """Show other jobs from now on."""
        self.split, self.video, self._joined = split, None, []
        self._updates.start()
        self.show()

    def forget(self) -> None:
        """Show nothing from now on."""
        self._updates.stop()
        self.split = self.video = None
        self._put([])

    def show(self) -> None:
        """Show how the jobs go on now; join the videos if all are there."""
        if (split := self.split) is None:
            return
        jobs = split.jobs
        ids = [job.id for job in jobs]
        if split.is_made and ids != self._joined:
            self._joined = ids
            self.status.show("All parts are done. Joining their videos …")
            in_thread(self._join, self._refused, lambda: None)
        elif ids != self._joined:
            count = Counter(str(job.status) for job in jobs)
            states = ", ".join(f"{number} {state}" for state, number in sorted(count.items()))
            self.status.show(f"Parts: {states}", "bad" if split.failed else "")
        self._arrange()

    def close(self) -> None:
        """Close the view. The jobs go on."""
        self._updates.stop()
        super().close()

    def _note(self, changed: list[Record]) -> None:
        if self.split is not None:
            ids = {job.id for job in self.split.jobs}
            if ids.intersection(each for job in changed for each in (job.id, job.successor)):
                self.show()

    def _join(self) -> None:
        assert self.split is not None  # noqa: S101 - see the caller
        self.video = self.split.join()
        self.status.show(f"Joined: {jupyter.relative(self.video.path)}", "good")
        self._arrange()

    def _again(self) -> None:
        if (split := self.split) is not None:
            self.button.disabled = True
            in_thread(split.resubmit, self._refused, self._enable)

    def _enable(self) -> None:
        self.button.disabled = False
        self.show()

    def _refused(self, text: str) -> None:
        self.status.show(text, "bad")

    def _arrange(self) -> None:
        shown: list[widgets.Widget] = [self.status]
        if self.split is not None and self.split.failed:
            shown.append(self.button)
        if self.video is not None:
            shown.append(self._player(self.video.path))
        self._put(shown)

    def _put(self, shown: list[widgets.Widget]) -> None:
        self.children = shown

    def _player(self, path: Path) -> Any:
        shown: Any = self.children
        made = [child for child in shown if isinstance(child, Preview)]
        player = made[0] if made else self._factory.new(Preview, path.name)
        player.show(Media(path), Takes(("video",)))
        return player
