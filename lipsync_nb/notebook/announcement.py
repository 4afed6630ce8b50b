"""A line that screen readers read out when it changes."""

import threading
from typing import Any

import traitlets

from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.panel import Answer, Panel


class Announcement(Panel):
    """A text in a live region, with a tone: ``""``, ``"good"``, ``"bad"``."""

    _esm = module("announcement")
    text = traitlets.Unicode().tag(sync=True)
    tone = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._lock = threading.Lock()
        super().__init__(**traits)

    def say(self, text: str, tone: str = "") -> None:
        """Show a text; callable from any thread."""
        with self._lock, self.hold_sync():
            self.tone, self.text = tone, text

    def twins(self) -> dict[str, str]:
        """Return the announcement as text."""
        return {"text/plain": self.text}

    def answer(self, question: Any) -> Answer:  # noqa: ARG002 - see below
        """Answer nothing: this widget's script asks no questions."""
        return {}, []
