"""The last step of a job: its video is downloaded at once, as vendors' URLs expire."""

import asyncio
from pathlib import Path
from time import time

from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import DownloadError, LipSyncError
from lipsync_nb.http.addresses import absolute
from lipsync_nb.http.transfer import Web
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.media.video import video_suffix

FETCHABLE_SECONDS = 7 * 24 * 3600.0
"""How long after a job's submission its video can be expected at its URL, which expires. Until then
a download that failed is tried again by the next kernel."""
AT_ONCE = 4
"""Downloads at a time."""


class Fetcher:
    """Downloads results.

    Args:
        accounts: The vendors.
        records: Where jobs are written.
        web: Downloads files.
        folder: Where results are put.
    """

    def __init__(self, accounts: Accounts, records: Records, web: Web, folder: Path) -> None:
        self._accounts = accounts
        self._records = records
        self._web = web
        self._folder = folder
        self._places = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, record: Record) -> Record:
        """Fetch a job's video; an error is kept in the job, and the video can be fetched again."""
        self._accounts.of(record)  # else a kernel that has its account fetches it
        async with self._places:
            try:
                path = await self._download(record)
            except LipSyncError as error:
                trouble = error
                return await self._records.update(record.id, lambda job: job.troubled(trouble))
        return await self._records.update(record.id, lambda job: job.fetched(str(path)))

    async def _download(self, record: Record) -> Path:
        try:
            return await self._download_once(record)
        except DownloadError as error:
            log.info("job %s: %s; asking for the video again", record.id, error)
            try:
                fresh = await self._asked_again(record)
            except LipSyncError as silence:
                raise error from silence
        return await self._download_once(fresh)

    async def _download_once(self, record: Record) -> Path:
        if record.video_url is None:
            raise DownloadError(f"{record.vendor} says {record.vendor_status}, but names no video")
        vendor = self._accounts.of(record)
        target = self._made_folder() / f"{record.vendor}-{record.kind}-{record.id}.mp4"
        url = absolute(record.video_url, vendor.base_url)
        try:
            return await self._web.download(url, target, vendor.source, video_suffix)
        except DownloadError as error:  # a host that gets the key may echo it
            raise DownloadError(vendor.redactor.text(str(error))) from None

    def _made_folder(self) -> Path:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = f"{self._folder}: {error.strerror}; choose another: Client(results=...)"
            raise DownloadError(why) from None
        return self._folder

    async def _asked_again(self, record: Record) -> Record:
        # The URL may have expired; a poll returns a fresh one.
        vendor = self._accounts.of(record)
        if record.vendor_id is None:
            return record
        request = vendor.recorded(record.kind, record.request)
        snapshot = await vendor.api.send(vendor.poll(request, record.vendor_id))
        return await self._records.update(record.id, lambda job: job.after(snapshot, time()))
