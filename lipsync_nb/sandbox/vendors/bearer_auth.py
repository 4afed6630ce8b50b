"""The base class of vendors with an API key as a bearer token."""

from collections.abc import Mapping
from typing import ClassVar

from starlette.requests import Request

from lipsync_nb.sandbox.vendors.base import VendorService, same


class BearerVendorService(VendorService):
    """A vendor whose clients send ``Authorization: Bearer`` and the API key.

    Attributes:
        UNAUTHORIZED: The message for a client without the key.
    """

    CREDENTIAL_HEADERS = ("authorization",)
    UNAUTHORIZED: ClassVar[str]

    async def authorize(self, request: Request) -> None:
        """Raise a 401 Refusal unless the request has the key."""
        expected = f"Bearer {self._api_key}"
        if not same(request.headers.get("authorization", ""), expected):
            raise self.refusal(401, self.UNAUTHORIZED)

    def owns(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers have its key. Several vendors use the header Authorization."""
        return self._api_key in headers.get("authorization", "")

    def recognizes(self, path: str, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 -- the path decides
        """Whether the path has one of its prefixes. Several vendors use Authorization."""
        return path.startswith(self.PATHS)

    @property
    def _api_key(self) -> str:
        return self.keys["api_key"]
