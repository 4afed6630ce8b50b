"""Reads vendors' answers: strictly what a job depends on, leniently all the rest.

The vendors' pages show examples, not schemas. So a null or empty field counts as missing, a number
may come as a string and a string as a number, and unknown fields are ignored.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from lipsync_nb.status import JobStatus

LONGEST_REASON = 500
"""Characters of a vendor's message that are kept."""
LONGEST_CODE = 18
"""Digits of a code; longer numbers are not codes, and Python refuses to read the longest."""

T = TypeVar("T")


def without_empty(answer: Any) -> Any:
    """Return an answer without its null and empty fields."""
    if not isinstance(answer, dict):
        return answer
    return {key: value for key, value in answer.items() if value is not None and value != ""}


def as_code(value: Any) -> int | str | None:
    """Return a code as a number, even if it came as a string; any other as a string."""
    if value is None or isinstance(value, int):
        return value
    text = f"{value:g}" if isinstance(value, float) else str(value)
    number = text.removeprefix("-")
    return int(text) if number.isdecimal() and len(number) <= LONGEST_CODE else text


def as_message(value: Any) -> str | None:
    """Return a vendor's message as a text, even if it came as an object or a list."""
    if isinstance(value, dict):
        value = reason(value) or value
    words = value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False)
    return words[:LONGEST_REASON] if words else None


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true and false are not ids")  # noqa: TRY004 - pydantic wants this one
    return value


def _if_readable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


Code: TypeAlias = Annotated[int | str, BeforeValidator(as_code)]
"""A status or an error code."""
JobId: TypeAlias = Annotated[str, BeforeValidator(_no_bool), Field(min_length=1)]
"""The vendor's id of a job: a text or a number."""
Message: TypeAlias = Annotated[str | None, BeforeValidator(as_message)]
"""A message for people, which may come as a text, an object or a list."""
Lenient: TypeAlias = Annotated[T | None, WrapValidator(_if_readable)]
"""A value that a job does not need: ``None`` if it cannot be read."""


class Reply(BaseModel):
    """The base of the models of answers."""

    model_config = ConfigDict(defer_build=True, allow_inf_nan=False, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, answer: Any) -> Any:
        return without_empty(answer)


class Envelope(Reply):
    """The object in whose ``data`` an answer is wrapped."""

    data: Any


def translate(words: Mapping[Any, JobStatus], word: Any) -> JobStatus:
    """Translate a vendor's status; one that is not in `words` is unknown."""
    return words.get(word, JobStatus.unknown)


def reason(payload: Any, keys: Iterable[str] = ("message", "error", "msg", "detail")) -> str:
    """Return the reason that a vendor gives for an error; empty if it gives none."""
    if not isinstance(payload, dict):
        return ""
    return next((as_message(payload[key]) or "" for key in keys if payload.get(key)), "")
