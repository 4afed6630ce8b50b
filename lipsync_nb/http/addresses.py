"""Which URLs files may be fetched from: a vendor's answer may contain any URL."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from enum import Enum, auto

import httpx

from lipsync_nb.errors import DownloadError

LONGEST_SHOWN = 200
"""Characters of a URL that are shown in an error."""


class Reach(Enum):
    """Which addresses files may be fetched from."""

    public = auto()
    """Public addresses only."""
    loopback = auto()
    """Also this machine's, for vendors that run here."""
    anywhere = auto()
    """Also the user's network, for URLs that the user gave."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where files may be fetched from, and how.

    Attributes:
        origin: The vendor's own origin; always allowed.
        auth: Credentials for that origin, if results need them there.
        reach: Which other addresses are allowed.
    """

    origin: httpx.URL
    auth: httpx.Auth | None = None
    reach: Reach = Reach.public


def http_url(url: str) -> httpx.URL:
    """Parse an http(s) URL; ``ValueError`` if it is not one."""
    try:
        read = httpx.URL(url)
        host = read.raw_host.decode("ascii").encode("idna")  # the resolver does the same
        known = bool(read.host and host)  # one of them may be empty
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValueError(f"not a URL ({error})") from None
    if read.scheme not in {"http", "https"} or not known:
        raise ValueError("not an http(s) URL")
    return read


def parsed(url: str) -> httpx.URL:
    """Parse a URL that a vendor gave; `DownloadError` if it is not an http(s) URL."""
    try:
        return http_url(url)
    except ValueError as error:
        raise DownloadError(f"{shown(url)}: {error}") from None


def absolute(url: str, base: httpx.URL) -> str:
    """Resolve a URL that a vendor gave against `base`; if that fails, return it as it is."""
    try:
        return str(base.join(url))
    except (httpx.InvalidURL, ValueError):
        return url


def is_local(host: str) -> bool:
    """Return whether a host is a loopback address or ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def check_address(url: httpx.URL, source: Source) -> None:
    """Refuse a host with an address that the source does not allow.

    Raises:
        DownloadError: Files must not be fetched from this host.
        httpx.ConnectError: The host has no address.
    """
    if source.reach is Reach.anywhere or same_origin(url, source.origin):
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            url.host, None, type=socket.SOCK_STREAM
        )
    except OSError as error:
        raise httpx.ConnectError(f"{url.host}: {error}") from None
    addresses = [_address(str(info[4][0])) for info in found]
    here = source.reach is Reach.loopback
    if not all(address.is_global or (here and address.is_loopback) for address in addresses):
        raise DownloadError(f"{shown(str(url))}: refused, a private address")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    # ::ffff:127.0.0.1 is 127.0.0.1 mapped to IPv6; Python before 3.13 may treat it as public.
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Return whether two URLs have the same scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default


def shown(url: str) -> str:
    """Return a URL for messages, without query and credentials, which may be secret."""
    scheme, mark, rest = url.partition("?")[0].rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"[:LONGEST_SHOWN]
