"""Files of any size from the browser to a folder here: in parts, acknowledged, checked.

The bytes travel as binary messages and are in no widget's state, so no notebook keeps them.
"""

import hashlib
import re
import secrets
import shutil
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import traitlets

from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.files import MB
from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.widget import Answer, ScriptWidget
from lipsync_nb.settings import home

SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
"""File extensions that are kept from an uploaded file's name."""
FORGOTTEN_SECONDS = 24 * 3600
"""Age at which a partial upload left by a dead kernel is deleted."""


class Uploader(ScriptWidget):
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

    def fallback(self) -> dict[str, str]:
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

    def _reception(self, question: Mapping[str, Any]) -> "IncomingFile":
        incoming = self._incoming.get(question["upload"])
        if incoming is None:
            raise BadRequest("the kernel no longer knows this upload; start it again")
        return incoming


def uploads() -> Path:
    """Return the folder for uploaded files, which are named by their content."""
    return home() / "uploads"


class IncomingFile:
    """Receives one file. If anything goes wrong, or the kernel ends, nothing of it is left behind.

    Args:
        name: Its name on the user's machine.
        size: Bytes.

    Raises:
        BadRequest: It is empty, or does not fit on the disk.
    """

    def __init__(self, name: str, size: int) -> None:
        folder = uploads()
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        _refuse(name, size, shutil.disk_usage(folder).free)
        self.name, self.size = name, size
        self.received = 0
        self._sum = hashlib.sha256()
        self._part = folder / f"{secrets.token_hex(8)}.part"
        self._file = self._part.open("wb")
        self._throw_away = weakref.finalize(self, _throw_away, self._file, self._part)

    def take(self, offset: int, data: bytes | memoryview, sha256: str | None) -> None:
        """Take a part.

        Args:
            offset: Where it begins.
            data: Its bytes.
            sha256: Its SHA-256 in hex, if the browser could compute it.

        Raises:
            LipSyncError: It is not what was sent, or could not be written.
        """
        try:
            self._check(offset, data, sha256)
            self._write(data)
        except LipSyncError:
            self.drop()
            raise

    def finish(self) -> Path:
        """Return the complete file's path: its SHA-256 with the original extension."""
        if self.received != self.size:
            self.drop()
            raise LipSyncError("the end of the file was lost in transit; upload it again")
        self._file.close()
        ending = SUFFIX.fullmatch(Path(self.name).suffix.lower())
        path = self._part.with_name(self._sum.hexdigest() + (ending[0] if ending else ""))
        self._throw_away.detach()
        return self._part.replace(path)

    def drop(self) -> None:
        """Delete what has been received."""
        self._throw_away()

    def _check(self, offset: int, data: bytes | memoryview, sha256: str | None) -> None:
        if offset != self.received or self.received + len(data) > self.size:
            raise LipSyncError("part of the file was lost in transit; upload it again")
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise LipSyncError("part of the file was damaged in transit; upload it again")

    def _write(self, data: bytes | memoryview) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise LipSyncError(f"{self.name} cannot be kept: {error.strerror}") from None
        self._sum.update(data)
        self.received += len(data)


def _refuse(name: str, size: int, free: int) -> None:
    if size == 0:
        raise BadRequest(f"{name} is empty")
    if size > free:
        raise BadRequest(f"{name} has {size / MB:,.0f} MB; the disk has {free / MB:,.0f} MB left")


def _throw_away(file: BinaryIO, part: Path) -> None:
    file.close()
    part.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    for part in folder.glob("*.part"):
        with suppress(FileNotFoundError):  # another kernel's, complete by now
            if part.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                part.unlink()
