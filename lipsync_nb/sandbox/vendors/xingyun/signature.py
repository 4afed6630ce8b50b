"""The headers of 魔珐星云 Xingyun's requests, with X-TOKEN as in chapter 1.1 of its page."""

import hashlib
import json
import time
from typing import Any

from starlette.requests import Request

from lipsync_nb.sandbox.vendors.base import json_body, media_type, same
from lipsync_nb.sandbox.vendors.fields import FieldError

LIFETIME_S = 60  # 距当前时间60s内有效
LONGEST_STAMP = 18  # digits; Python refuses to read the longest numbers

NO_APP = (20001, "应用不存在或无法使用")
WRONG_SIGNATURE = (1, "签名有误")  # on no page; seen by clients of other makers


async def signature_error(request: Request, keys: dict[str, str]) -> tuple[int, str] | None:
    """The code and the message for a wrong X-APP-ID, X-TIMESTAMP or X-TOKEN; None if all are right.

    What an expired X-TIMESTAMP is answered is unknown. Here it is a wrong signature.

    Args:
        request: The request.
        keys: The application's app_id and app_secret.
    """
    headers = request.headers
    if headers.get("x-app-id") != keys["app_id"]:
        return NO_APP
    stamp = headers.get("x-timestamp", "")
    is_number = stamp.isdecimal() and len(stamp) <= LONGEST_STAMP
    if not is_number or abs(time.time() - int(stamp)) > LIFETIME_S:
        return WRONG_SIGNATURE
    data = await signed_data(request)
    signed = (signed_path(request), request.method, data, keys["app_secret"], stamp)
    is_right = same(headers.get("x-token", ""), signature(*signed))
    return None if is_right else WRONG_SIGNATURE


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
    return hashlib.md5(sign.encode()).hexdigest()  # noqa: S324 -- required by the vendor


def signed_path(request: Request) -> str:
    """The path and query as sent, without the double slash of the page's second program."""
    path = "/" + request.scope["raw_path"].decode().lstrip("/")
    query = request.scope["query_string"].decode()
    return f"{path}?{query}" if query else path


async def signed_data(request: Request) -> dict[str, Any]:
    """The JSON body; {} for GET, for a form (the file is not signed) and for an empty body."""
    is_form = media_type(request).startswith("multipart/")
    if request.method == "GET" or is_form or not await request.body():
        return {}
    data = await json_body(request)
    if not isinstance(data, dict):
        raise FieldError("the body must be a JSON object")
    return data
