"""What the vendors have in common whose key is a bearer token."""

from collections.abc import Mapping
from typing import ClassVar

from starlette.requests import Request

from lipsync_nb.sandbox.vendors.base import Refusal, Vendor, same


class BearerVendor(Vendor):
    """A vendor whose clients send ``Authorization: Bearer`` and the API key.

    Attributes:
        UNAUTHORIZED: Its message to a client without the key.
    """

    CREDENTIAL_HEADERS = ("authorization",)
    UNAUTHORIZED: ClassVar[str]

    async def authorize(self, request: Request) -> None:
        """Raise a 401 Refusal unless the request carries the key."""
        expected = f"Bearer {self._api_key}"
        if not same(request.headers.get("authorization", ""), expected):
            raise Refusal(401, self.envelope(401, self.UNAUTHORIZED))

    def owns(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers carry its key: Authorization alone does not tell whose it is."""
        return self._api_key in headers.get("authorization", "")

    def recognizes(self, path: str, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 -- the path tells
        """Whether the path begins as its own do: an Authorization may be meant for any vendor."""
        return path.startswith(self.PATHS)

    @property
    def _api_key(self) -> str:
        return self.keys["api_key"]
