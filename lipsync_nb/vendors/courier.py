"""Brings media into the form that a vendor takes: a local file, or a URL."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile
from lipsync_nb.media.host import MediaHost
from lipsync_nb.media.media import Media
from lipsync_nb.net.addresses import Reach, Source
from lipsync_nb.net.api import Api
from lipsync_nb.net.transfer import Web
from lipsync_nb.request import Request

IN_URLS = "%!#$&'()*+,/:;=?@[]~"
"""Characters left alone in a URL, as a signature may cover them; all others, such as spaces and
Chinese, are escaped."""


NEEDS_HOST = (
    "this vendor takes URLs only; give a public URL, or set "
    'Client(media_host="s3://bucket/prefix") so that local files get one'
)


class Courier:
    """Carries the media of one request; files that it downloaded are deleted on exit.

    Args:
        request: The request whose media are carried.
        api: The vendor's API, for the free steps of a submission.
        web: For transfers with hosts other than the API's.
        host: Where local files get a public URL, if one is configured.
    """

    def __init__(self, request: Request, api: Api, web: Web, host: MediaHost | None) -> None:
        self._fields = [(media, field, takes) for field, media, takes in request.media()]
        self.api = api
        self.web = web
        self._host = host
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
            return media.local()
        folder = self._folders.enter_context(TemporaryDirectory(prefix="lipsync_nb-media-"))
        target = Path(folder) / f"media{media.suffix}"
        anywhere = Source(httpx.URL(media.url), reach=Reach.anywhere)
        file = LocalFile.of(await self.web.download(media.url, target, anywhere))
        wrong = [
            (f, w) for m, f, takes in self._fields if m == media and (w := takes.refusal(file))
        ]
        if wrong:
            raise BadRequest("; ".join(f"{field}: {why}" for field, why in wrong), wrong)
        return file

    async def url(self, media: Media) -> str:
        """Return a URL of media; a local file is published on the media host first.

        Raises:
            BadRequest: The file is missing or empty, or there is no media host.
            Unreachable: The media host failed.
        """
        if media.url is not None:
            return quote(media.url, safe=IN_URLS)
        file = media.local()
        if self._host is None:
            raise BadRequest(f"{file.path.name}: {NEEDS_HOST}")
        return await self._host.publish(file)
