"""The options of a client by which its jobs are driven. Each is checked before anything is done."""

import os
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from lipsync_nb.engine.names import USUAL, check_pattern
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute
from lipsync_nb.http.transfer import LARGEST_FILE
from lipsync_nb.media.host import FsspecHost, MediaHost
from lipsync_nb.vendors import VENDORS

DEADLINE = 1800.0
"""Seconds for which a job is polled, by default."""


def number(value: Any) -> int | float:
    """Return a number of any kind as Python's own; `ValueError` if it is none, such as a bool."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise ValueError("not a number")  # noqa: TRY004 - pydantic wants this one
    return int(value) if isinstance(value, Integral) else float(value)


def _pair(value: Any) -> Any:
    if not isinstance(value, tuple | list | None):
        raise ValueError("not a pair")  # noqa: TRY004 - pydantic wants this one
    return value


def _ascending(pair: tuple[float, float] | None) -> tuple[float, float] | None:
    if pair is not None and pair[0] > pair[1]:
        raise ValueError("the shortest is longer than the longest")
    return pair


def _path(value: Any) -> Path:
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise ValueError("not a path")
    try:
        return absolute(Path(text).expanduser())
    except RuntimeError as error:
        raise ValueError("there is no such user") from error
    except BadRequest as error:
        raise ValueError(str(error)) from error


def _host(value: Any) -> Any:
    if isinstance(value, type):
        raise ValueError("a class")  # noqa: TRY004 - pydantic wants this one
    return FsspecHost(value) if isinstance(value, str) else value


def _most(value: Any) -> dict[str, int]:
    """Return how many unfinished jobs each vendor may have."""
    if value is None:
        return {}
    most = dict(value) if isinstance(value, Mapping) else dict.fromkeys(VENDORS, value)
    for vendor, each in most.items():
        if vendor not in VENDORS:
            known = ", ".join(VENDORS)
            raise BadRequest(
                f"max_unfinished: {line(repr(vendor))} is not a vendor; known are {known}"
            )
        if not isinstance(each, Integral) or isinstance(each, bool) or each < 1:
            what = f"max_unfinished={line(repr(each))} of {vendor}"
            raise BadRequest(f"{what} is not a whole number from 1 on, such as max_unfinished=10")
    return {vendor: int(each) for vendor, each in most.items()}


Number = Annotated[float, BeforeValidator(number)]
"""A finite number; neither a text nor a bool."""
Seconds = Annotated[Number, Field(gt=0)]
Intervals = Annotated[
    tuple[Seconds, Seconds] | None, BeforeValidator(_pair), AfterValidator(_ascending)
]
AbsolutePath = Annotated[Path, BeforeValidator(_path)]


class EngineOptions(BaseModel):
    """How jobs are driven.

    A field's description says what is accepted, with an example, for the error.

    Attributes:
        media_host: Gives local files a URL; ``None`` if there is no media host.
        results: The folder for results.
        poll: The shortest and longest poll interval in seconds, instead of the vendors' own.
        deadline: Seconds for which a job is polled; `Job.result` starts them again.
        backoff_scale: Factor of the waits between attempts.
        largest_result: Largest result, in bytes.
        names: The pattern of the names of results; see `lipsync_nb.engine.names`.
        max_unfinished: By vendor, how many unfinished jobs it may have at a time.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        validate_default=True,
        defer_build=True,
    )

    media_host: Annotated[MediaHost | None, BeforeValidator(_host)] = Field(
        None, description='an fsspec URL, such as media_host="s3://bucket/prefix", or a MediaHost'
    )
    results: AbsolutePath = Field(
        Path("lipsync_videos"), description='the path of a folder, such as results="videos"'
    )
    poll: Intervals = Field(
        None,
        description="the shortest and the longest interval in seconds, both above 0, such as "
        "poll=(2, 15)",
    )
    deadline: Seconds = Field(
        DEADLINE, description=f"a finite number of seconds above 0, such as deadline={DEADLINE:g}"
    )
    backoff_scale: Annotated[Number, Field(ge=0)] = Field(
        1.0, description="a finite number from 0 on, such as backoff_scale=1"
    )
    largest_result: Annotated[int, BeforeValidator(number), Field(gt=0)] = Field(
        LARGEST_FILE,
        description="a whole number of bytes above 0, such as largest_result=1_000_000_000",
    )
    names: Annotated[str, BeforeValidator(check_pattern)] = Field(
        USUAL, description='a pattern, such as names="{date:%Y-%m-%d}_{key}_{title}"'
    )
    max_unfinished: Annotated[dict[str, int], BeforeValidator(_most)] = Field(
        {}, description="a whole number from 1 on, or one by vendor, such as max_unfinished=10"
    )
