"""What all widgets with a script share: the browser asks, and each question gets its answer."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget

from lipsync_nb.errors import LipSyncError
from lipsync_nb.log import log
from lipsync_nb.notebook import jupyter

CHUNK = 1 << 21
"""Bytes of a video per message."""

Answer = tuple[dict[str, Any], list[bytes]]
"""A message to the browser and its binary parts."""


class Panel(anywidget.AnyWidget):
    """A widget that answers its script's questions, with twins for where widgets do not work."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._asked)

    @abstractmethod
    def twins(self) -> dict[str, str]:
        """Return what is shown by MIME type: as text, and as HTML where that shows more."""

    @abstractmethod
    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer a question from the browser; an error raised here is shown there."""

    def refresh(self) -> None:
        """Update what a saved notebook keeps; called whenever the widget is displayed."""

    def bundle(self) -> dict[str, Any]:
        """Return the display by MIME type: the twins, and the widget where widgets work."""
        if not jupyter.in_kernel():
            return self.twins()
        self.refresh()
        view = super()._repr_mimebundle_()
        return {**(view[0] if view else {}), **self.twins()}

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.bundle(), {}

    def _asked(self, _: object, question: Mapping[str, Any], __: object) -> None:
        try:
            answer, buffers = self.answer(question)
        except LipSyncError as error:
            answer, buffers = {"error": str(error)}, []
        except Exception as error:  # noqa: BLE001 - it is shown where the question was asked
            log.exception("%s", type(self).__name__)
            answer, buffers = {"error": f"{type(error).__name__}: {error}"}, []
        self.send({**answer, "to": question.get("from")}, buffers)


def piece(path: Path, offset: int) -> Answer:
    """Return a piece of a video for a browser that cannot get it from the server."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(CHUNK)
    mime = "video/webm" if path.suffix == ".webm" else "video/mp4"
    return {"total": path.stat().st_size, "mime": mime}, [data]
