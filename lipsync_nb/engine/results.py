"""Downloads the file of a job, at once, as the URLs of vendors expire."""

import asyncio
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.intervals import shortest_interval
from lipsync_nb.engine.names import USUAL, file_stem, forget_name, renamed
from lipsync_nb.engine.records import Records
from lipsync_nb.engine.transitions import job_in_log
from lipsync_nb.errors import BadRequest, DownloadError, LipSyncError
from lipsync_nb.files import MB
from lipsync_nb.http.addresses import absolute
from lipsync_nb.http.transfer import Web
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.audio import Audio, audio_suffix
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.video import Video, video_suffix

FETCHABLE_SECONDS = 7 * 24 * 3600.0
"""Seconds after submission for which a vendor's URL is assumed to be valid. During this time, a new
kernel repeats a failed download."""
DOWNLOADS_AT_ONCE = 4
"""Number of parallel downloads."""
LENGTH_TOLERANCE = 1.0
"""Seconds by which a file may differ from the length that its vendor gives, often rounded."""
FILES = {Video.__name__: (".mp4", video_suffix), Audio.__name__: (".wav", audio_suffix)}
"""By what a job makes: the ending of its file if the content does not tell, and what checks it."""


class Fetcher:
    """Downloads results.

    Args:
        accounts: The vendors.
        records: The state of the jobs.
        web: Downloads files.
        folder: The folder for results.
        poll: The shortest and longest poll interval in seconds, instead of the vendors' own.
        names: The pattern of the files' names.
    """

    def __init__(
        self,
        accounts: Accounts,
        records: Records,
        web: Web,
        folder: Path,
        *,
        poll: tuple[float, float] | None = None,
        names: str = USUAL,
    ) -> None:
        self._names = names
        self._poll = poll
        self._accounts = accounts
        self._records = records
        self._web = web
        self._folder = folder
        self._slots = asyncio.Semaphore(DOWNLOADS_AT_ONCE)

    async def fetch(self, record: Record) -> Record:
        """Download the file of a job. An error is stored in the job; a later call tries again."""
        self._accounts.of(record)  # raises if another kernel must download it
        async with self._slots:
            begun = monotonic()
            try:
                path = await self._download(record)
            except LipSyncError as error:
                failure = error
                log.warning("%s: %s", job_in_log(record), error)
                return await self._records.update(record.id, lambda job: job.with_error(failure))
        _log_download(record, path, monotonic() - begun)
        seconds = await asyncio.to_thread(length, path)
        job = self._records.get(record.id)
        note = _length_note(record, seconds, job.duration_s)
        named = await asyncio.to_thread(renamed, path, self._names, job)
        fetched = await self._records.update(
            record.id, lambda job: job.fetched(str(named), note, seconds)
        )
        await asyncio.to_thread(forget_name, path, named)
        return fetched

    async def _download(self, record: Record) -> Path:
        try:
            return await self._download_once(record)
        except DownloadError as error:
            log.info("%s: %s; asking for the file again", job_in_log(record), error)
            try:
                fresh = await self._poll_again(record)
            except LipSyncError as silence:
                raise error from silence
        return await self._download_once(fresh)

    async def _download_once(self, record: Record) -> Path:
        if record.video_url is None:
            what = record.makes.lower()
            raise DownloadError(f"{record.vendor} says {record.vendor_status}, but names no {what}")
        vendor = self._accounts.of(record)
        ending, suffix = FILES[record.makes]
        target = self._ensure_folder() / f"{file_stem(record)}{ending}"
        url = absolute(record.video_url, vendor.base_url)
        try:
            return await self._web.download(url, target, vendor.source, suffix)
        except DownloadError as error:  # a host that receives the key may return it
            raise DownloadError(vendor.redactor.text(str(error))) from None

    def _ensure_folder(self) -> Path:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = f"{self._folder}: {error.strerror}; choose another: Client(results=...)"
            raise DownloadError(why) from None
        return self._folder

    async def _poll_again(self, record: Record) -> Record:
        # The URL may have expired. A poll returns a new one.
        if record.vendor_id is None:
            return record
        await asyncio.sleep(shortest_interval(self._accounts.of(record), self._poll))
        snapshot = await self._accounts.ask(record, record.vendor_id)
        return await self._records.update(record.id, lambda job: job.after(snapshot, time()))


def _log_download(record: Record, path: Path, seconds: float) -> None:
    with suppress(OSError):  # somebody has moved the file already
        size = path.stat().st_size / MB
        log.info("%s: downloaded %.1f MB in %.1f s", job_in_log(record), size, seconds)


def length(path: Path) -> float | None:
    """Return the length of a file in seconds, if its container says it."""
    try:
        return duration_s(path)
    except BadRequest:
        return None


def _length_note(job: Record, seconds: float | None, said: float | None) -> str | None:
    """Return what is to be said if a file has not the length that its vendor gives."""
    if seconds is None or not said or abs(seconds - said) <= LENGTH_TOLERANCE:
        return None
    vendors = f"the vendor says {said:.1f} s"
    return f"the {job.makes.lower()} has {seconds:.1f} s, but {vendors}: it may not be whole"
