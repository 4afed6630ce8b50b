"""Validates requests, and creates their records. Invalid input raises before it is stored."""

import hashlib
import secrets
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time

from lipsync_nb.checks.finding import Findings
from lipsync_nb.checks.inputs import check_inputs
from lipsync_nb.engine.inputs import Inputs
from lipsync_nb.errors import BadRequest, LedgerError, line
from lipsync_nb.files import absolute, cached_by_version
from lipsync_nb.ledger.record import Record, joined
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.probe import duration_s
from lipsync_nb.results import Text
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request, Vendor
from lipsync_nb.vendors.base.delivery import NEEDS_HOST


class Validator:
    """Checks requests and turns them into ledger rows.

    Args:
        folder: Where media given as bytes are saved, so that they outlive the kernel.
        owner: Id of the engine that will drive the jobs.
        inputs: The jobs whose results other jobs use.
        has_host: Whether there is a media host, which gives local files a URL.
    """

    def __init__(self, folder: Path, owner: str, inputs: Inputs, *, has_host: bool) -> None:
        self._folder = folder
        self._owner = owner
        self._inputs = inputs
        self._has_host = has_host

    def record(self, request: Request, vendor: Vendor, *, known: bool = False) -> Record:
        """Check a request, and return a record that is not in the ledger yet.

        If it uses the results of other jobs, it waits for them.

        Args:
            request: The request.
            vendor: Its vendor.
            known: Whether the ledger has a job of the same request, whose files were checked then;
                an earlier version may have taken what this one refuses.

        Raises:
            BadRequest: A media file is missing or damaged, has the wrong type, is too large or too
                short, or needs a media host.
        """
        given, request = request, request.replace_media(self.persisted)
        note = self._check(given, request, vendor, known=known)
        inputs = " ".join(dict.fromkeys(job.id for job in request.inputs()))
        job = Record(
            id=secrets.token_hex(8),
            vendor=vendor.name,
            kind=request.kind(),
            request=request.model_dump_json(exclude_unset=True),
            fingerprint=request.fingerprint(),
            status=JobStatus.waiting if inputs else JobStatus.submitting,
            created_at=time(),
            owner=self._owner,
            note=note,
            makes=request.makes().__name__,
            inputs=inputs or None,
        )
        return job.priced(self._estimate(request, vendor))

    def released(self, job: Record, request: Request, resolved: Request, vendor: Vendor) -> Record:
        """Check the request of a waiting job once its inputs are done; see `Entry.released`."""
        now = self.record(request, vendor, known=True)
        note = self._check(resolved, resolved, vendor, known=False)
        return replace(now, status=JobStatus.submitting, note=joined(job.note, note)).priced(
            self._estimate(resolved, vendor)
        )

    def _check(
        self, given: Request, request: Request, vendor: Vendor, *, known: bool
    ) -> str | None:
        uploads = not vendor.takes_urls_only or type(request) in vendor.uploads
        files = self._has_host or uploads
        return _check(given, request, files=files, known=known)

    def estimate(self, request: Request, vendor: Vendor) -> Cost | None:
        """Return what a request costs by the vendor's prices; see `JobClient.estimate`."""
        return self._estimate(request.replace_media(self.persisted), vendor)

    def seconds_of(self, media: Media) -> float | None:
        """Return the length of audio or a clip in seconds; ``None`` if it is not known.

        That of a job is the length of its result, or else what its text lets expect.
        """
        media = self._inputs.file_of(media)
        if media.job is None:
            return speech_seconds(media)
        record = self._inputs.last(media.job.id)
        if record.duration_s is not None:
            return record.duration_s
        try:
            return request_of(record).spoken_seconds()
        except (BadRequest, LedgerError):
            return None

    def recorded_seconds(self, record: Record) -> float | None:
        """Return the seconds of a job's speech; ``None`` unless it has exactly one local file."""
        try:
            media = list(request_of(record).media())
            sounds = [self._inputs.file_of(each) for field, each, _ in media if "audio" in field]
        except (BadRequest, LedgerError):  # an older version accepted it, or another wrote it
            return None
        return speech_seconds(sounds[0]) if len(sounds) == 1 else None

    def spoken_seconds(self, record: Record) -> float | None:
        """Return the seconds of a job's speech, by its one local file or else by its text."""
        if (seconds := self.recorded_seconds(record)) is not None:
            return seconds
        try:
            return request_of(record).spoken_seconds()
        except BadRequest:
            return None

    def _estimate(self, request: Request, vendor: Vendor) -> Cost | None:
        if any(job.makes == Text.__name__ for job in request.inputs()):
            return None  # how long it is spoken is not known yet
        cost = vendor.estimate(request, self.seconds_of)
        return cost if cost is not None and cost.plausible else None

    def check_inputs(self, request: Request) -> Findings:
        """Return what was found in a request's media; see `JobClient.check_inputs`."""
        request = request.replace_media(self._inputs.file_of)
        given, request = request, request.replace_media(self.persisted)
        refused = {}
        for (field, medium, takes), (_, named, _) in zip(
            request.media(), given.media(), strict=True
        ):
            if medium.path is not None and (
                why := _refusal(medium, takes, named, line(named), files=True, known=False)
            ):
                refused[field] = why
        return check_inputs(request, refused)

    def persisted(self, media: Media) -> Media:
        """Return media that a later kernel can read: bytes in a file, and absolute paths."""
        if media.job is not None:
            return media
        if media.path is not None:
            return Media(absolute(media.path))
        if media.data is None:
            return media
        path = self._folder / hashlib.sha256(media.data).hexdigest()
        if not path.exists():
            _write(path, media.data)
        return Media(path)


