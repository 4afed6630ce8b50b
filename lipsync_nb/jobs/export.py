"""Results to hand over: a folder or a zip of the files of a selection of jobs, with their table."""

import json
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from lipsync_nb.engine.inputs import has_result
from lipsync_nb.engine.names import check_pattern, file_name, numbered
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute
from lipsync_nb.jobs.copying import as_text, copy_with_comment
from lipsync_nb.jobs.dataframe import jobs_frame, without_formulas
from lipsync_nb.jobs.provenance import described
from lipsync_nb.jobs.session import Session
from lipsync_nb.ledger.record import Record

if TYPE_CHECKING:
    import pandas as pd

TABLE = "jobs.csv"
WRITTEN = ".lipsync_nb-export"
"""The file in which a folder keeps what an export has written: a line of JSON per file."""
MADE_BY = b"exported by lipsync_nb"
"""The comment of a zip, by which a later export knows that it may replace it."""
OURS = "move or delete it, or export to another place"
"""The remedy where something of the user's is in the way."""


class Place(Protocol):
    """A folder or a zip that files are put into."""

    def refuse(self, names: Iterable[str]) -> None:
        """Raise `BadRequest` if something in the way is none of what an export has written."""

    def put(self, name: str, write: Callable[[Path], object]) -> None:
        """Add a file.

        Args:
            name: Its name.
            write: Writes its content to a path.
        """


def export(
    session: Session,
    records: Sequence[Record],
    path: str | PathLike[str],
    names: str,
    *,
    sidecar: bool,
) -> Path:
    """Put the results of jobs into a folder or a zip; see `JobClient.export`."""
    check_pattern(names)
    target = absolute(Path(path).expanduser())
    files = _names(records, names)
    wanted = [TABLE, *files.values(), *(map(_beside, files.values()) if sidecar else ())]
    try:
        with (_zipped if target.suffix.lower() == ".zip" else _folder)(target) as place:
            place.refuse(wanted)
            for record in records:
                if (name := files.get(record.id)) is not None:
                    _put(place, session, record, target / name, sidecar=sidecar)
            table = _table(records, files)
            place.put(TABLE, lambda part: table.to_csv(part, index=False, encoding="utf-8-sig"))
    except OSError as error:
        raise BadRequest(f"{line(target)}: {error.strerror or error}") from None
    return target


def _put(place: Place, session: Session, record: Record, file: Path, *, sidecar: bool) -> None:
    source = Path(record.path or "")
    if not sidecar:
        place.put(file.name, partial(shutil.copyfile, source))
        return
    beside = file.with_suffix(".json")
    said = described(session, record, beside)
    place.put(file.name, lambda part: copy_with_comment(source, part, said))
    place.put(beside.name, lambda part: part.write_text(as_text(said), "utf-8"))


def _names(records: Iterable[Record], pattern: str) -> dict[str, str]:
    """Return the names of the files, by the ids of the jobs that have one. None is given twice."""
    names: dict[str, str] = {}
    taken = {Path(TABLE).stem}  # without endings, as sidecars have the same names
    more: dict[str, Iterator[str]] = {}
    for record in records:
        if record.makes_file and has_result(record) and record.path:
            wanted = file_name(pattern, record)
            free = more.setdefault(wanted.casefold(), numbered(wanted))
            stem = next(name for name in free if name.casefold() not in taken)
            taken.add(stem.casefold())
            names[record.id] = stem + Path(record.path).suffix
    return names


def _beside(name: str) -> str:
    return str(Path(name).with_suffix(".json"))


def _table(records: Sequence[Record], files: dict[str, str]) -> "pd.DataFrame":
    frame = jobs_frame(records).drop(columns="path")  # of this machine
    frame.insert(1, "file", [files.get(record.id) for record in records])
    why = [None if record.id in files else _why(record) for record in records]
    frame.insert(2, "no_file", why)
    return without_formulas(frame)


def _why(record: Record) -> str:
    """Return why a job has no file."""
    if not record.makes_file:
        return f"it makes a {record.makes}"
    if record.path is not None:
        return "its file is not there any more; job.result() fetches it again"
    return f"{record.status}: {record.error}" if record.error else str(record.status)


