"""Storing the media of clients, and fetching those that they name by URL."""

import functools
import hashlib
import ssl
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import filetype
import httpx

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.settings import FETCH_TIMEOUT_S, USER_AGENT

MAX_REDIRECTS = 3  # a CDN needs no more


@functools.cache
def tls() -> ssl.SSLContext:
    """The trusted authorities. They are read once, as that takes longer than a poll may."""
    return ssl.create_default_context()


def is_web_url(text: str) -> bool:
    """Whether the text is an http or https URL with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


async def store_file(chunks: AsyncIterator[bytes], folder: Path) -> Path:
    """Write a file into the folder, named by its content and its real type."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part = Path(scratch) / "part"
        with part.open("wb") as file:
            async for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
        kind = filetype.guess(str(part))
        return part.replace(folder / f"{digest.hexdigest()}.{kind.extension if kind else 'bin'}")


async def fetch(url: str, folder: Path, limit_bytes: int) -> Path:
    """Fetch a URL into the folder, without sending credentials.

    Args:
        url: The client's, http or https.
        folder: Files in it are named by the hash of their content.
        limit_bytes: The vendor's limit for one file.

    Raises:
        JobError: ``unreachable`` or ``too_large``.
    """
    if not is_web_url(url):
        raise JobError("unreachable", url)
    try:
        return await store_file(_download(url, limit_bytes), folder)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise JobError("unreachable", f"{url}: {error or type(error).__name__}") from None


async def _download(url: str, limit_bytes: int) -> AsyncIterator[bytes]:
    size = 0
    async with (
        httpx.AsyncClient(
            timeout=FETCH_TIMEOUT_S,
            verify=tls(),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
            headers={"user-agent": USER_AGENT},
        ) as client,
        client.stream("GET", url) as response,
    ):
        response.raise_for_status()
        if int(response.headers.get("content-length", 0)) > limit_bytes:
            raise JobError("too_large", url)
        async for chunk in response.aiter_bytes(1 << 16):
            size += len(chunk)
            if size > limit_bytes:
                raise JobError("too_large", url)
            yield chunk
