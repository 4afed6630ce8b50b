"""The signature of Xingyun's page, written once more for the tests, as a plain client has it."""

import hashlib
import json
import time
from collections.abc import Iterator

import httpx


class Signing(httpx.Auth):
    """Signs each attempt.

    Args:
        app_id: The application's id.
        secret: Its secret.
    """

    requires_request_body = True

    def __init__(self, app_id: str, secret: str) -> None:
        self.app_id, self.secret = app_id, secret

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:
        """Sign every attempt."""
        is_json = request.headers.get("content-type") == "application/json"
        try:
            body = json.loads(request.content) if is_json else {}
        except (ValueError, RecursionError):
            body = {}
        text = json.dumps(body, sort_keys=True).replace(" ", "")
        path = request.url.raw_path.decode().lower()
        stamp = str(int(time.time()))
        sign = f"{path}{request.method.lower()}{text}{self.secret}{stamp}"
        request.headers["X-APP-ID"] = self.app_id
        request.headers["X-TIMESTAMP"] = stamp
        request.headers["X-TOKEN"] = hashlib.md5(sign.encode()).hexdigest()
        yield request
