"""Files of any size from the browser to a folder here: in parts, acknowledged, checked.

The bytes travel as binary messages and are in no widget's state, so no notebook keeps them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import MB
from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.incoming_file import IncomingFile
from lipsync_nb.notebook.panel import Answer, Panel


class Uploader(Panel):
    """A button and a place to drop a file on; it shows the progress and can cancel.

    Args:
        label: What the file is for.
        done: Called with the path of each file that has arrived.
        accept: What the browser's file dialog shows: MIME types and endings.
        max_bytes: The largest file; larger ones are refused before they are sent.
        traits: The widget's.
    """

    _esm = module("uploader")
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        label: str,
        done: Callable[[Path], object],
        *,
        accept: str = "",
        max_bytes: int | None = None,
        **traits: Any,
    ) -> None:
        self._done = done
        self._max_bytes = max_bytes
        self._incoming: dict[str, IncomingFile] = {}
        super().__init__(label=label, accept=accept, **traits)

    def twins(self) -> dict[str, str]:
        """Return a line of text that says what the file is for."""
        return {"text/plain": f"<Uploader: {self.label}>"}

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer one step of an upload: its start, a part, its end, or that it is cancelled."""
        step = {"start": self._start, "part": self._take, "end": self._end, "cancel": self._cancel}
        return step[question["op"]](question), []

    def close(self) -> None:
        """Close the widget; unfinished uploads are dropped."""
        for upload in list(self._incoming):
            self._cancel({"upload": upload})
        super().close()

    def _asked(self, widget: object, question: Mapping[str, Any], buffers: Any) -> None:
        super()._asked(widget, {**question, "buffers": buffers}, buffers)

    def _start(self, question: Mapping[str, Any]) -> dict[str, Any]:
        name, size = str(question["name"]), int(question["size"])
        if self._max_bytes is not None and size > self._max_bytes:
            limit = f"the limit is {self._max_bytes / MB:g} MB"
            raise BadRequest(f"{name} has {size / MB:,.1f} MB; {limit}")
        self._incoming[question["upload"]] = IncomingFile(name, size)
        return {}

    def _take(self, question: Mapping[str, Any]) -> dict[str, Any]:
        incoming = self._reception(question)
        incoming.take(int(question["offset"]), question["buffers"][0], question["sha256"])
        return {"received": incoming.received}

    def _end(self, question: Mapping[str, Any]) -> dict[str, Any]:
        incoming = self._reception(question)
        del self._incoming[question["upload"]]
        self._done(incoming.finish())
        return {}

    def _cancel(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if incoming := self._incoming.pop(question["upload"], None):
            incoming.drop()
        return {}

    def _reception(self, question: Mapping[str, Any]) -> IncomingFile:
        incoming = self._incoming.get(question["upload"])
        if incoming is None:
            raise BadRequest("the kernel no longer knows this upload; start it again")
        return incoming
