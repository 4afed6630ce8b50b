"""The HTTP client through which all of this package's connections are made."""

import ssl
from functools import cache
from typing import Any
from urllib.request import getproxies

import httpx

DIRECT: dict[str, httpx.AsyncBaseTransport | None] = {
    f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")
}
"""This machine is reached directly, not through a proxy that the environment names."""


def async_client(**options: Any) -> httpx.AsyncClient:
    """Return an HTTP client; options are those of ``httpx.AsyncClient``."""
    headers = {"Accept-Encoding": "identity"}  # sizes and ranges are those of the bytes sent
    mounts = DIRECT if getproxies() else None
    return httpx.AsyncClient(verify=tls(), headers=headers, mounts=mounts, **options)


@cache
def tls() -> ssl.SSLContext:
    """Return the shared TLS context: loading the certificates anew takes 50 ms."""
    return httpx.create_ssl_context()
