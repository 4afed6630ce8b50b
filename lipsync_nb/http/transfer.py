"""File transfers with hosts other than the vendors' APIs, without keys.

The one exception is a result at the vendor's own origin that needs its key: `Source.auth` is used
for requests to that origin, and for no other hop of a redirect.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpx

from lipsync_nb.errors import BadRequest, DownloadError, ServerError, Unreachable, VendorError
from lipsync_nb.files import LocalFile, UnchangedFile, Unreadable
from lipsync_nb.http.addresses import Source, allowed_addresses, parsed, same_origin, shown
from lipsync_nb.http.connections import Clients, quiet
from lipsync_nb.http.partial_download import GIB, Broken, PartialDownload
from lipsync_nb.http.retry import Failure, Purpose, Wait, backoff, decide
from lipsync_nb.http.unzip import plain_body
from lipsync_nb.log import log

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds for each step of a request, not for the whole transfer."""
HOPS = 5
"""Redirects that are followed."""
STALLS = 5
"""Attempts in a row without a new byte, after which a download fails."""
TRANSIENT = {408, 416, 425, 429}
"""HTTP statuses after which it is worth trying again; 416 means that the range does not fit."""
LARGEST_FILE = 8 * GIB
"""Bytes; results are far smaller."""
LONGEST_GLANCE = 10.0
"""Seconds to read the beginning of a file, for which a paid call waits."""
LONGEST_DOWNLOAD = 3600.0
"""Seconds, all attempts included."""


class NothingThere(DownloadError):
    """The host says that it has no such file."""


