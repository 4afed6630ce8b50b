"""How a result was made: the request without secrets, its media by their hashes, cost, versions."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from lipsync_nb.engine.inputs import Inputs, has_result, result_of
from lipsync_nb.errors import BadRequest, LedgerError
from lipsync_nb.files import digest_of
from lipsync_nb.http.addresses import URL, bare, without_queries
from lipsync_nb.http.redact import MASK, Redactor
from lipsync_nb.jobs.session import Session
from lipsync_nb.jobs.validation import request_of
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.media import Media
from lipsync_nb.media.reference import JobReference
from lipsync_nb.media.result_file import ResultFile
from lipsync_nb.vendors.base import Request
from lipsync_nb.vendors.base.request import Model
from lipsync_nb.version import __version__

FORMAT = "lipsync_nb provenance 1"
"""What the description of a result begins with; the number is that of its form."""
INPUT = "input"
"""The key that tells an input among the fields of a request: ``"file"``, ``"url"``, ``"job"``, or
``"removed"`` for what is not written, as it may be secret."""
TIMES = ("created_at", "sent_at", "accepted_at", "started_at", "finished_at")
PUBLISHED = ("format", "job", "vendor", "kind", "fields", "seed", "created_at", "versions")
"""What the file of a result says of itself, as it is published with it."""


class AnyJob(Protocol):
    """A job; see `lipsync_nb.Job`."""

    @property
    def session(self) -> Session:
        """The objects that the jobs of its client share."""

    @property
    def record(self) -> Record:
        """Its record in the ledger."""


def provenance(job: AnyJob) -> dict[str, Any]:
    """Return how a job's result was made, as JSON can hold it.

    It has the request's fields; its files by name and SHA-256; the jobs whose results it uses; the
    ids of the job, here and at the vendor; cost, times, and the versions in use now. It has no
    keys, no callback URL, and no queries of URLs, as they may be signatures: what is left out so is
    marked, and `request_from` asks for it. It has no paths.

    Args:
        job: The job. It need not be done.

    Raises:
        BadRequest: Its request is none that this version accepts.
        LedgerError: Its row in the ledger cannot be read.
    """
    return described(job.session, job.record)


def described(session: Session, record: Record, beside: Path | None = None) -> dict[str, Any]:
    """Return how a job's result was made; see `provenance`.

    Args:
        session: That of the job's client.
        record: The job.
        beside: The file of the sidecar, which has the paths of media too, those in its folder
            relative to it.
    """
    request = request_of(record)
    redactor = (
        session.accounts[record.vendor].redactor if record.vendor in session.accounts else None
    )
    fields = _Fields(session.inputs, redactor, beside, intact=_is_intact(request, record))
    price = record.price
    said: dict[str, Any] = {
        "format": FORMAT,
        "job": record.id,
        "vendor": record.vendor,
        "kind": record.kind,
        "fields": fields.of_request(request),
        "seed": getattr(request, "seed", None),
        "vendor_id": record.vendor_id,
        "status": str(record.status),
        "cost": price
        and {"amount": price.amount, "unit": price.unit, "estimated": price.estimated},
        **{name: _iso(getattr(record, name)) for name in TIMES},
        "duration_s": record.duration_s,
        "result": _result(record),
        "versions": _versions(),
    }
    said |= {
        name: text and without_queries(redactor.text(text) if redactor else text)
        for name, text in record.details
    }
    if beside is not None:
        said["ledger"] = str(session.path)
    return said


def published(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the file of a result may say of itself: no project, notes, cost or paths."""
    return {name: _without_paths(said[name]) for name in PUBLISHED if said.get(name) is not None}


def _without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        is_input = INPUT in value
        return {
            name: _without_paths(each)
            for name, each in value.items()
            if not (is_input and name == "path")
        }
    return [_without_paths(each) for each in value] if isinstance(value, list) else value


class _Fields:
    """Describes the fields of a request.

    Args:
        inputs: The jobs whose results others use.
        redactor: Knows the keys of the vendor; ``None`` if it is not connected.
        beside: See `described`.
        intact: Whether the files are still those of the request.
    """

    def __init__(
        self, inputs: Inputs, redactor: Redactor | None, beside: Path | None, *, intact: bool
    ) -> None:
        self._inputs, self._redactor, self._beside = inputs, redactor, beside
        self._intact = intact

    def of_request(self, request: Request) -> dict[str, Any]:
        """Return the fields that were given."""
        fields: dict[str, Any] = self._described(
            request, request.model_dump(mode="json", exclude_unset=True)
        )
        if (callback := request.callback_field) and fields.get(callback) is not None:
            fields[callback] = {INPUT: "removed"}
        return fields

    def _described(self, value: Any, dumped: Any) -> Any:
        if isinstance(value, JobReference):
            return self._job(value)
        if isinstance(value, Media):
            return self._media(value)
        if isinstance(value, Model):
            return {name: self._described(getattr(value, name), dumped[name]) for name in dumped}
        if isinstance(value, list | tuple):
            return [self._described(*pair) for pair in zip(value, dumped, strict=True)]
        return self._text(dumped) if isinstance(dumped, str) else dumped

    def _text(self, text: str) -> Any:
        if URL.match(text) and bare(text) != text:
            return {INPUT: "removed", "url": bare(text)}
        if without_queries(text) != text:
            return {INPUT: "removed", "text": without_queries(text)}
        if self._redactor and MASK in self._redactor.text(text) and MASK not in text:
            return {INPUT: "removed"}
        return text

    def _media(self, media: Media) -> Any:
        if media.job is not None:
            return self._job(media.job)
        if media.url is not None:
            said = {INPUT: "url", "url": bare(media.url)}
            return said if bare(media.url) == media.url else said | {INPUT: "removed"}
        return self._file(media.path or Path(), intact=self._intact)

    def _file(self, path: Path, *, intact: bool) -> dict[str, Any]:
        said = {INPUT: "file", "name": path.name, "sha256": digest_of(path) if intact else None}
        return said if self._beside is None else said | {"path": _relative(path, self._beside)}

    def _job(self, reference: JobReference) -> dict[str, Any]:
        said: dict[str, Any] = {INPUT: "job", "job": reference.id, "makes": reference.makes}
        try:
            record = self._inputs.last(reference.id)
            result = result_of(record) if has_result(record) else None
        except LedgerError:
            return said
        if isinstance(result, ResultFile):
            return self._file(result.path, intact=True) | said
        value = None if result is None else str(result)
        is_told = value is not None and without_queries(value) == value
        return said | {"value": value} if is_told else said


def _is_intact(request: Request, record: Record) -> bool:
    try:
        return request.fingerprint() == record.fingerprint
    except BadRequest:
        return False


def _relative(path: Path, beside: Path) -> str:
    """Return a path relative to a folder if it is in there, so that both can be moved together."""
    try:
        return path.relative_to(beside.parent).as_posix()
    except ValueError:
        return os.fspath(path)


def _result(record: Record) -> dict[str, Any] | None:
    if not has_result(record):
        return None
    if record.path is None or not record.makes_file:
        return {"value": without_queries(str(result_of(record)))}
    return {"name": Path(record.path).name, "sha256": digest_of(Path(record.path))}


def _iso(time: float | None) -> str | None:
    return None if time is None else datetime.fromtimestamp(time, UTC).isoformat()


def _versions() -> dict[str, str]:
    import av  # noqa: PLC0415 - heavy, and seldom needed

    ours = {"lipsync_nb": __version__, "python": platform.python_version()}
    return ours | {"ffmpeg": av.ffmpeg_version_info}
