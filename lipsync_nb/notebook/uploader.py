"""Uploads of files of any size from the browser, in parts that are checked and acknowledged.

The bytes are sent as binary messages. They are in no widget's state, so no notebook keeps them.
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
from typing import Any, BinaryIO, NoReturn

import traitlets

from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.files import MB, own_folder
from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.widget import Answer, ScriptWidget

SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
"""The file extensions of uploaded files that are kept."""
FORGOTTEN_SECONDS = 24 * 3600
"""The age at which an unfinished upload of a kernel that has ended is deleted."""


class Uploader(ScriptWidget):
    """A button to upload a file, which can also be dropped on the widget.

    It shows the progress, and a button cancels the upload.

    Args:
        label: What the file is for.
        done: Called with the path of each uploaded file.
        accept: What the browser's file dialog shows: MIME types and file extensions.
        max_bytes: The largest file. Larger ones are refused before they are sent.
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
        """Close the widget, and delete what was received of unfinished uploads."""
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
        incoming = self._incoming_file(question)
        incoming.take(int(question["offset"]), question["buffers"][0], question["sha256"])
        return {"received": incoming.received}

    def _end(self, question: Mapping[str, Any]) -> dict[str, Any]:
        incoming = self._incoming_file(question)
        del self._incoming[question["upload"]]
        self._done(incoming.finish())
        return {}

    def _cancel(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if incoming := self._incoming.pop(question["upload"], None):
            incoming.drop()
        return {}

    def _incoming_file(self, question: Mapping[str, Any]) -> "IncomingFile":
        incoming = self._incoming.get(question["upload"])
        if incoming is None:
            raise BadRequest("the kernel no longer knows this upload; start it again")
        return incoming


def uploads() -> Path:
    """Return the folder for uploaded files, which are named by their content."""
    return own_folder("uploads")


class IncomingFile:
    """A file that is being received. It is deleted if anything goes wrong, or the kernel ends.

    Args:
        name: The file's name on the user's machine.
        size: Bytes.

    Raises:
        BadRequest: The file is empty, or does not fit on the disk.
    """

    def __init__(self, name: str, size: int) -> None:
        folder = uploads()
        _delete_old_parts(folder)
        if size == 0:
            raise BadRequest(f"{name} is empty")
        if size > (free := shutil.disk_usage(folder).free):
            left = f"the disk has {free / MB:,.0f} MB left"
            raise BadRequest(f"{name} has {size / MB:,.0f} MB; {left}")
        self.name, self.size = name, size
        self.received = 0
        self._sum = hashlib.sha256()
        self._part = folder / f"{secrets.token_hex(8)}.part"
        self._file = self._part.open("wb")
        self.drop = weakref.finalize(self, _delete, self._file, self._part)
        """Deletes what has been received."""

    def take(self, offset: int, data: bytes | memoryview, sha256: str | None) -> None:
        """Write the next part.

        Args:
            offset: The part's first byte.
            data: Its bytes.
            sha256: Its SHA-256 in hex, if the browser could compute it.

        Raises:
            LipSyncError: The part is not what was sent, or could not be written.
        """
        if offset != self.received or self.received + len(data) > self.size:
            self._fail("part of the file was lost in transit; upload it again")
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            self._fail("part of the file was damaged in transit; upload it again")
        try:
            self._file.write(data)
        except OSError as error:
            self._fail(f"{self.name} cannot be kept: {error.strerror}")
        self._sum.update(data)
        self.received += len(data)

    def finish(self) -> Path:
        """Return the complete file's path: its SHA-256 with the original extension.

        Raises:
            LipSyncError: The end of the file is missing.
        """
        if self.received != self.size:
            self._fail("the end of the file was lost in transit; upload it again")
        self._file.close()
        ending = SUFFIX.fullmatch(Path(self.name).suffix.lower())
        path = self._part.with_name(self._sum.hexdigest() + (ending[0] if ending else ""))
        self.drop.detach()
        return self._part.replace(path)

    def _fail(self, error: str) -> NoReturn:
        self.drop()
        raise LipSyncError(error) from None


def _delete(file: BinaryIO, part: Path) -> None:
    file.close()
    part.unlink(missing_ok=True)


def _delete_old_parts(folder: Path) -> None:
    for part in folder.glob("*.part"):
        with suppress(FileNotFoundError):  # completed by another kernel meanwhile
            if part.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                part.unlink()
