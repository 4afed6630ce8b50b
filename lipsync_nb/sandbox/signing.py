"""Signed, expiring URLs for the storage host, and its refusals, as object stores make them."""

import hashlib
import hmac
import time
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response


class StorageError(Exception):
    """A refusal of the storage host's, in the XML of object stores.

    Args:
        status: HTTP status.
        code: The object stores' word for it.
        message: The object stores' sentence for it.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        self.response = Response(body, status, media_type="application/xml")


class Signer:
    """Signs and checks URLs with one secret.

    Args:
        secret: Known to this home alone.
        origin: Scheme, host and port of the storage host.
    """

    def __init__(self, secret: str, origin: str) -> None:
        self._secret = secret.encode()
        self.origin = origin

    def url(
        self, path: str, lifetime_s: float, *, method: str = "GET", mime: str = "", safe: str = "/"
    ) -> str:
        """A URL of the storage host, good for one method and type, for a while.

        Args:
            path: Path on the storage host, not yet quoted.
            lifetime_s: Seconds the URL stays good.
            method: GET (and HEAD) or PUT.
            mime: The Content-Type a PUT must have.
            safe: Characters of the path that stay as they are.
        """
        expires = int(time.time() + lifetime_s)
        signature = self._sign(method, path, expires, mime)
        query = urlencode({"Expires": expires, "Signature": signature})
        return f"{self.origin}{quote(path, safe=safe)}?{query}"

    def check(self, request: Request, mime: str = "") -> None:
        """Raise a 403 StorageError unless this request is what was signed, in time.

        Args:
            request: A request for a signed URL.
            mime: The Content-Type it has, if it must have one.
        """
        query, path = request.query_params, request.url.path
        expires, given = query.get("Expires", ""), query.get("Signature", "")
        if not expires.isdecimal() or not given:
            raise StorageError(403, "AccessDenied", "The request is not signed.")
        method = "GET" if request.method == "HEAD" else request.method
        if not hmac.compare_digest(self._sign(method, path, int(expires), mime), given):
            text = "The signature does not match this method, path and type."
            raise StorageError(403, "SignatureDoesNotMatch", text)
        if time.time() > int(expires):
            raise StorageError(403, "AccessDenied", "Request has expired.")

    def _sign(self, method: str, path: str, expires: int, mime: str) -> str:
        text = f"{method}\n{path}\n{expires}\n{mime}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
