"""Proxies: that which the user gives a vendor, else what the environment or the system names."""

import ipaddress
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Self
from urllib.request import getproxies, getproxies_environment, proxy_bypass

import httpx
from pydantic import SecretStr

from lipsync_nb.errors import BadRequest, Unreachable
from lipsync_nb.extras import MissingExtra, require
from lipsync_nb.http.hosts import Address, embedded, is_local, literal

DIRECT_WORD = "direct"
"""What is given for a proxy if there is to be none."""
SCHEMES = ("http", "https", "socks5", "socks5h")
"""What the URL of a proxy begins with. ``socks`` is read as ``socks5``, as GNOME sets it."""
HOST = re.compile(r"[\w.:-]+")
"""A proxy's host: a name, or an address without brackets."""
LARGEST_PORT = 65535
PORTS = {"http": 80, "https": 443}
"""The ports of URLs that name none."""
EXPECTED = (
    "is not the URL of a proxy, such as http://proxy.example.com:8080; in its password, write "
    "special characters in their escaped form, such as %40 for @"
)
ENTRY = re.compile(
    r"""(?:[a-z][a-z0-9+.-]*://)?    # a scheme, which changes nothing
        (?: \[ (?P<v6>[^\]]+) \]     # an IPv6 address as in a URL
          | (?P<bare>[^\[\]/]*:[^\[\]/]*:[^\[\]/]*)  # and without brackets
          | (?P<host>[^\[\]/:]+) )   # a name, a pattern, or an IPv4 address
        (?: /(?P<bits>[\d.]+) | (?: :(?P<port>\d+) )? /? )""",
    re.VERBOSE | re.ASCII,
)
"""One entry of ``NO_PROXY``, in lower case."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a host is reached.

    Attributes:
        proxy: The proxy's URL, with its password; ``None`` if the host is reached directly.
        named_by: The variable or the argument that names the proxy.
    """

    proxy: httpx.URL | None = None
    named_by: str = ""

    @classmethod
    def given(cls, proxy: str | None) -> Self | None:
        """Return the route that a vendor's argument ``proxy`` asks for.

        Args:
            proxy: A proxy's URL, or ``"direct"``; ``None`` leaves it to the environment.

        Raises:
            BadRequest: It is neither, or the extra ``socks`` is not installed.
        """
        if proxy is None:
            return None
        if proxy == DIRECT_WORD:
            return cls()
        given = SecretStr(proxy if isinstance(proxy, str) else "")
        route, problem = cls._read("the argument proxy", given)
        if route is None:
            raise BadRequest(problem, [("proxy", problem)])
        return route

    @classmethod
    def _read(cls, named_by: str, setting: SecretStr) -> tuple[Self | None, str]:
        """Return a route through a proxy, or what is wrong with the setting."""
        url = _proxy_url(setting)
        if url is None:
            return None, f"{named_by} {EXPECTED}"
        if url.scheme not in SCHEMES:
            kinds = ", ".join(SCHEMES)
            return None, f"{named_by}: a proxy's URL begins with one of {kinds}, not {url.scheme}"
        if url.scheme.startswith("socks"):
            try:
                require("socks", f"{named_by}: a SOCKS proxy")
            except MissingExtra as missing:
                return None, str(missing)
        return cls(url, named_by), ""

    @property
    def via(self) -> str:
        """What an error says of the proxy, led by a comma; empty if there is none."""
        if self.proxy is None:
            return ""
        where = f"{self.proxy.scheme}://{self.proxy.netloc.decode('ascii')}"
        return f", through the proxy {where} ({self.named_by})"

    @contextmanager
    def named(self, request: httpx.Request) -> Iterator[None]:
        """Name the proxy in the errors of a request that is sent within.

        Raises:
            httpx.ProxyError: What answers is no SOCKS proxy; nothing was sent through it.
        """
        try:
            yield
        except httpx.RequestError as error:
            error.args = ((str(error) or type(error).__name__) + self.via,)
            raise
        except self._handshake_errors as error:
            what = f"it does not answer as a SOCKS proxy: {error}"
            raise httpx.ProxyError(f"{what}{self.via}", request=request) from None

    @property
    def _handshake_errors(self) -> tuple[type[Exception], ...]:
        """The errors of socksio, which httpx does not translate."""
        if self.proxy is None or not self.proxy.scheme.startswith("socks"):
            return ()
        return (import_module("socksio").SOCKSError,)