def _write(path: Path, data: bytes) -> None:
    # The temporary name is unique, as another kernel may save the same bytes.
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadRequest(f"{path.parent}: {error.strerror or error}") from None


def request_of(record: Record) -> Request:
    """Return the request of a job.

    Raises:
        BadRequest: It is no request that this version accepts.
        LedgerError: The job's row cannot be read, or its vendor is not registered.
    """
    if record.vendor not in VENDORS:
        record = record.unregistered()
    refuse_unreadable(record)
    return VENDORS[record.vendor].request(record.kind, record.request)


def refuse_unreadable(record: Record) -> None:
    """Raise `LedgerError` if the row of a job cannot be read."""
    if not record.readable:
        raise LedgerError(f"job {record.id}: {record.note}")


def speech_seconds(media: Media) -> float | None:
    """Return the length of audio or a clip in seconds; ``None`` if it is remote or unreadable."""
    if media.path is None or not media.path.is_file():
        return None
    try:
        return _seconds(media.path)
    except OSError:
        return None


@cached_by_version(256)
def _seconds(path: Path) -> float | None:
    try:
        return duration_s(path)
    except BadRequest:
        return None


def _check(given: Request, request: Request, *, files: bool, known: bool) -> str | None:
    """Check the files of a request, and return what should be known of them.

    Args:
        given: The request as the user made it, whose media are named in errors.
        request: The same request, whose bytes are in files.
        files: Whether files reach the vendor.
        known: Whether they were checked before.
    """
    hostless = [] if files else [field for field, medium, _ in request.media() if medium.job]
    wrong = [(field, NEEDS_HOST) for field in hostless]
    lines = [f"{request.kind()}.{field}: {why}" for field, why in wrong]
    notes: list[str] = []
    for (field, medium, takes), (_, named, _) in zip(request.media(), given.media(), strict=True):
        if medium.path is None:
            continue
        refusal = partial(_refusal, medium, takes, named, files=files, known=known)
        if why := refusal():
            wrong.append((field, why))
            lines.append(f"{request.kind()}.{field}: {refusal(name=line(named))}")
        elif note := takes.note(medium.local()):
            notes.append(f"{field}: {note}")
    if wrong:
        raise BadRequest("; ".join(lines), wrong)
    return "; ".join(notes) or None


def _refusal(
    media: Media, takes: Takes, given: Media, name: str = "", *, files: bool, known: bool
) -> str | None:
    if given.data == b"":
        return "no bytes were given"
    try:
        file = media.local()
        refusal = None if known else takes.refusal(file, name)
    except BadRequest as error:
        return str(error)
    return refusal or (None if files else NEEDS_HOST)