@contextmanager
def _folder(path: Path) -> Iterator["Folder"]:
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
        self._before = dict(self._read())
        self._now: dict[str, Version] = {}

    def _read(self) -> Iterator[tuple[str, "Version"]]:
        with suppress(FileNotFoundError, ValueError, KeyError):
            for text in self._list.read_text("utf-8").splitlines():
                said = json.loads(text)
                if Path(said["file"]).name == said["file"]:  # whoever has written it
                    yield said["file"], Version(said["size"], said["mtime_ns"])

    def refuse(self, names: Iterable[str]) -> None:
        """Raise `BadRequest` if one of these is there, and is not as an export has written it."""
        if self._path.exists() and not self._path.is_dir():
            raise BadRequest(f"{line(self._path)} is a file; {OURS}")
        for name in names:
            path = self._path / name
            if path.exists() and not self._is_ours(name):
                why = "was not written by an export, or was changed since"
                raise BadRequest(f"{line(path)} {why}, so nothing was exported; {OURS}")
        self._path.mkdir(parents=True, exist_ok=True)

    def _is_ours(self, name: str) -> bool:
        path = self._path / name
        return path.is_file() and self._before.get(name) == Version.of(path)

    def put(self, name: str, write: Callable[[Path], object]) -> None:
        """Add a file, and note it before it is there, so that a later export may replace it."""
        part = self._path / f".{secrets.token_hex(8)}{Path(name).suffix}"
        try:
            write(part)
            self._now[name] = Version.of(part)
            with self._list.open("a", encoding="utf-8") as file:
                file.write(self._now[name].line(name))
            part.replace(self._path / name)
        finally:
            part.unlink(missing_ok=True)

    def finish(self) -> None:
        """Delete what an earlier export has written, and this one has not."""
        for name in self._before.keys() - self._now.keys():
            if self._is_ours(name):
                (self._path / name).unlink()
        part = self._path / f".{secrets.token_hex(8)}"
        part.write_text("".join(v.line(name) for name, v in self._now.items()), "utf-8")
        part.replace(self._list)


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

    def line(self, name: str) -> str:
        """Return a line of the list of what was written."""
        said = {"file": name, "size": self.size, "mtime_ns": self.mtime_ns}
        return json.dumps(said, ensure_ascii=False) + "\n"


@contextmanager
def _zipped(path: Path) -> Iterator["Zip"]:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(8)}.zip")
    try:
        with zipfile.ZipFile(part, "w", strict_timestamps=False) as archive:
            archive.comment = MADE_BY
            yield Zip(path, archive, part.with_suffix(".part"))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class Zip:
    """A zip. One that an earlier export has written is replaced as a whole.

    Args:
        path: The zip.
        archive: The new one, which takes its place in the end.
        part: A path for one file at a time.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, part: Path) -> None:
        self._path, self._archive, self._part = path, archive, part

    def refuse(self, _: Iterable[str]) -> None:
        """Raise `BadRequest` if the file that is there was written by something else."""
        if self._path.exists() and not _is_exported(self._path):
            raise BadRequest(f"{line(self._path)} was not written by an export; {OURS}")

    def put(self, name: str, write: Callable[[Path], object]) -> None:
        """Add a file. Media are stored as they are, as they are compressed already."""
        method = zipfile.ZIP_DEFLATED if name.endswith((".csv", ".json")) else zipfile.ZIP_STORED
        try:
            write(self._part)
            self._archive.write(self._part, name, compress_type=method)
        finally:
            self._part.unlink(missing_ok=True)


def _is_exported(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment == MADE_BY
    except (OSError, zipfile.BadZipFile):
        return False


def selected(session: Session, jobs: Any) -> list[Record]:
    """Return the records of a selection of jobs; of all that have a file, if it is ``None``.

    Raises:
        BadRequest: It is no selection of jobs of this ledger.
        LedgerError: There is no such job.
    """
    if jobs is None:
        records = session.records.all()
        return [record for record in records if record.makes_file and has_result(record)]
    return [session.records.known(job_id) for job_id in _ids_of(jobs)]


def _ids_of(jobs: Any) -> list[str]:
    """Return the ids of a selection: jobs, ids, or a frame with the column ``id``.

    Raises:
        BadRequest: It is something else.
    """
    if isinstance(getattr(jobs, "columns", None), Iterable):
        if "id" not in jobs.columns:
            raise BadRequest("jobs: the table has no column id, as client.jobs has")
        jobs = list(jobs["id"])
    one = isinstance(jobs, str) or not isinstance(jobs, Iterable)
    given = [jobs] if one else list(jobs)
    ids = [each if isinstance(each, str) else getattr(each, "id", None) for each in given]
    if None in ids:
        wrong = line(repr(given[ids.index(None)]))
        raise BadRequest(f"jobs={wrong} is neither a job nor an id; give such as client.jobs")
    return list(dict.fromkeys(str(job_id) for job_id in ids))
