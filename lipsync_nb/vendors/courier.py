"""Brings media to where a vendor can take them: as a file, or at a URL."""

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
"""What a URL may hold as it stands: all else, such as spaces and Chinese, is escaped, and what a
signature may cover is left alone."""


class Courier:
    """Carries the media of one request; what it fetched is gone when it leaves.

    Args:
        request: Whose media.
        api: The vendor's API, for the free steps of a submission.
        web: For hosts that are not the vendor's.
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
        """Return a medium as a file here; a URL is downloaded first.

        Raises:
            DownloadError: The URL cannot be had.
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
        """Return a medium at a URL; a local file is published on the media host first.

        Raises:
            BadRequest: There is no media host.
        """
        if media.url is not None:
            return quote(media.url, safe=IN_URLS)
        file = media.local()
        if self._host is None:
            raise BadRequest(
                f"{file.path.name}: this vendor takes URLs only; give a public URL, or set "
                'Client(media_host="s3://bucket/prefix") so that local files get one'
            )
        return await self._host.publish(file)
