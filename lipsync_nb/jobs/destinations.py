"""Where exports are put: a folder or a zip, in which nothing of the user's is overwritten."""

import hashlib
import json
import secrets
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import localtime
from typing import IO, Protocol

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import CHUNK, replacing

READABLE = 0o644
"""The permissions of files in a zip."""
WRITTEN = ".lipsync_nb-export"
"""The file in which a folder keeps what an export has written: a line of JSON per file."""
MADE_BY = "exported by lipsync_nb"
"""How the comment of a zip begins. A digest of the list of its files follows, by which a later
export knows that nobody has changed it."""
REMEDY = "move or delete it, or export to another place"
"""What to do where something of the user's is in the way."""


class Destination(Protocol):
    """A folder or a zip that files are put into."""

    def earlier(self) -> Mapping[str, str]:
        """Return what an earlier export has put there, and nobody has changed: the jobs by name."""

    def refuse(self, names: Iterable[str]) -> None:
        """Raise `BadRequest` if something in the way is none of what an export has written."""

    def keep(self, name: str) -> None:
        """Leave a file of an earlier export as it is."""

    def put(self, name: str, job: str, write: Callable[[Path], object]) -> None:
        """Add a file.

        Args:
            name: Its name.
            job: The id of its job; empty for the table.
            write: Writes its content to a path.
        """


@contextmanager
def folder(path: Path) -> Iterator["Folder"]:
    """Open a folder for an export; see `Folder`."""
    place = Folder(path)
    yield place
    place.finish()


class Folder:
    """A folder. What an earlier export has written, and nobody has changed, is replaced.

    Args:
        path: The folder; made if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._list = path, path / WRITTEN
        # All versions of a name: one that could not be put in place leaves the one before it.
        self._before: defaultdict[str, dict[Version, str]] = defaultdict(dict)
        for name, version, job in self._read():
            self._before[name][version] = job
        self._now: dict[str, tuple[Version, str]] = {}

    def _read(self) -> Iterator[tuple[str, "Version", str]]:
        with suppress(FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
            for text in self._list.read_text("utf-8").splitlines():
                said = json.loads(text)
                if Path(said["file"]).name == said["file"]:  # whoever has written it
                    yield said["file"], Version(said["size"], said["mtime_ns"]), said.get("job", "")

    def earlier(self) -> dict[str, str]:
        """Return the jobs of the files that an earlier export has written, by name."""
        found = {name: self._version(name) for name in self._before}
        return {name: self._before[name][v] for name, v in found.items() if v is not None}

    def refuse(self, names: Iterable[str]) -> None:
        """Raise `BadRequest` if one of these is there, and is not as an export has written it."""
        if self._path.exists() and not self._path.is_dir():
            raise BadRequest(f"{line(self._path)} is a file; {REMEDY}")
        for name in names:
            path = self._path / name
            if path.exists() and self._version(name) is None:
                why = "was not written by an export, or was changed since"
                raise BadRequest(f"{line(path)} {why}, so nothing was exported; {REMEDY}")
        self._path.mkdir(parents=True, exist_ok=True)

    def _version(self, name: str) -> "Version | None":
        """Return that of a file, if an export has written it."""
        path = self._path / name
        if name not in self._before or not path.is_file():
            return None
        version = Version.of(path)
        return version if version in self._before[name] else None

    def keep(self, name: str) -> None:
        """Leave a file of an earlier export as it is."""
        if (version := self._version(name)) is not None:
            self._now[name] = version, self._before[name][version]

    def put(self, name: str, job: str, write: Callable[[Path], object]) -> None:
        """Add a file, and note it before it is there, so that a later export may replace it."""
        part = self._path / f".{secrets.token_hex(8)}{Path(name).suffix}"
        try:
            write(part)
            version = Version.of(part)
            with self._list.open("a", encoding="utf-8") as file:
                file.write(version.line(name, job))
            part.replace(self._path / name)
            self._now[name] = version, job
        finally:
            part.unlink(missing_ok=True)

    def finish(self) -> None:
        """Delete what an earlier export has written, and this one has not."""
        for name in self._before.keys() - self._now.keys():
            if self._version(name) is not None:
                (self._path / name).unlink()
        with replacing(self._list) as part:
            lines = (version.line(name, job) for name, (version, job) in self._now.items())
            part.write_text("".join(lines), "utf-8")


@dataclass(frozen=True, slots=True)
class Version:
    """By what a file is known to be unchanged: its size in bytes, and its time of modification."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "Version":
        """Return that of a file."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns)

    def line(self, name: str, job: str) -> str:
        """Return a line of the list of what was written."""
        said = {"file": name, "job": job, "size": self.size, "mtime_ns": self.mtime_ns}
        return json.dumps(said, ensure_ascii=False) + "\n"


@contextmanager
def zipped(path: Path) -> Iterator["Zip"]:
    """Open a zip for an export, which takes the place of an earlier one in the end."""
    with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        yield Zip(path, archive, part.with_suffix(".part"))
        archive.comment = _seal(archive)


class Zip:
    """A zip. One that an earlier export has written, and nobody has changed, is replaced.

    The comment of each file in it is the id of its job.

    Args:
        path: The zip.
        archive: The new one, which takes its place in the end.
        part: A path for one file at a time.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, part: Path) -> None:
        self._path, self._archive, self._part = path, archive, part

    def earlier(self) -> dict[str, str]:
        """Return the jobs of the files that an earlier export has written, by name."""
        if not _is_exported(self._path):
            return {}
        with zipfile.ZipFile(self._path) as archive:
            return {each.filename: each.comment.decode() for each in archive.infolist()}

    def refuse(self, _: Iterable[str]) -> None:
        """Raise `BadRequest` if the file that is there was written by something else."""
        if self._path.exists() and not _is_exported(self._path):
            why = "was not written by an export, or was changed since"
            raise BadRequest(f"{line(self._path)} {why}, so nothing was exported; {REMEDY}")

    def keep(self, name: str) -> None:
        """Take over a file of an earlier export."""
        with zipfile.ZipFile(self._path) as archive:
            info = archive.getinfo(name)
            with archive.open(info) as file:
                self._add(file, name, info.comment.decode())

    def put(self, name: str, job: str, write: Callable[[Path], object]) -> None:
        """Add a file."""
        try:
            write(self._part)
            with self._part.open("rb") as file:
                self._add(file, name, job)
        finally:
            self._part.unlink(missing_ok=True)

    def _add(self, file: IO[bytes], name: str, job: str) -> None:
        """Add a file. Media are stored as they are, as they are compressed already."""
        info = zipfile.ZipInfo(name, localtime()[:6])
        is_text = name.endswith((".csv", ".json"))
        info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
        info.external_attr, info.comment = READABLE << 16, job.encode()
        with self._archive.open(info, "w", force_zip64=True) as out:
            shutil.copyfileobj(file, out, CHUNK)


def _is_exported(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment == _seal(archive)
    except (OSError, zipfile.BadZipFile):
        return False


def _seal(archive: zipfile.ZipFile) -> bytes:
    """Return the comment of a zip with such files."""
    files = [(each.filename, each.file_size, each.CRC) for each in archive.infolist()]
    return f"{MADE_BY} {hashlib.sha256(repr(files).encode()).hexdigest()}".encode()
