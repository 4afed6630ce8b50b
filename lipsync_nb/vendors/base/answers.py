"""Reads vendors' answers: strictly what a job depends on, leniently all the rest.

The vendors' pages show examples, not schemas. So a null or empty field counts as missing, a number
may come as a string and a string as a number, a name may be written in another case, and unknown
fields are ignored.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AliasChoices,
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
EARLIEST, LATEST = 1e9, 1e11
"""Unix times in seconds, of the years 2001 and 5138. Later times are in milliseconds or finer."""
FINER = ("milliseconds", "microseconds", "nanoseconds")
"""The units besides seconds in which times come."""

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


def as_time(value: Any) -> float:
    """Return a time as a Unix time in seconds.

    Args:
        value: Seconds or milliseconds, told apart by their size, or a text in ISO 8601 with a zone.

    Raises:
        ValueError: It is neither; without a zone, it is not known what a text means.
    """
    try:
        time = float(value)
    except OverflowError:
        raise ValueError("not a time") from None
    except (TypeError, ValueError):
        moment = datetime.fromisoformat(str(value).strip())
        if moment.tzinfo is None:
            raise ValueError("a time without a zone") from None
        time = moment.timestamp()
    for _ in FINER:
        if time >= LATEST:
            time /= 1000
    if not EARLIEST <= time < LATEST:
        raise ValueError("not a time")
    return time


def as_amount(value: Any) -> Any:
    """Return what pydantic reads as a number, such as ``"50"`` for ``"50%"``."""
    if isinstance(value, bool):
        raise ValueError("true and false are not amounts")  # noqa: TRY004 - pydantic wants this one
    return value.strip().removesuffix("%") if isinstance(value, str) else value


def _id(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true and false are not ids")  # noqa: TRY004 - pydantic wants this one
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _if_readable(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


Code: TypeAlias = Annotated[int | str, BeforeValidator(as_code)]
"""A status or an error code."""
Amount: TypeAlias = Annotated[float, BeforeValidator(as_amount), Field(ge=0)]
"""An amount, of seconds, credits or percent."""
JobId: TypeAlias = Annotated[str, BeforeValidator(_id), Field(min_length=1)]
"""The vendor's id of a job: a text or a number."""
Message: TypeAlias = Annotated[str | None, BeforeValidator(as_message)]
"""A message for people, which may come as a text, an object or a list."""
Time: TypeAlias = Annotated[float, BeforeValidator(as_time)]
"""A Unix time in seconds, whichever way it came."""
Lenient: TypeAlias = Annotated[T | None, WrapValidator(_if_readable)]
"""A value that a job does not need: ``None`` if it cannot be read."""


class Reply(BaseModel):
    """The base of the models of answers."""

    model_config = ConfigDict(defer_build=True, allow_inf_nan=False, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, answer: Any) -> Any:
        given = without_empty(answer)
        if not isinstance(given, dict):
            return given
        names = _names(cls)
        others = {names[plain]: given[key] for key in given if (plain := _plain(key)) in names}
        return others | given


@cache
def _names(model: type[BaseModel]) -> dict[str, str]:
    """Return the names of a model's fields in an answer, by their letters alone."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        aliases = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        found |= {_plain(each): each for each in aliases if isinstance(each, str)}
    return found


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


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
