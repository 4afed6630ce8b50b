"""The same request again, from how a result was made; see `lipsync_nb.jobs.provenance`."""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path, PureWindowsPath
from typing import Any

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute, digest_of, exists
from lipsync_nb.jobs.client import open_ledgers
from lipsync_nb.jobs.copying import read_file
from lipsync_nb.jobs.provenance import FORMAT, INPUT, published
from lipsync_nb.media.reference import JobReference
from lipsync_nb.results import NO_FILES
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request


def request_from(
    source: str | os.PathLike[str] | Mapping[str, Any], *, media: Mapping[str, Any] | None = None
) -> Request:
    """Return the request by which a result was made.

    In the ledger that has its job, submitting it returns this job, and nothing is paid again.

    Files are looked for where they were, then beside the source by their names, and must have the
    same content. Where they were is told by a sidecar, or by the ledger of the job if it is open;
    shares of other machines are not looked at.

    A job whose result was used is used again if its ledger is on this machine; else the file, the
    text or the id that it made.

    Args:
        source: A sidecar (``"out.json"``), a clip whose comment tells it (``"out.mp4"``), or what
            `provenance` has returned.
        media: By field, such as ``{"video": "face.mp4"}`` or ``{"segments.0.media_url": "a.png"}``,
            what is to be used instead: files that are found no more, and what is not written, as
            it may be secret: URLs with a query, callback URLs (or ``None`` for none).

    Raises:
        BadRequest: It does not tell how it was made, or something is missing or has changed; the
            text names the field.
    """
    said, folder = _read(source)
    vendor, kind = VENDORS.get(str(said.get("vendor"))), str(said.get("kind"))
    if vendor is None:
        raise BadRequest(f"no vendor {line(repr(said.get('vendor')))} is registered")
    fields = _Rebuilder(dict(media or {}), folder, said)
    given = fields.rebuilt(said.get("fields") or {}, "")
    fields.refuse()
    request: Request = vendor.model(kind)(**given)
    return request


def _read(source: str | os.PathLike[str] | Mapping[str, Any]) -> tuple[Mapping[str, Any], Path]:
    if isinstance(source, Mapping):
        said: Mapping[str, Any] | None = source
        folder, name = absolute(Path()), "it"
    else:
        path = absolute(Path(source).expanduser())
        if not path.is_file():
            raise BadRequest(f"{line(path)} is not a file")
        said, folder, name = read_file(path), path.parent, line(path)
        if said is not None and path.suffix.lower() != ".json":
            said = published(said)  # a clip may be anybody's, and says nothing of this machine
    if said is None or not isinstance(said.get("fields"), Mapping):
        raise BadRequest(
            f"{name} does not tell how it was made; job.download(path, sidecar=True) writes it"
        )
    if said.get("format") != FORMAT:
        raise BadRequest(f"{name} was written by a newer version of lipsync_nb; upgrade it")
    return said, folder


class _Rebuilder:
    """Rebuilds the fields of a request.

    Args:
        given: What the user gives, by field.
        folder: The folder of the sidecar or the clip.
        said: What they tell.
    """

    def __init__(self, given: dict[str, Any], folder: Path, said: Mapping[str, Any]) -> None:
        self._given, self._folder = given, folder
        self._ledgers = open_ledgers()
        self._known = [path for ledger in self._ledgers for path in _paths_of(ledger, said)]
        if (ledger := _local(said.get("ledger"))) is not None:
            self._ledgers.append(ledger)
        self._inputs: list[str] = []
        self._wrong: list[tuple[str, str]] = []

    def refuse(self) -> None:
        """Raise `BadRequest` if something is missing, or was given for a field that needs none."""
        if unknown := [field for field in self._given if field not in self._inputs]:
            known = ", ".join(self._inputs) or "none"
            raise BadRequest(f"media: there is no {line(repr(unknown[0]))}; inputs are {known}")
        if self._wrong:
            why = "; ".join(f"{field}: {why}" for field, why in self._wrong)
            remedy = ", ".join(f'"{field}": …' for field, _ in self._wrong)
            raise BadRequest(f"{why}; give it: media={{{remedy}}}", self._wrong)

    def rebuilt(self, value: Any, field: str) -> Any:
        """Return the value of a field, which is named by its dotted path."""
        if isinstance(value, Mapping) and INPUT in value:
            self._inputs.append(field)
            return self._given[field] if field in self._given else self._input(value, field)
        if isinstance(value, Mapping):
            return {name: self.rebuilt(each, _dotted(field, name)) for name, each in value.items()}
        if isinstance(value, list):
            return [self.rebuilt(each, _dotted(field, n)) for n, each in enumerate(value)]
        return value

    def _input(self, said: Mapping[str, Any], field: str) -> Any:
        match said[INPUT]:
            case "url":
                return said.get("url")
            case "job":
                return self._job(said, field)
            case "file":
                return self._file(said, field)
        url, text = said.get("url"), said.get("text")
        what = (
            f"the query of {line(url)}" if url else f"{line(repr(text))} in full" if text else "it"
        )
        self._wrong.append((field, f"{what} is not written, as it may be secret"))
        return None

    def _job(self, said: Mapping[str, Any], field: str) -> Any:
        job_id, makes = str(said.get("job")), str(said.get("makes"))
        ledger = next((path for path in self._ledgers if _has_job(path, job_id)), None)
        if ledger is not None:
            return JobReference(job_id, makes, ledger=ledger)
        if makes in NO_FILES and "value" in said:
            return said["value"]
        return self._file(said, field)

    def _file(self, said: Mapping[str, Any], field: str) -> Path | None:
        paths = list(self._paths(said))
        name = paths[-1].name if paths else f"the result of job {said.get('job')}"
        for path in paths:
            if said.get("sha256") and digest_of(path) == said["sha256"]:
                return path
        changed = any(exists(path) for path in paths)
        self._wrong.append((field, f"{line(name)} {'has changed' if changed else 'is missing'}"))
        return None

    def _paths(self, said: Mapping[str, Any]) -> Iterator[Path]:
        name = Path(str(said.get("name") or "")).name
        if (path := _local(said.get("path"))) is not None:
            yield self._folder / path
        yield from (path for path in self._known if path.name == name)
        if name:
            yield self._folder / name


def _dotted(field: str, name: object) -> str:
    return f"{field}.{name}" if field else str(name)


def _local(path: object) -> Path | None:
    """Return a path of this machine. To a share of another one, Windows sends the user's name."""
    if not isinstance(path, str) or not path or PureWindowsPath(path).drive.startswith("\\\\"):
        return None
    return Path(path)


def _has_job(ledger: Path, job_id: str) -> bool:
    return _request(ledger, job_id) is not None


def _paths_of(ledger: Path, said: Mapping[str, Any]) -> list[Path]:
    """Return the files of a job's request by its row in a ledger."""
    try:
        texts = list(_texts(json.loads(_request(ledger, str(said.get("job"))) or "null")))
    except (ValueError, RecursionError):
        return []
    return [path for path in map(Path, texts) if path.is_absolute()]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def _request(ledger: Path, job_id: str) -> str | None:
    """Return the request of a job in a file, if it is a ledger. It is only read, whatever it is."""
    if not os.path.isfile(ledger):  # noqa: PTH113 - an impossible name is no file either
        return None
    try:
        with closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as db:
            row = db.execute("SELECT request FROM jobs WHERE id = ?", (job_id,)).fetchone()
    except (sqlite3.Error, ValueError):
        return None
    return None if row is None else str(row[0])
