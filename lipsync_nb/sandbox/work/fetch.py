"""Fetching the media which clients name by URL."""

import functools
import hashlib
import ssl
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import filetype
import httpx

from lipsync_nb.sandbox.work.jobs import Trouble

TIMEOUT_S = 30.0  # between two packets; a vendor's worker gives up long before a minute
REDIRECTS = 3  # enough for a CDN's


@functools.cache
def tls() -> ssl.SSLContext:
    """The trusted authorities, read once: that takes longer than a poll may."""
    return ssl.create_default_context()


def is_web_url(text: str) -> bool:
    """Whether the text is an http or https URL with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def keep(part: Path, folder: Path, sha256: str) -> Path:
    """Move a finished file into the folder, named by its content and its true type."""
    kind = filetype.guess(str(part))
    final = folder / f"{sha256}.{kind.extension if kind else 'bin'}"
    return part.replace(final)


async def fetch(url: str, folder: Path, limit_bytes: int) -> Path:
    """Fetch a URL into the folder, sending no credentials.

    Args:
        url: The client's, http or https.
        folder: Where files lie under the hash of their content.
        limit_bytes: The vendor's limit for one file.

    Raises:
        Trouble: ``unreachable`` or ``too_large``.
    """
    if not is_web_url(url):
        raise Trouble("unreachable", url)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part = Path(scratch) / "part"
        try:
            sha256 = await _download(url, part, limit_bytes)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Trouble("unreachable", f"{url}: {error or type(error).__name__}") from None
        return keep(part, folder, sha256)


async def _download(url: str, part: Path, limit_bytes: int) -> str:
    digest = hashlib.sha256()
    size = 0
    async with (
        httpx.AsyncClient(
            timeout=TIMEOUT_S,
            verify=tls(),
            follow_redirects=True,
            max_redirects=REDIRECTS,
            trust_env=False,
        ) as client,
        client.stream("GET", url) as response,
    ):
        response.raise_for_status()
        if int(response.headers.get("content-length", 0)) > limit_bytes:
            raise Trouble("too_large", url)
        with part.open("wb") as file:
            async for chunk in response.aiter_bytes(1 << 16):
                size += len(chunk)
                if size > limit_bytes:
                    raise Trouble("too_large", url)
                digest.update(chunk)
                file.write(chunk)
    return digest.hexdigest()
