"""Hosts that give local files a public URL, for vendors that take URLs only."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, runtime_checkable

import httpx

from lipsync_nb.errors import BadRequest, Unreachable
from lipsync_nb.extras import require
from lipsync_nb.files import LocalFile, UnchangedFile, Unreadable
from lipsync_nb.http.addresses import http_url, shown
from lipsync_nb.http.connections import client_to, limit_size, quiet
from lipsync_nb.http.redact import printable
from lipsync_nb.threads import Workers
from lipsync_nb.tracebacks import without_frames

EXPIRES = 24 * 3600
"""Seconds a signed URL stays valid: longer than any vendor's queue."""
WORKERS = 4
"""Threads in which hosts of object stores are looked up."""
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    # Otherwise botocore sometimes signs by version 2, which R2 and newer buckets refuse.
    "s3": {"config_kwargs": {"signature_version": "s3v4"}},
}
"""Defaults for a filesystem's options, in place of its own."""


@runtime_checkable
class MediaHost(Protocol):
    """Anything that gives a local file a URL which the vendor can fetch."""

    async def publish(self, file: LocalFile) -> str:
        """Return the file's URL, uploading the file if it is not there yet."""
        ...


class FsspecHost:
    """A folder on any ``fsspec`` filesystem that can sign URLs, such as S3, GCS or Azure.

    Args:
        url: The folder, such as ``"s3://bucket/prefix"``.
        options: The filesystem's own options, such as its endpoint and keys.

    Raises:
        BadRequest: The filesystem is not installed, or cannot sign URLs.
    """

    @without_frames
    def __init__(self, url: str, **options: Any) -> None:
        require("s3", "media_host")
        import fsspec  # noqa: PLC0415 - slow to import, and needed only with a media host

        try:
            options = {**DEFAULTS.get(url.partition(":")[0], {}), **options}
            self._files, self._folder = fsspec.core.url_to_fs(url, **options)
        except (ImportError, ValueError) as error:
            raise BadRequest(f"media_host={shown(url)!r}: {error}") from None
        if type(self._files).sign is fsspec.AbstractFileSystem.sign:
            raise BadRequest(f"media_host={shown(url)!r}: this filesystem cannot sign URLs")
        if self._files.async_impl:
            _look_up_hosts_at_exit()

    async def publish(self, file: LocalFile) -> str:
        """Upload a file, named by its digest, unless it is there already; return its signed URL."""
        return await asyncio.to_thread(self._publish, file)

    def _publish(self, file: LocalFile) -> str:
        digest = file.digest
        where = f"{self._folder}/{digest}{file.suffix}"
        try:
            if not self._files.exists(where):
                self._put(file, digest, where)
            return str(self._files.sign(where, expiration=EXPIRES))
        except BadRequest:
            raise
        except Exception as error:  # noqa: BLE001 - each filesystem has errors of its own
            problem = printable(str(error)) or type(error).__name__
        raise Unreachable(f"media host: {problem}", sent=False)

    def _put(self, file: LocalFile, digest: str, where: str) -> None:
        with _with_suffix(file) as path:  # filesystems take the type from the suffix
            self._files.put_file(str(path), where)
        if file.digest != digest:
            self._files.rm_file(where)  # later jobs would use it by its name
            raise BadRequest(f"{file.path}: it changed while it was uploaded; submit it again")


@cache
def _look_up_hosts_at_exit() -> None:
    # The last files are uploaded when the executors of `concurrent.futures` take no more work.
    import fsspec.asyn  # noqa: PLC0415 - see `FsspecHost`

    fsspec.asyn.get_loop().set_default_executor(Workers(WORKERS, "lipsync_nb-fsspec"))


@contextmanager
def _with_suffix(file: LocalFile) -> Iterator[Path]:
    if file.path.suffix == file.suffix:
        yield file.path
        return
    with TemporaryDirectory(prefix="lipsync_nb-host-") as folder:
        path = Path(folder) / f"media{file.suffix}"
        try:
            path.symlink_to(file.path)
        except OSError:  # Windows allows it to some users only
            shutil.copyfile(file.path, path)
        yield path


def _message(body: str) -> str:
    """Return the reason in an object store's error, led by a comma; empty if there is none."""
    found = re.search("<Message>(.+?)</Message>", body)
    return f", {printable(unescape(found[1]))}" if found else ""


class UploadHost:
    """A host that takes a PUT of any file and answers with its URL; the sandbox has one.

    Args:
        url: The URL that file names are joined to.

    Raises:
        BadRequest: It is not an http(s) URL.
    """

    def __init__(self, url: str) -> None:
        try:
            http_url(url)
        except ValueError as error:
            raise BadRequest(f"media_host={shown(url)!r}: {error}") from None
        self._url = url.rstrip("/")

    async def publish(self, file: LocalFile) -> str:
        """Upload a file, named by its digest, and return its URL."""
        name = f"{await asyncio.to_thread(lambda: file.digest)}{file.suffix}"
        headers = {"Content-Type": file.mime, "Content-Length": str(file.size)}
        try:
            with quiet(), UnchangedFile(file) as opened:
                answer = await self._put(name, opened.chunks(), headers)
        except Unreadable as error:
            raise BadRequest(f"{file.path}: {error.strerror or error}") from None
        except (httpx.RequestError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(f"media host: {error!r}", sent=False) from None
        if not answer.is_success:
            why = _message(answer.text)
            raise Unreachable(f"media host: HTTP {answer.status_code}{why}", sent=False)
        try:
            return str(answer.json()["url"])
        except (ValueError, TypeError, LookupError, RecursionError):
            raise Unreachable("media host: the answer names no URL", sent=False) from None

    async def _put(
        self, name: str, content: AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> httpx.Response:
        hooks = {"response": [limit_size]}
        url = httpx.URL(f"{self._url}/{name}")
        client, route = client_to(url, timeout=60, event_hooks=hooks)
        request = client.build_request("PUT", url, content=content, headers=headers)
        async with client:
            with route.named(request):
                return await client.send(request)
