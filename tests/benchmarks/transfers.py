"""One transfer in a process of its own: by the library, or by httpx alone.

Run as ``python transfers.py ours|alone up|down URL PATH``, with the folder of the tests in
PYTHONPATH; it prints seconds and peak bytes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import httpx
from peak_memory import peak_bytes

from lipsync_nb.files import LocalFile
from lipsync_nb.http.addresses import Reach, Source
from lipsync_nb.http.transfer import Web

PIECE = 1 << 20


async def ours_up(url: str, path: Path) -> None:
    """Upload as to a presigned URL."""
    web = Web()
    await web.put(url, LocalFile.of(path), "video/mp4", Source(httpx.URL(url)))
    await web.aclose()


async def ours_down(url: str, path: Path) -> None:
    """Download as a result."""
    web = Web()
    await web.download(url, path, Source(httpx.URL(url), reach=Reach.loopback))
    await web.aclose()


async def alone_up(url: str, path: Path) -> None:
    """Stream a file up."""

    async def pieces() -> AsyncIterator[bytes]:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    headers = {"Content-Length": str(LocalFile.of(path).size)}
    async with httpx.AsyncClient() as client:
        (await client.put(url, content=pieces(), headers=headers)).raise_for_status()


async def alone_down(url: str, path: Path) -> None:
    """Stream a file down."""
    async with httpx.AsyncClient() as client, client.stream("GET", url) as response:
        with path.open("wb") as file:
            async for piece in response.aiter_raw():
                file.write(piece)


WORK = {
    ("ours", "up"): ours_up,
    ("ours", "down"): ours_down,
    ("alone", "up"): alone_up,
    ("alone", "down"): alone_down,
}


def main(whose: str, way: str, url: str, path: str) -> None:
    """Transfer; tell how it was."""
    begun = perf_counter()
    asyncio.run(WORK[whose, way](url, Path(path)))
    seconds = perf_counter() - begun
    sys.stdout.write(f"{seconds} {peak_bytes()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
