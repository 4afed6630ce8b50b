"""Looks at what is behind users' URLs before a vendor is paid to fetch it."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from weakref import WeakValueDictionary

import httpx

from lipsync_nb.errors import BadRequest, DownloadError, line
from lipsync_nb.files import LocalFile
from lipsync_nb.http.addresses import Reach, Source
from lipsync_nb.http.transfer import NothingThere, Web
from lipsync_nb.media.content import HEAD
from lipsync_nb.media.media import Media, Takes

REMEMBERED_SECONDS = 60.0
"""Seconds for which a URL that suits is not asked for again."""

LONGEST_SUFFIX = 16
"""Characters of a URL's ending that a file's name gets."""


def user_source(url: str) -> Source:
    """Return from where a user's URL may be fetched: from any address, this machine included."""
    return Source(httpx.URL(url), reach=Reach.anywhere)


class RemoteMedia:
    """Looks at the beginning of what is behind a URL.

    Args:
        web: Fetches it.
    """

    def __init__(self, web: Web) -> None:
        self._web = web
        self._seen: dict[tuple[str, Takes], tuple[float, str | None]] = {}
        self._locks: WeakValueDictionary[tuple[str, Takes], asyncio.Lock] = WeakValueDictionary()

    async def look(self, media: Media, takes: Takes) -> str | None:
        """Return what should be known of media at a URL, such as that it cannot be reached.

        Raises:
            BadRequest: It does not suit the field.
        """
        assert media.url is not None  # noqa: S101 - for the type checker
        key, now = (media.url, takes), monotonic()
        for old in [other for other, (until, _) in self._seen.items() if until < now]:
            del self._seen[old]
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key in self._seen:
                return self._seen[key][1]
            note = await self._look(media, media.url, takes)
            self._seen[key] = monotonic() + REMEMBERED_SECONDS, note
            return note

    async def _look(self, media: Media, url: str, takes: Takes) -> str | None:
        try:
            data, whole = await self._web.beginning(url, user_source(url), HEAD)
        except NothingThere as error:
            raise BadRequest(f"nothing is there: {error}") from None
        except DownloadError as error:
            return f"it is sent without a look at it, as it cannot be reached from here: {error}"
        if not data:
            raise BadRequest(f"nothing is there: {line(media)} is empty")
        try:
            return await asyncio.to_thread(_judge_data, data, media, takes, whole=whole)
        except OSError as error:
            return f"it is sent without a look at it: {error.strerror or error}"


def _judge_data(data: bytes, media: Media, takes: Takes, *, whole: bool) -> str | None:
    with TemporaryDirectory(prefix="lipsync_nb-look-") as folder:
        path = Path(folder) / f"media{media.suffix[:LONGEST_SUFFIX]}"
        path.write_bytes(data)
        return judge(path, media, takes, whole=whole)


def judge(path: Path, media: Media, takes: Takes, *, whole: bool = True) -> str | None:
    """Return what should be known of a file that was fetched. It may take seconds.

    Raises:
        BadRequest: It does not suit the field.
    """
    file = LocalFile.of(path)
    if refusal := takes.refusal(file, line(media), whole=whole):
        raise BadRequest(refusal)
    return takes.note(file) if whole else None
