"""Reading what vendors answer: strict about what a job hangs on, patient about all the rest.

Pages show examples, not schemas. So a null or empty field says as little as a missing one, a
number may come as a string and a string as a number, and what is not named is passed over.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from lipsync_nb.jobs import JobStatus

LONGEST_REASON = 500
"""Characters of a vendor's reason that are repeated."""
LONGEST_CODE = 18
"""Digits of a code; longer numbers are none, and the longest not even numbers to Python."""

T = TypeVar("T")


def told(answer: Any) -> Any:
    """Return an answer without its null and empty fields."""
    if not isinstance(answer, dict):
        return answer
    return {key: value for key, value in answer.items() if value is not None and value != ""}


def as_code(value: Any) -> int | str | None:
    """Return a code as a number, also where it came as a string; any other as a string."""
    if value is None or isinstance(value, int):
        return value
    text = f"{value:g}" if isinstance(value, float) else str(value)
    number = text.removeprefix("-")
    return int(text) if number.isdecimal() and len(number) <= LONGEST_CODE else text


def as_words(value: Any) -> str | None:
    """Return a text in words, also where a vendor wraps it up."""
    if isinstance(value, dict):
        value = reason(value) or value
    words = value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False)
    return words[:LONGEST_REASON] if words else None


def _if_readable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


Code: TypeAlias = Annotated[int | str, BeforeValidator(as_code)]
"""A status or an error code."""
Words: TypeAlias = Annotated[str | None, BeforeValidator(as_words)]
"""A text for people, in whatever shape it comes."""
Fact: TypeAlias = Annotated[T | None, WrapValidator(_if_readable)]
"""Good to know; where it cannot be read, the job goes on without."""


class Reply(BaseModel):
    """The base of what is read from an answer."""

    model_config = ConfigDict(defer_build=True, allow_inf_nan=False, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _told(cls, answer: Any) -> Any:
        return told(answer)


class Envelope(Reply):
    """What an answer is wrapped in."""

    data: Any


def translate(words: Mapping[Any, JobStatus], word: Any) -> JobStatus:
    """Translate a vendor's status; a word that no page lists stays unknown."""
    return words.get(word, JobStatus.unknown)


def reason(payload: Any, keys: Iterable[str] = ("message", "error", "msg", "detail")) -> str:
    """Return what a vendor gives as the reason of an error, if it gives one."""
    if not isinstance(payload, dict):
        return ""
    return next((as_words(payload[key]) or "" for key in keys if payload.get(key)), "")
