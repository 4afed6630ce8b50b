"""Delivers the media of one request in the form that a vendor takes: a local file, or a URL."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import LocalFile
from lipsync_nb.http.addresses import Source
from lipsync_nb.http.api import UNOBSERVED, Api, Observer
from lipsync_nb.http.call import Call
from lipsync_nb.http.transfer import Web
from lipsync_nb.media.host import MediaHost
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.vendors.base.remote import RemoteMedia, judge, user_source
from lipsync_nb.vendors.base.request import Request

IN_URLS = "%!#$&'()*+,/:;=?@[]~"
"""Characters of a URL that are not escaped, as a signature may cover them; all others, such as
spaces and Chinese, are."""
NEEDS_HOST = (
    "this vendor takes URLs only; give a public URL, or set "
    'Client(media_host="s3://bucket/prefix") so that local files get one'
)

T = TypeVar("T")


class Delivery:
    """Delivers the media of one request; files that it downloaded are deleted on exit.

    Args:
        request: The request whose media are delivered.
        api: The vendor's API, for the free steps of a submission.
        source: The vendor's own origin, and which addresses it may name.
        web: For transfers with hosts other than the API's.
        media_host: Where local files get a public URL, if one is configured.
        observer: Called at the attempts of the free steps.
        remote: Looks at what is behind URLs that a vendor fetches; ``None`` looks at nothing.
        note: Called with what should be known of the media.
    """

    def __init__(
        self,
        request: Request,
        api: Api,
        source: Source,
        web: Web,
        *,
        media_host: MediaHost | None = None,
        observer: Observer = UNOBSERVED,
        remote: RemoteMedia | None = None,
        note: Callable[[str], Awaitable[object]] | None = None,
    ) -> None:
        self._fields = [(media, field, takes) for field, media, takes in request.media()]
        self._api = api
        self._source = source
        self._web = web
        self._media_host = media_host
        self._observer = observer
        self._remote = remote
        self._note = note
        self._folders = ExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._folders.close()

    async def file(self, media: Media) -> LocalFile:
        """Return media as a local file; a URL is downloaded first.

        Raises:
            DownloadError: The URL could not be downloaded.
            BadRequest: The file is missing or empty, or what was downloaded does not suit.
        """
        if media.url is None:
            return await asyncio.to_thread(media.local)
        folder = self._folders.enter_context(TemporaryDirectory(prefix="lipsync_nb-media-"))
        target = Path(folder) / f"media{media.suffix}"
        path = await self._web.download(media.url, target, user_source(media.url))
        if not path.stat().st_size:
            raise BadRequest(f"{line(media)} is empty")
        await self._examine(media, lambda takes: asyncio.to_thread(judge, path, media, takes))
        return await asyncio.to_thread(LocalFile.of, path)

    async def url(self, media: Media) -> str:
        """Return a URL of media; a local file is published on the media host first.

        Raises:
            BadRequest: The file is missing or empty, or there is no media host; or what is behind
                a URL does not suit.
            Unreachable: The media host failed.
        """
        if media.url is not None:
            if self._remote is not None:
                await self._examine(media, partial(self._remote.look, media))
            return quote(media.url, safe=IN_URLS)
        file = await asyncio.to_thread(media.local)
        if self._media_host is None:
            raise BadRequest(f"{file.path.name}: {NEEDS_HOST}")
        return await self._media_host.publish(file)

    async def _examine(self, media: Media, look: Callable[[Takes], Awaitable[str | None]]) -> None:
        """Have media looked at for each field; an error and a note name the field."""
        for field, takes in [(f, takes) for other, f, takes in self._fields if other == media]:
            try:
                note = await look(takes)
            except BadRequest as error:
                why = str(error)
                raise BadRequest(f"{field}: {why}", [(field, why)]) from None
            if note is not None and self._note is not None:
                await self._note(f"{field}: {note}")

    async def send(self, call: Call[T]) -> T:
        """Send a free call to the vendor's API, such as one that asks where to upload a file.

        Raises:
            VendorError: The vendor refused.
            Unreachable: No answer came.
        """
        return await self._api.send(call, self._observer)

    async def upload(self, url: str, file: LocalFile, mime: str) -> None:
        """Upload a file to a URL that the vendor named; no key goes with it.

        Args:
            url: The presigned URL.
            file: The file.
            mime: The media type that the vendor wants.

        Raises:
            VendorError: The host refused, or its address is not an allowed http(s) URL.
            Unreachable: The host did not answer.
            BadRequest: The file cannot be read.
        """
        await self._web.put(url, file, mime, self._source)
