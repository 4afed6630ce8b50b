"""The players of a job, which shows its progress until it has a video, and of a video alone."""

from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Any

import traitlets

from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook import fallback
from lipsync_nb.notebook.assets import module, style
from lipsync_nb.notebook.card import job_card, video_card
from lipsync_nb.notebook.job_widget import JobWidget
from lipsync_nb.notebook.widget import Answer, ScriptWidget, video_chunk

MODULE = module("player")
STYLE = style("base", "card")


class Player(JobWidget):
    """A job's live card: its progress, then its video; or its error, and what to do.

    Args:
        job: The job to show first; `follow` shows another.
    """

    _esm = MODULE
    _css = STYLE
    saved = traitlets.Dict().tag(sync=True)

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(job.session, saved=_saved(job.record))

    def changed(self, records: list[Record]) -> None:
        """Show the job if it is among those that changed."""
        for record in records:
            if record.id == self.job.id:
                if record.done or record.lost or self.opening:
                    self.saved = _saved(record)
                self.show_card(record)

    def state(self) -> dict[str, Any]:
        """Return the job's card."""
        return {"card": job_card(self.job.record), "now": time()}

    def follow(self, job: Job) -> None:
        """Show another job from now on."""
        if job.id != self.job.id:
            self.job = job
            self.save()
            self.show_card(job.record)

    def save(self) -> None:
        """Keep the job's state in the saved notebook."""
        self.saved = _saved(self.job.record)

    def fallback(self) -> dict[str, str]:
        """Return the job as text and as HTML."""
        return {"text/plain": repr(self.job), "text/html": fallback.job_html(self.job.record)}


class VideoPlayer(ScriptWidget):
    """A video, which the browser gets from the kernel where no server serves it.

    Args:
        path: The video's file.
    """

    _esm = MODULE
    _css = STYLE
    saved = traitlets.Dict().tag(sync=True)

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(saved={"video": video_card(path, still=False)})

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Send a part of the video."""
        return video_chunk(self.path, int(question["offset"]))

    def fallback(self) -> dict[str, str]:
        """Return the video's path as text, and a player as HTML."""
        return {"text/plain": str(self.path), "text/html": fallback.video_html(self.path)}


def _saved(record: Record) -> dict[str, Any]:
    card = job_card(record, still=False)
    return {"card": card | {"request": []}, "now": time()}  # it has paths of this machine
