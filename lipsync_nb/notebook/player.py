"""The players of a job, which shows its progress until it has a result, and of a file alone."""

from collections.abc import Mapping
from time import time
from typing import Any

import traitlets

from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import fallback
from lipsync_nb.notebook.assets import module, style
from lipsync_nb.notebook.card import job_card
from lipsync_nb.notebook.chain import concerns
from lipsync_nb.notebook.job_widget import JobWidget
from lipsync_nb.notebook.result_card import audio_card, media_card
from lipsync_nb.notebook.result_html import result_html
from lipsync_nb.notebook.widget import Answer, ScriptWidget, file_chunk

MODULE = module("player")
STYLE = style("base", "card")


class Player(JobWidget):
    """A job's live card: its progress, then its result; or its error, and what to do.

    Args:
        job: The job to show first; `follow` shows another.
    """

    _esm = MODULE
    _css = STYLE
    saved = traitlets.Dict().tag(sync=True)

    def __init__(self, job: Job) -> None:
        self.job = job
        super().__init__(job.session)
        self.save()

    def changed(self, records: list[Record]) -> None:
        """Show the job if it, or one whose result it uses, is among those that changed."""
        record = self.job.record
        if concerns(record, [each.id for each in records], self._find):
            if record.done or record.lost or self.opening:
                self.save()
            self.show_card(record)

    def state(self) -> dict[str, Any]:
        """Return the job's card."""
        record = self.job.record
        return {"card": job_card(record, self._find, self._etas.of(record)), "now": time()}

    def follow(self, job: Job) -> None:
        """Show another job from now on."""
        if job.id != self.job.id:
            self.job = job
            self.save()
            self.show_card(job.record)

    def save(self) -> None:
        """Keep the job's state in the saved notebook."""
        record = self.job.record
        card = job_card(record, self._find, self._etas.known(record), still=False)
        private: dict[str, Any] = {
            "request": [],
            "details": None,
        }  # paths of this machine, and whole notes
        self.saved = {"card": card | private, "now": time()}

    def fallback(self) -> dict[str, str]:
        """Return the job as text and as HTML."""
        record = self.job.record
        html = fallback.job_html(record, self._find, self._etas.read(record))
        return {"text/plain": repr(self.job), "text/html": html}


class FilePlayer(ScriptWidget):
    """A video or an audio, which the browser gets from the kernel where no server serves it.

    Args:
        made: The video or the audio.
    """

    _esm = MODULE
    _css = STYLE
    saved = traitlets.Dict().tag(sync=True)

    def __init__(self, made: Video | Audio) -> None:
        self.made = made
        audio = audio_card(made) if isinstance(made, Audio) else None
        super().__init__(saved={"file": audio or media_card(made.path, still=False)})

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Send a part of the file."""
        return file_chunk(self.made.path, int(question["offset"]))

    def fallback(self) -> dict[str, str]:
        """Return the file's path as text, and a player as HTML."""
        return {"text/plain": str(self.made), "text/html": result_html(self.made)}