class Web:
    """An HTTP client without keys, the same for all vendors.

    Args:
        timeout: Seconds for each step of a request.
        wait: Returns the seconds to wait after the given number of attempts.
        largest_result: Largest download, in bytes.
    """

    def __init__(
        self,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        wait: Callable[[int], float] = backoff,
        largest_result: int = LARGEST_FILE,
    ) -> None:
        # It keeps no connection for another host.
        self._clients = Clients(timeout=timeout, limits=httpx.Limits(max_keepalive_connections=0))
        self._wait = wait
        self._largest_result = largest_result

    async def aclose(self) -> None:
        """Close all connections."""
        await self._clients.aclose()

    async def put(self, url: str, file: LocalFile, mime: str, source: Source) -> None:
        """Upload a file to a presigned URL, with a Content-Length.

        Args:
            url: The presigned URL.
            file: The file.
            mime: The media type that the vendor wants.
            source: Which addresses are allowed.

        Raises:
            Unreachable: The host did not answer.
            ServerError: The host failed.
            VendorError: The host refused, or its address is not an allowed http(s) URL.
            BadRequest: The file cannot be read.
        """
        attempt = 1
        while failure := await self._try_put(url, file, mime, source):
            verdict = decide(Purpose.free, failure, attempt, self._wait)
            if not isinstance(verdict, Wait):
                raise failure.error
            await asyncio.sleep(verdict.seconds)
            attempt += 1

    async def _try_put(
        self, url: str, file: LocalFile, mime: str, source: Source
    ) -> Failure | None:
        headers = {"Content-Type": mime, "Content-Length": str(file.size)}
        try:
            where = parsed(url)
            with quiet(), UnchangedFile(file) as opened:
                response = await self._send("PUT", where, source, headers, opened.chunks)
                await response.aclose()  # only the status is needed; the body may have no end
        except DownloadError as error:
            return Failure(VendorError(f"upload to {error}"))
        except (httpx.RequestError, httpx.InvalidURL) as error:
            return Failure(Unreachable(f"upload to {where.host}: {error!r}", sent=True))
        except Unreadable as error:
            return Failure(BadRequest(f"{file.path}: {error.strerror or error}"))
        except OSError as error:
            return Failure(Unreachable(f"upload to {where.host}: {error!r}", sent=True))
        log.debug("PUT %s: %d", shown(url), response.status_code)
        if response.is_success:
            return None
        text = f"upload to {where.host}: HTTP {response.status_code}"
        kind = ServerError if _is_transient(response) else VendorError
        return Failure(kind(text, code=response.status_code))

    async def download(
        self, url: str, target: Path, source: Source, suffix: Callable[[Path], str] | None = None
    ) -> Path:
        """Download into a ``.part`` file, resume after a failure, and rename the complete file.

        Args:
            url: The file's URL.
            target: Path for the file; `suffix` may give it another suffix.
            source: Which addresses are allowed, and the key for the vendor's own origin.
            suffix: Returns the suffix for the complete file, or raises `DownloadError`. After
                `Broken`, the rest is asked for, or else the whole file again.

        Returns:
            The file's path.

        Raises:
            DownloadError: The file is unavailable, its address not allowed, or `suffix` refused it.
        """
        part = PartialDownload(target)
        try:
            with quiet():
                async with asyncio.timeout(LONGEST_DOWNLOAD):
                    found = await self._fetch(url, part, source, suffix)
            return part.finish(found or target.suffix)
        except (TimeoutError, OSError, DownloadError) as error:
            part.discard()
            problem = error
        if isinstance(problem, DownloadError):
            raise problem
        reason = getattr(problem, "strerror", None) or f"not done after {LONGEST_DOWNLOAD:g} s"
        raise DownloadError(f"{shown(url)}: {reason}")

    async def beginning(self, url: str, source: Source, most: int) -> tuple[bytes, bool]:
        """Return the first bytes of a file, and whether these are all of it. It is asked once.

        Args:
            url: The file's URL. Only GET is used, as a signature may allow no other method.
            source: Which addresses are allowed.
            most: How many bytes.

        Raises:
            NothingThere: The host says that it has no such file.
            DownloadError: The file is unavailable from here, or its address not allowed.
        """
        try:
            with quiet():
                async with (
                    asyncio.timeout(LONGEST_GLANCE),
                    self._open(url, {"Range": f"bytes=0-{most - 1}"}, source) as response,
                ):
                    return await _beginning(url, response, most)
        except (httpx.RequestError, OSError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
        raise DownloadError(f"{shown(url)}: {reason}")

    async def _fetch(
        self,
        url: str,
        part: PartialDownload,
        source: Source,
        suffix: Callable[[Path], str] | None,
    ) -> str:
        stalls, most, broken, refused = 0, part.size, "", -1
        while stalls < STALLS:
            try:
                await self._continue(url, part, source)
                return await asyncio.to_thread(suffix, part.path) if suffix else ""
            except Broken as error:
                reason = broken = str(error)
                if part.size == refused:  # the host has no other file
                    break
                refused = part.size
            except (httpx.RequestError, ssl.SSLError) as error:
                reason = str(error) or type(error).__name__
            stalls = 0 if part.size > most else stalls + 1
            most = max(most, part.size)
            await asyncio.sleep(self._wait(stalls or 1))
        raise DownloadError(f"{shown(url)}: {broken or reason}")

    async def _continue(self, url: str, part: PartialDownload, source: Source) -> None:
        async with self._open(url, part.headers, source) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                part.discard()
            if _is_transient(response):
                raise httpx.ReadError(f"HTTP {response.status_code}")
            if not response.is_success:
                raise DownloadError(f"{shown(url)}: HTTP {response.status_code}")
            await part.save(response, self._largest_result)

    @asynccontextmanager
    async def _open(
        self, url: str, headers: dict[str, str], source: Source
    ) -> AsyncIterator[httpx.Response]:
        where = parsed(url)
        for hop in range(HOPS + 1):
            try:
                response = await self._send("GET", where, source, headers, redirected=hop > 0)
            except httpx.InvalidURL as error:  # httpx parses a redirect's target at once
                why = f"redirects to an invalid URL ({error})"
                raise DownloadError(f"{shown(str(where))}: {why}") from None
            async with aclosing(response):
                log.debug("GET %s: %d", shown(url), response.status_code)
                if not response.has_redirect_location:
                    yield response
                    return
                where = next_hop(where, response)
        raise DownloadError(f"{shown(url)}: more than {HOPS} redirects")

    async def _send(
        self,
        method: str,
        where: httpx.URL,
        source: Source,
        headers: Mapping[str, str],
        content: Callable[[], AsyncIterator[bytes]] | None = None,
        *,
        redirected: bool = False,
    ) -> httpx.Response:
        """Send a request to an address that was checked, and return the answer, to be closed."""
        try:
            client, route = self._clients.to(where, source.route)
        except Unreachable as error:
            raise DownloadError(f"{shown(str(where))}: {error}") from None
        proxied = route.proxy is not None
        found = await allowed_addresses(where, source, redirected=redirected, proxied=proxied)
        auth = None
        if same_origin(where, source.origin):
            auth = source.auth
        for left, address in enumerate(reversed(found)):
            request = client.build_request(
                method,
                where.copy_with(host=address),
                content=content and content(),
                headers={"Host": where.netloc.decode("ascii"), **headers},
                extensions={"sni_hostname": where.raw_host.decode("ascii")},
            )
            try:
                with route.named(request):
                    return await client.send(request, stream=True, auth=auth)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not left:
                    raise
        raise AssertionError("the last address is tried, or raises")


async def _beginning(url: str, response: httpx.Response, most: int) -> tuple[bytes, bool]:
    if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        return b"", True  # an empty file has no first byte
    if not response.is_success:
        gone = response.status_code in {httpx.codes.NOT_FOUND, httpx.codes.GONE}
        kind = NothingThere if gone else DownloadError
        raise kind(f"{shown(url)}: HTTP {response.status_code}")
    data, ended = b"", True
    try:
        async for chunk in plain_body(response):
            data += chunk
            if len(data) >= most:
                ended = False
                break
    except httpx.RequestError:  # such as a gzip that a range has cut off
        ended = False
        if not data:
            raise
    size = response.headers.get("Content-Range", "").rpartition("/")[2]
    all_sent = response.status_code != httpx.codes.PARTIAL_CONTENT or size == str(len(data))
    return data[:most], ended and all_sent


def _is_transient(response: httpx.Response) -> bool:
    return response.is_server_error or response.status_code in TRANSIENT


def next_hop(here: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Return a redirect's target; `DownloadError` if it is no URL, or leads from https to http."""
    where = response.headers["Location"]
    try:
        there = parsed(str(here.join(where)))
    except (httpx.InvalidURL, ValueError) as error:
        raise DownloadError(f"{shown(where)}: {error}") from None
    if here.scheme == "https" and there.scheme != "https":
        raise DownloadError(f"{shown(str(here))}: refused, it redirects to plain http")
    return there
