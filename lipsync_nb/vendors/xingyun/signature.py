"""Xingyun's signature.

Page: 数字人视频生成API说明, 1.鉴权.
"""

import hashlib
import json
from collections.abc import Generator, Mapping
from time import time
from typing import Any

import httpx
from pydantic import SecretStr


def sign(path: str, method: str, data: Mapping[str, Any], secret: str, timestamp: int) -> str:
    """Return the X-TOKEN of a request, just as the page's sample code computes it (1.1).

    Args:
        path: The path with its query, without the host.
        method: The HTTP method.
        data: The JSON body; ``{}`` for GET and for multipart.
        secret: The application's secret.
        timestamp: A Unix time in seconds; the signature is valid for 60 s.
    """
    # Sorted at every depth, Chinese escaped, and without any space, even inside strings.
    body = json.dumps(data, sort_keys=True).replace(" ", "")
    signed = f"{path.lower()}{method.lower()}{body}{secret}{timestamp}"
    return hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()


class SignatureAuth(httpx.Auth):
    """Signs each attempt anew: a signature is valid for 60 s.

    Args:
        app_id: The application's id.
        app_secret: The application's secret.
    """

    def __init__(self, app_id: SecretStr, app_secret: SecretStr) -> None:
        self._app_id = app_id
        self._app_secret = app_secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Add the three headers of the page's section 1.2."""
        is_json = request.headers.get("Content-Type", "").startswith("application/json")
        data = json.loads(request.content) if is_json else {}
        now = int(time())
        path = request.url.raw_path.decode()
        token = sign(path, request.method, data, self._app_secret.get_secret_value(), now)
        request.headers["X-APP-ID"] = self._app_id.get_secret_value()
        request.headers["X-TIMESTAMP"] = str(now)
        request.headers["X-TOKEN"] = token
        yield request
