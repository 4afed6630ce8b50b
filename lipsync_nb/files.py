"""Local files: the package's own folder; types, recognised from the first bytes; reading."""

import asyncio
import errno
import hashlib
import io
import mimetypes
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

import filetype

from lipsync_nb.errors import BadRequest, line

P = ParamSpec("P")
T = TypeVar("T")

MB = 1_000_000
"""Bytes, as vendors count them."""

CHUNK = 1 << 20
"""Bytes read at once: so many that starting each read in another thread costs next to nothing."""

MIME = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
"""The media types that vendors name, by their usual suffix."""
MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
"""Types of the first box in a file of the MP4 family; each follows its box's length of 4 bytes."""


def home() -> Path:
    """Return the package's own folder: ``LIPSYNC_NB_HOME``, or one in the user's data folder."""
    if chosen := os.environ.get("LIPSYNC_NB_HOME"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_data_path  # noqa: PLC0415 - keeps the import of the package fast

    return user_data_path("lipsync_nb")


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine.

    Attributes:
        path: The absolute path.
        mime: The media type, by the first bytes or else by the ending.
        size: In bytes.
    """

    path: Path
    mime: str
    size: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Describe a file; `BadRequest` if it is missing, empty or unreadable."""
        path = path.absolute()
        try:
            size = path.stat().st_size
            guess = filetype.guess(path) if path.is_file() else None
        except OSError as error:
            raise BadRequest(f"{line(path)}: {error.strerror or error}") from None
        if not path.is_file():
            raise BadRequest(f"{path} is not a file")
        if size == 0:
            raise BadRequest(f"{path} is empty")
        found = guess.mime if guess else mimetypes.guess_type(path.name)[0] or _by_box(path)
        mime = _COMMON.get(found or "", found or "application/octet-stream")
        if mime == MIME["mp4"] and path.suffix.lower() == ".m4a":
            mime = MIME["m4a"]  # the same container, which seldom says that it is audio
        return cls(path, mime, size)

    @property
    def suffix(self) -> str:
        """The usual suffix for its type, such as ``".mp4"``, or otherwise its own."""
        return _SUFFIX.get(self.mime) or self.path.suffix.lower()

    @property
    def name(self) -> str:
        """Its name, with a suffix that fits its type."""
        return self.path.stem + self.suffix

    @property
    def digest(self) -> str:
        """Its SHA-256, in hex; `BadRequest` if it can no longer be read."""
        try:
            return _digest(self.path, version(self.path))
        except OSError as error:
            raise BadRequest(f"{self.path}: {error.strerror or error}") from None


def version(path: Path) -> tuple[int, ...]:
    """Return numbers that change with a file's content; a key for what is computed from it.

    Another file may be given the same size and time of modification, but not the time at which
    that was done.

    Raises:
        OSError: There is no such file.
    """
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


class Unreadable(OSError):
    """The file cannot be read; the network is not at fault."""


class UnchangedFile(io.FileIO):
    """A file open for sending, which must keep the length that `LocalFile` recorded.

    The length is announced to the receiver before the file is read.

    Raises:
        Unreadable: The file cannot be read, or has another length.
    """

    def __init__(self, file: LocalFile) -> None:
        try:
            super().__init__(str(file.path), "rb")
        except OSError as error:
            raise Unreadable(error.errno, error.strerror, str(file.path)) from None
        self._size = file.size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes."""
        try:
            data = super().read(size)
        except OSError as error:
            raise Unreadable(error.errno, error.strerror, self.name) from None
        end = self.tell()
        if end > self._size or (end < self._size and not data):
            raise Unreadable(errno.EIO, "it changed while it was sent", self.name)
        return data

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the file's content: each chunk is read while the previous one is sent."""
        reading = in_thread(self.read, CHUNK)
        try:
            while chunk := await asyncio.shield(reading):
                reading = in_thread(self.read, CHUNK)
                yield chunk
        finally:
            await finish(reading)  # before the file is closed


def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
    """Start a function in another thread. It is to be awaited by `asyncio.shield` and `finish`."""
    work = partial(function, *args, **kwargs)
    return asyncio.get_running_loop().run_in_executor(None, work)


async def finish(work: asyncio.Future[Any], then: Callable[[], object] | None = None) -> None:
    """Wait until a thread has finished, even if this task is cancelled meanwhile.

    Args:
        work: From `in_thread`.
        then: Is called if the thread's function has not failed.

    Raises:
        asyncio.CancelledError: This task was cancelled. Everything above was done.
    """
    cancelled = False
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            cancelled = True
    if work.exception() is None and then is not None:
        then()
    if cancelled:
        raise asyncio.CancelledError


def _by_box(path: Path) -> str | None:
    # filetype does not know every brand of the MP4 family.
    with path.open("rb") as file:
        return MIME["mp4"] if file.read(8)[4:] in MP4_BOXES else None


_COMMON: Mapping[str, str] = {
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "video/x-m4v": "video/mp4",
}
_SUFFIX = {mime: f".{ending}" for ending, mime in MIME.items()}


@lru_cache(maxsize=256)
def _digest(path: Path, version: tuple[int, ...]) -> str:  # noqa: ARG001 - it keys the cache
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
