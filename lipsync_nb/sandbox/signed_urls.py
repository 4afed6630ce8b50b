"""Signed, expiring URLs for the storage host, and its errors, as in object stores."""

import hashlib
import hmac
import time
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response


class StorageError(Exception):
    """An error of the storage host, in the XML of object stores.

    Args:
        status: HTTP status.
        code: As in object stores.
        message: As in object stores.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        self.response = Response(body, status, media_type="application/xml")


class Signer:
    """Signs and checks URLs with a secret.

    Args:
        secret: Of this home.
        origin: Scheme, host and port of the storage host.
    """

    def __init__(self, secret: str, origin: str) -> None:
        self._secret = secret.encode()
        self.origin = origin

    def url(
        self, path: str, lifetime_s: float, *, method: str = "GET", mime: str = "", safe: str = "/"
    ) -> str:
        """A URL of the storage host, valid for one method and type, for a limited time.

        Args:
            path: Path on the storage host, not quoted.
            lifetime_s: Seconds for which the URL is valid.
            method: GET (and HEAD) or PUT.
            mime: The Content-Type a PUT must have.
            safe: Characters of the path that are not quoted.
        """
        expires = int(time.time() + lifetime_s)
        signature = self._sign(method, path, expires, mime)
        query = urlencode({"Expires": expires, "Signature": signature})
        return f"{self.origin}{quote(path, safe=safe)}?{query}"

    def check(self, request: Request, mime: str = "") -> None:
        """Raise a 403 StorageError unless this request was signed and has not expired.

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
