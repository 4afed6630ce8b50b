"""Ways to send a key with each request; other vendors define their own ``httpx.Auth``."""

from collections.abc import Generator

import httpx
from pydantic import SecretStr


class HeaderAuth(httpx.Auth):
    """Sends a key in a header of each request.

    Args:
        header: The header's name.
        key: The key.
        scheme: The word before the key, such as ``"Bearer"``.
    """

    def __init__(self, header: str, key: SecretStr, scheme: str = "") -> None:
        self._header = header
        self._key = key
        self._scheme = scheme

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the header."""
        request.headers[self._header] = f"{self._scheme} {self._key.get_secret_value()}".lstrip()
        yield request


class BearerAuth(HeaderAuth):
    """Sends a key as a bearer token.

    Args:
        key: The key.
    """

    def __init__(self, key: SecretStr) -> None:
        super().__init__("Authorization", key, "Bearer")
