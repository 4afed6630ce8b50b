"""Which URLs files may be fetched from: a vendor's answer may contain any URL."""

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass
from enum import Enum, auto

import httpx

from lipsync_nb.errors import DownloadError
from lipsync_nb.http.hosts import Address, embedded, literal
from lipsync_nb.http.proxies import Route
from lipsync_nb.http.redact import printable

LONGEST_SHOWN = 200
"""Characters of a URL that are shown in an error."""
TRANSPARENT = ipaddress.ip_network("198.18.0.0/15")
"""Addresses that a proxy which catches all connections gives to the names of hosts. No network uses
them otherwise (RFC 2544)."""
NEVER = [
    ipaddress.ip_network(network)
    for network in ("::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
]
"""Addresses that lead to embedded IPv4 addresses, or are site-local; Python calls them global."""
PRIVATE = [
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]
"""Addresses of private networks."""
METADATA = ipaddress.ip_network("fd00:ec2::/32")
"""Addresses at which a cloud describes a machine, keys included. Its others are not private."""
HTTP = re.compile("https?://", re.IGNORECASE)
"""How URLs begin that can be fetched."""
URL = re.compile(r"\s*([a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
"""How URLs begin that name a host."""
IN_TEXT = re.compile(r"[a-z][a-z0-9+.-]*://[^\s?#\"<>]+([?#][!#-;=?-~]*)?", re.IGNORECASE)
"""URLs in a text: a query ends at the first character that no URL has."""


class Reach(Enum):
    """Which addresses files may be fetched from."""

    public = auto()
    """Public addresses only."""
    loopback = auto()
    """Also this machine's, for vendors that run here."""
    anywhere = auto()
    """Also the user's network, for URLs that the user gave. A redirect may lead to public and
    private addresses, but not to loopback, link-local or other special ones."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where files may be fetched from, and how.

    Attributes:
        origin: The vendor's own origin; always allowed.
        auth: Credentials for that origin, if results need them there.
        reach: Which other addresses are allowed.
        route: How its hosts are reached, if the user said so.
    """

    origin: httpx.URL
    auth: httpx.Auth | None = None
    reach: Reach = Reach.public
    route: Route | None = None


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


async def allowed_addresses(
    url: httpx.URL, source: Source, *, redirected: bool = False, proxied: bool = False
) -> list[str]:
    """Return the addresses to connect to for a URL, so that a name cannot change its meaning.

    Args:
        url: The URL.
        source: Which addresses are allowed.
        redirected: Whether another host has named the URL.
        proxied: Whether a proxy looks the name up. Then only an address in the URL is checked.

    Returns:
        The addresses, those of IPv4 first; the host's name if any address is allowed, or if a
        proxy is to look it up.

    Raises:
        DownloadError: Files must not be fetched from this host.
        httpx.ConnectError: The host has no address.
    """
    if same_origin(url, source.origin) or (source.reach is Reach.anywhere and not redirected):
        return [url.host]
    address = literal(url.host)
    if address is not None:
        found = [address]
    elif proxied:
        return [url.host]
    else:
        found = await _looked_up(url.raw_host.decode("ascii"))
    named = address is None
    if not all(_is_allowed(address, source.reach, named=named) for address in found):
        raise DownloadError(f"{shown(str(url))}: refused, a private address")
    return [str(address) for address in sorted(found, key=lambda address: address.version)]


async def _looked_up(host: str) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        infos = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{host}: {error}") from None
    return [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos]


def _is_allowed(address: Address, reach: Reach, *, named: bool) -> bool:
    inner = embedded(address)
    if inner is not None:
        return _is_allowed(inner, reach, named=False)
    if reach is Reach.anywhere and any(address in network for network in PRIVATE):
        return address not in METADATA
    if address.is_loopback:
        return reach is Reach.loopback
    if named and address in TRANSPARENT:
        return True
    special = address.is_multicast or any(address in network for network in NEVER)
    return address.is_global and not special


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Return whether two URLs have the same scheme, host and port."""
    return _origin(one) == _origin(other)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default


def without_secrets(text: str) -> str:
    """Return a text as it is, unless it is a URL that names a host: then `bare`."""
    return bare(text) if URL.match(text) else text


def without_queries(text: str) -> str:
    """Return a text in which each URL is `bare`, and says so if something was removed."""
    return IN_TEXT.sub(lambda url: _marked(url[0]), text)


def _marked(url: str) -> str:
    return url if bare(url) == url else f"{bare(url)} [removed]"


def shown(url: str) -> str:
    """Return a URL, which may be relative or invalid, for messages: without secrets, and short."""
    return printable(bare(url))[:LONGEST_SHOWN]


def bare(url: str) -> str:
    """Return a URL, which may be relative or invalid, without what may be secret.

    That is its query, its fragment and its credentials.
    """
    scheme, mark, rest = re.split("[?#]", url, maxsplit=1)[0].rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
