"""Local files: the package's own folder; types, recognised from the content; reading."""

import asyncio
import errno
import hashlib
import io
import mimetypes
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial, wraps
from pathlib import Path
from tempfile import TemporaryFile
from time import time
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from lipsync_nb.decode.containers import media_type
from lipsync_nb.errors import BadRequest, line

P = ParamSpec("P")
T = TypeVar("T")

MB = 1_000_000
"""Bytes, as vendors count them."""

CHUNK = 1 << 20
"""Bytes read at once: so many that starting each read in another thread costs next to nothing."""

CLOCK_TICK = 2.0
"""Seconds; the coarsest times of files, on FAT."""

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
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
}
"""The media types that vendors name, by their usual suffix."""
SLIDES = {MIME["ppt"], MIME["pptx"], MIME["pdf"]}
"""The media types of slides."""
MP4_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
"""Types of the first box in a file of the MP4 family; each follows its box's length of 4 bytes."""
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""The first bytes of the older files of Office; a name in them tells which of them it is."""
PPT_STREAM = "PowerPoint Document".encode("utf-16-le")
"""The name that each .ppt file has in its directory."""


HOME = "LIPSYNC_NB_HOME"
"""The environment variable of the package's own folder."""


def home() -> Path:
    """Return the package's own folder: ``LIPSYNC_NB_HOME``, or one in the user's data folder.

    Raises:
        BadRequest: It begins with a home folder that there is not, or the working folder was
            deleted.
    """
    chosen = os.environ.get(HOME)
    if not chosen:
        from platformdirs import user_data_path  # noqa: PLC0415 - keeps the package's import fast

        chosen = str(user_data_path("lipsync_nb"))
    try:
        folder = Path(chosen).expanduser()
    except RuntimeError:  # a system without an entry for the user
        raise BadRequest(f"{chosen}: {_no_folder('there is no such home folder')}") from None
    return absolute(folder)


def own_folder(*names: str) -> Path:
    """Return a folder in the package's own, created if it does not exist.

    Raises:
        BadRequest: No files can be written to it.
    """
    folder = home().joinpath(*names)
    try:
        return writable(folder)
    except OSError as error:
        raise BadRequest(f"{folder}: {_no_folder(error.strerror or str(error))}") from None


def writable(folder: Path) -> Path:
    """Create a folder if it does not exist, and return it; `OSError` if it cannot be written to."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        return folder


@contextmanager
def replacing(path: Path, *sources: Path) -> Iterator[Path]:
    """Give a temporary file, which takes the place of another one once it is whole.

    Args:
        path: The file that is written; its folder is made if it is missing.
        sources: Files that are read meanwhile, and must not be overwritten.

    Raises:
        BadRequest: It is one of the sources, or cannot be written.
    """
    if any(is_same(path, source) for source in sources):
        raise BadRequest(f"{line(path)} is read; give another path, so that nothing is lost")
    part = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise BadRequest(f"{line(path)}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):  # its folder may be a file; the first error tells more
            part.unlink()


def is_same(path: Path, other: Path) -> bool:
    """Return whether two paths name the same file. A file that is missing is no other one's."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # an impossible name is no file
        return False


def _no_folder(why: str) -> str:
    return f"{why}; set {HOME} to a folder to which files can be written"


def absolute(path: Path) -> Path:
    """Return an absolute path.

    Raises:
        BadRequest: The path is relative, and the working folder was deleted.
    """
    try:
        return path.absolute()
    except OSError:
        where = ""
    with suppress(OSError):  # other systems than Linux do not tell
        where = str(Path("/proc/self/cwd").readlink()).removesuffix(" (deleted)")
    raise BadRequest(
        f"{path}: the working folder was deleted{where and f' ({where})'}; give an absolute path, "
        'or go to another folder, such as by os.chdir("/tmp")'
    )


def exists(path: str | Path) -> bool:
    """Return whether there is a file. No file has a name that the system does not accept.

    `Path.exists` raises an error for a name that is too long.
    """
    return os.path.exists(path)  # noqa: PTH110 - see above


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine.

    Attributes:
        path: The absolute path.
        mime: The media type, by its content or else by the ending.
        size: In bytes.
    """

    path: Path
    mime: str
    size: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Describe a file; `BadRequest` if it is missing, empty or unreadable."""
        path = absolute(path)
        try:
            size = path.stat().st_size
            found = _type(path) if path.is_file() else None
        except OSError as error:
            raise BadRequest(f"{line(path)}: {error.strerror or error}") from None
        if not path.is_file():
            raise BadRequest(f"{path} is not a file")
        if size == 0:
            raise BadRequest(f"{path} is empty")
        found = found or mimetypes.guess_type(path.name)[0] or _by_box(path)
        return cls(path, _COMMON.get(found or "", found or "application/octet-stream"), size)

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
            return _digest(self.path)
        except OSError as error:
            raise BadRequest(f"{self.path}: {error.strerror or error}") from None


def cached_by_version(
    maxsize: int,
) -> Callable[[Callable[Concatenate[Path, P], T]], Callable[Concatenate[Path, P], T]]:
    """Return a decorator that caches what a function computes from a file's content.

    Another file may be given the same size and time of modification, but not the time at which
    that was done. As clocks of file systems are coarse, nothing is cached for a file that was
    changed within the last `CLOCK_TICK` seconds. Two changes are not seen: one through a memory map
    to a page that was changed before and is not yet on the disk; and, on Windows, which has no time
    of the last change, one by a program that keeps size and time.

    Args:
        maxsize: The most values that are kept.

    Returns:
        The decorator. The function raises `OSError` if there is no such file.
    """

    def decorate(
        function: Callable[Concatenate[Path, P], T],
    ) -> Callable[Concatenate[Path, P], T]:
        @lru_cache(maxsize)
        def cached(_: tuple[int, ...], path: Path, *args: P.args, **kwargs: P.kwargs) -> T:
            return function(path, *args, **kwargs)

        @wraps(function)
        def call(path: Path, /, *args: P.args, **kwargs: P.kwargs) -> T:
            stat = path.stat()
            changed_ns = max(stat.st_mtime_ns, stat.st_ctime_ns)
            if changed_ns > (time() - CLOCK_TICK) * 1e9:
                return function(path, *args, **kwargs)
            version = stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
            return cached(version, path, *args, **kwargs)  # type: ignore[arg-type]  # they must be hashable

        return call

    return decorate


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


@cached_by_version(256)
def _type(path: Path) -> str | None:
    with path.open("rb") as file:
        if file.read(len(OLE)) == OLE and PPT_STREAM in file.read():
            return MIME["ppt"]  # filetype takes some of them for files of Excel
        file.seek(0)
        return media_type(file)


def _by_box(path: Path) -> str | None:
    # It is damaged, or its index did not arrive yet.
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
_SUFFIX = {
    "image/avif": ".avif",
    "image/heic": ".heic",
    "video/3gpp": ".3gp",
    "video/mp2t": ".ts",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "audio/3gpp": ".3gp",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp2t": ".ts",
    "audio/ogg": ".ogg",
    "audio/quicktime": ".mov",
    "audio/webm": ".webm",
    "audio/x-flac": ".flac",
    "audio/x-matroska": ".mka",
    **{mime: f".{ending}" for ending, mime in MIME.items()},
}


def digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, in hex; ``None`` if there is none that can be read."""
    try:
        return LocalFile.of(path).digest
    except BadRequest:
        return None


@cached_by_version(256)
def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
