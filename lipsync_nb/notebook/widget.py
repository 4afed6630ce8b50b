"""The base class of widgets with a script, which sends questions to the kernel."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget

from lipsync_nb.errors import LipSyncError
from lipsync_nb.files import LocalFile
from lipsync_nb.jobs.progress import in_kernel
from lipsync_nb.log import log

CHUNK = 1 << 21
"""Bytes of a file per message."""

Answer = tuple[dict[str, Any], list[bytes]]
"""A message to the browser and its binary parts."""


class ScriptWidget(anywidget.AnyWidget):
    """A widget that answers its script's questions, with a fallback where widgets do not work."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._on_question)

    @abstractmethod
    def fallback(self) -> dict[str, str]:
        """Return what is shown without widgets, by MIME type: text, and HTML if it shows more."""

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer a question from the browser; an error raised here is shown there.

        Args:
            question: What the script sent, and its binary parts as ``buffers``.
        """
        raise NotImplementedError(question)

    def refresh(self) -> None:
        """Update what a saved notebook keeps; called whenever the widget is displayed."""

    def bundle(self) -> dict[str, Any]:
        """Return the display by MIME type: the fallback, and the widget where widgets work."""
        if not in_kernel():
            return self.fallback()
        self.refresh()
        view = super()._repr_mimebundle_()
        return {**(view[0] if view else {}), **self.fallback()}

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.bundle(), {}

    def _on_question(self, _: object, question: Mapping[str, Any], buffers: Any) -> None:
        parts: list[bytes] = []
        try:
            answer, parts = self.answer({**question, "buffers": buffers})
        except LipSyncError as error:
            answer = {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - it is shown where the question was asked
            log.exception("%s", type(self).__name__)
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.send({**answer, "to": question.get("from")}, parts)


def file_chunk(path: Path, offset: int) -> Answer:
    """Return a part of a file, for a browser that cannot get it from the server.

    Args:
        path: The file of a video or an audio.
        offset: The part's first byte.
    """
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(CHUNK)
    return {"total": path.stat().st_size, "mime": _mime(path)}, [data]


def _mime(path: Path) -> str:
    """Return the type by which a browser plays a file; a clip that names none plays as MP4."""
    mime = LocalFile.of(path).mime
    if mime.startswith("audio/"):
        return mime
    return "video/webm" if path.suffix == ".webm" else "video/mp4"
