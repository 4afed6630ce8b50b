"""A request to a vendor's API and its answer, as plain values."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import httpx

from lipsync_nb.errors import OutOfCredit, RateLimited, ServerError, Unauthorized, VendorError
from lipsync_nb.files import LocalFile
from lipsync_nb.http.addresses import same_origin, shown
from lipsync_nb.http.connections import LARGEST_ANSWER
from lipsync_nb.http.redact import Redactor
from lipsync_nb.http.retry import Purpose

NO_CREDIT = re.compile(
    r"quota|credit|balance|funds|payment|\bpoints\b|余额|额度|积分|点数|欠费|充值", re.IGNORECASE
)
"""In an answer 403, one of these words says that the account is empty, not that the key is wrong.
No page says so; services that several vendors are built on do."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: HTTP status, JSON body, and ``Retry-After`` in seconds."""

    status: int
    payload: Any
    retry_after: float | None = None


class ErrorReader(Protocol):
    """Reads the errors of a vendor, or of one of its products."""

    def check(self, answer: Answer) -> None:
        """Raise a `VendorError` if the answer is an error."""

    def refuses(self, answer: Answer) -> bool:
        """Return whether an error has a code that proves that a paid request was refused."""


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request to a vendor's API, not yet sent, and how to read its answer.

    Attributes:
        method: ``"GET"`` or ``"POST"``.
        path: Relative to the vendor's base URL.
        read: Turns the answer's JSON into the result, or raises `ServerError`.
        purpose: What it is for, which decides whether it may be repeated.
        params: The query parameters.
        json: The JSON body.
        form: Fields of a multipart body; a list of values is sent as a field for each of them.
        files: Files of a multipart body, likewise.
        rate: Which of `Vendor.rates` it counts against.
        largest: Bytes of the longest answer that is read.
        is_file: Whether the answer is a file, which `read` gets as bytes. An error may be JSON.
        longest: Seconds that the answer may take, if that is more than usual.
        errors: Reads errors in place of the vendor, where a product has an envelope of its own.
        headers: Further headers.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    purpose: Purpose = Purpose.free
    params: Mapping[str, str | int] | None = None
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str | list[str]] = field(default_factory=dict)
    files: Mapping[str, LocalFile | list[LocalFile]] = field(default_factory=dict)
    rate: str = ""
    largest: int = LARGEST_ANSWER
    is_file: bool = False
    longest: float | None = None
    errors: ErrorReader | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def status_error(
    name: str, answer: Answer, reason: str, *, code: int | str | None = None
) -> VendorError:
    """Return the error for an HTTP status.

    Args:
        name: The vendor's name.
        answer: The answer.
        reason: The vendor's message, which may be empty.
        code: The vendor's own error code, if it gave one.
    """
    what = f"HTTP {answer.status}" if code is None else str(code)
    text = f"{name}: {what}, {reason}" if reason else f"{name}: {what}"
    code = answer.status if code is None else code
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return RateLimited(text, code=code, retry_after=answer.retry_after)
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return ServerError(text, code=code)
    if answer.status == httpx.codes.FORBIDDEN and _speaks_of_credit(text, answer.payload):
        return OutOfCredit(text, code=code)
    return _BY_STATUS.get(answer.status, VendorError)(text, code=code)


def _speaks_of_credit(text: str, payload: Any) -> bool:
    return any(NO_CREDIT.search(each) for each in (text, *_texts(payload)))


def _texts(payload: Any) -> Iterator[str]:
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, dict | list):
        for value in payload.values() if isinstance(payload, dict) else payload:
            yield from _texts(value)


def redirect_error(name: str, response: httpx.Response, redactor: Redactor) -> VendorError:
    """Return the error for a redirect, which no API call follows.

    Args:
        name: The vendor's name.
        response: The redirect.
        redactor: Masks the vendor's secrets in the text.
    """
    where = shown(response.headers.get("Location") or "elsewhere")
    text = f"{name}: the API redirects to {where}; if that is right, set base_url"
    error = VendorError(redactor.text(text), code=response.status_code)
    error.redirects, target = True, response.next_request
    error.leaves_origin = bool(target and not same_origin(target.url, response.request.url))
    return error


_BY_STATUS: dict[int, type[VendorError]] = {
    401: Unauthorized,
    402: OutOfCredit,
    403: Unauthorized,
}
