"""魔珐星云 Xingyun's X-TOKEN, as chapter 1.1 of its page computes it."""

import hashlib
import json
from typing import Any

from starlette.requests import Request

from lipsync_nb.sandbox.vendors.base import json_body
from lipsync_nb.sandbox.vendors.fields import FieldError

LIFETIME_S = 60  # 距当前时间60s内有效


def signature(path: str, method: str, data: dict[str, Any], secret: str, stamp: str) -> str:
    """The X-TOKEN of a request.

    Args:
        path: Path and query, without the host.
        method: HTTP method.
        data: The JSON body, or {} where there is none.
        secret: The application's app_secret.
        stamp: X-TIMESTAMP.
    """
    sort_json_str = json.dumps(data, sort_keys=True).replace(" ", "")
    sign = f"{path.lower()}{method.lower()}{sort_json_str}{secret}{stamp}"
    return hashlib.md5(sign.encode()).hexdigest()  # noqa: S324 -- the vendor's choice


def signed_path(request: Request) -> str:
    """The path and query as sent, without the doubled slash of the page's second program."""
    path = "/" + request.scope["raw_path"].decode().lstrip("/")
    query = request.scope["query_string"].decode()
    return f"{path}?{query}" if query else path


async def signed_data(request: Request) -> dict[str, Any]:
    """The JSON body; {} for GET, for a form (the file is not signed) and where there is none."""
    is_form = request.headers.get("content-type", "").startswith("multipart/")
    if request.method == "GET" or is_form or not await request.body():
        return {}
    data = await json_body(request)
    if not isinstance(data, dict):
        raise FieldError("the body must be a JSON object")
    return data