DIRECT = Route()


def route_to(url: httpx.URL, given: Route | None = None) -> Route:
    """Return how a URL's host is reached.

    Args:
        url: The URL.
        given: What the user said of all of a vendor's hosts. Otherwise this machine is reached
            directly, and other hosts as the environment says, or else the system.

    Raises:
        Unreachable: A variable cannot be read, or the extra ``socks`` is not installed.
    """
    if given is not None:
        return given
    if is_local(url.host):
        return DIRECT
    found = _setting_for(url)
    if found is None:
        return DIRECT
    route, problem = Route._read(*found)  # noqa: SLF001 - of this module
    if route is None:
        raise Unreachable(f"nothing was sent: {problem}", sent=False)
    return route


def _setting_for(url: httpx.URL) -> tuple[str, SecretStr] | None:
    """Return the variable that names the proxy for a URL, and its value; ``None`` if none does."""
    settings = getproxies()
    scheme = next((each for each in (url.scheme, "all") if settings.get(each)), None)
    if scheme is None:
        return None
    if environment := getproxies_environment():
        excepted = _is_excepted(url, environment.get("no", ""))
    else:
        excepted = bool(proxy_bypass(url.host))
    return None if excepted else (_variable(scheme), SecretStr(settings[scheme]))


def _variable(scheme: str) -> str:
    """Return the environment variable of a scheme's proxy; the one in lower case counts first."""
    names = [name for name in os.environ if name.lower() == f"{scheme}_proxy" and os.environ[name]]
    return max(names, key=str.islower, default="the proxy in the system's settings")


def _proxy_url(setting: SecretStr) -> httpx.URL | None:
    value = setting.get_secret_value().strip()
    if "://" not in value:
        value = f"http://{value}"
    try:
        url = httpx.URL(re.sub("^socks://", "socks5://", value, flags=re.IGNORECASE))
    except (httpx.InvalidURL, UnicodeError):
        return None
    known = HOST.fullmatch(url.host) and 0 < (url.port or 1) <= LARGEST_PORT
    # A host ends at "/", "?" or "#". In a password, they make a part of it the port.
    is_cut = "@" in f"{url.raw_path.decode('ascii')}#{url.fragment}"
    return url if known and not is_cut else None


def _is_excepted(url: httpx.URL, no_proxy: str) -> bool:
    """Return whether ``NO_PROXY`` has an entry for a URL: ``*``, or a host, network or pattern."""
    return any(_fits(url, entry) for entry in re.split(r"[\s,;]+", no_proxy.lower()) if entry)


def _fits(url: httpx.URL, entry: str) -> bool:
    if entry == "*":
        return True
    read = ENTRY.fullmatch(entry)
    if read is None:
        raise _unreadable(entry)
    port = url.port or PORTS.get(url.scheme)
    if read["port"] and int(read["port"]) != port:
        return False
    name = read["v6"] or read["bare"] or read["host"]
    network_name = name
    if read["bits"]:
        zeros = ".0" * (3 - name.count(".")) if read["host"] else ""  # macOS writes 169.254/16
        network_name = f"{name}{zeros}/{read['bits']}"
    try:
        network = ipaddress.ip_network(network_name, strict=False)
    except ValueError:
        if read["host"] is None or read["bits"]:
            raise _unreadable(entry) from None
        return _has_name(url, name)
    address = literal(url.host)
    return address is not None and _plain(address) in network


def _has_name(url: httpx.URL, name: str) -> bool:
    hosts = {host.rstrip(".") for host in (url.host, url.raw_host.decode("ascii"))}
    if "*" in name:
        return any(fnmatchcase(host, name) for host in hosts)
    name = name.strip(".")
    return any(host == name or host.endswith(f".{name}") for host in hosts)


def _plain(address: Address) -> Address:
    return embedded(address) or address


def _unreadable(entry: str) -> Unreachable:
    why = f"{entry!r} is neither a host nor a network, such as 10.0.0.0/8"
    return Unreachable(f"nothing was sent: {_variable('no')}: {why}", sent=False)
