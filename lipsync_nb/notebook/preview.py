"""The preview of a field's medium: a small picture at once, and a player on demand."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import traitlets

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import MB, LocalFile
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.thumbnail import thumbnail
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.file_extensions import EXTENSIONS
from lipsync_nb.notebook.text import clock, size
from lipsync_nb.notebook.widget import Answer, ScriptWidget, file_chunk

LARGEST = 64 * MB
"""The largest file that the kernel sends to a browser that cannot get it from a server."""


class Preview(ScriptWidget):
    """Shows a field's medium.

    A picture and a clip's first frame are shown small. Clips and sounds are played on demand, from
    the server if it has them, else from the kernel. A URL is only requested if the user asks.

    Args:
        label: The field's label.
        traits: The widget's.
    """

    _esm = module("preview")
    label = traitlets.Unicode().tag(sync=True)
    card = traitlets.Dict().tag(sync=True)

    def __init__(self, label: str, **traits: Any) -> None:
        self._path: Path | None = None
        super().__init__(label=label, **traits)

    def show(self, media: Media | None, takes: Takes) -> None:
        """Show a medium; ``None`` shows nothing. Reading the file may take a moment."""
        if media is None:
            self._path, self.card = None, {}
            return
        card = describe(media, takes)
        self._path, self.card = media.path, card

    def fallback(self) -> dict[str, str]:
        """Return the medium's description as text."""
        return {"text/plain": f"<Preview: {self.card.get('text', 'nothing')}>"}

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Send the small picture, or a part of the file."""
        if self._path is None:
            raise BadRequest("there is nothing to show")
        if question["op"] == "still":
            return {}, [thumbnail(self._path) or b""]
        file = LocalFile.of(self._path)
        if file.size > LARGEST:
            limit = f"the limit is {LARGEST / MB:g} MB"
            raise BadRequest(f"{file.size / MB:,.0f} MB is too large to preview; {limit}")
        answer, buffers = file_chunk(self._path, int(question["offset"]))
        return {**answer, "mime": file.mime}, buffers


def describe(media: Media, takes: Takes) -> dict[str, Any]:
    """Return what a preview shows of a medium.

    Args:
        media: A file, a URL or bytes. A URL is not requested.
        takes: What its field takes.

    Returns:
        A ``kind`` (image, video, audio, remote or nothing) and a ``text``; for a file also whether
        there is a ``still``.
    """
    if media.url is not None:
        url = urlsplit(media.url)
        ending = PurePosixPath(url.path.lower()).suffix
        kinds = [*(kind for kind in takes.kinds if ending in EXTENSIONS[kind]), takes.kinds[0]]
        host = url.hostname or media.url
        return {"kind": "remote", "as": kinds[0], "url": media.url, "text": host}
    if media.job is not None:
        return {"kind": "nothing", "text": f"{media}: its result is not here yet.", "wrong": False}
    if media.path is None:
        return {"kind": "nothing", "text": str(media), "wrong": False}
    try:
        file = media.local()
        refusal = takes.refusal(file)
    except BadRequest as error:
        return {"kind": "nothing", "text": str(error), "wrong": True}
    return {
        "kind": _kind(file.mime),
        "name": file.path.name,
        "text": refusal or " · ".join(_facts(file)),
        "wrong": refusal is not None,
        "file": jupyter.relative(file.path),
        "size": file.size,
        "still": thumbnail(file.path) is not None,
    }


def _kind(mime: str) -> str:
    kind = mime.partition("/")[0]
    return kind if kind in {"image", "video", "audio"} else "nothing"


def _facts(file: LocalFile) -> list[str]:
    facts = [file.mime.partition("/")[2], size(file.size)]
    if _kind(file.mime) in {"video", "audio"}:
        try:
            facts.append(clock(duration_s(file.path)))
        except BadRequest:
            facts.append("not readable")
    return facts
