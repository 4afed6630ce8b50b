"""The results of jobs that are no files: a text, a voice, an avatar. And the subtitles of a speech.

A video is a `lipsync_nb.media.video.Video`, and a speech a `lipsync_nb.media.audio.Audio`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from typing import Any, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from lipsync_nb.errors import LedgerError


class Text(str):
    """A text that a job made. It is a ``str``, and can be used in every field for a text.

    As the type of a field, it takes every text that is not empty or blank.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(min_length=1)
        return core_schema.no_info_after_validator_function(not_blank, text)


def not_blank(text: str) -> str:
    """Return a text; `ValueError` if it has only spaces."""
    if text.isspace():
        raise ValueError("it contains only spaces")
    return text


@dataclass(frozen=True, slots=True)
class Resource:
    """What stays at its vendor, and is used in the fields of that vendor's requests.

    Attributes:
        vendor: The vendor's name.
        id: The vendor's id of it.
        name: Its name for people.
        preview: The URL of a sound, a picture or a clip of it, if there is one.
    """

    vendor: str
    id: str
    name: str = ""
    preview: str | None = None

    def __str__(self) -> str:
        return self.id


class Voice(Resource):
    """A voice at a vendor; its preview is a sound that it spoke."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Avatar(Resource):
    """A person at a vendor; its preview is a picture or a clip.

    Attributes:
        voice: The vendor's id of the person's own voice, if it has one.
    """

    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Subtitle:
    """A part of a speech.

    Attributes:
        start_s: When it begins, in seconds.
        end_s: When it ends, in seconds.
        text: What is said.
    """

    start_s: float
    end_s: float
    text: str


Made: TypeAlias = str | Voice | Avatar
"""A result that is no file."""
RESOURCES: dict[str, type[Voice] | type[Avatar]] = {"Voice": Voice, "Avatar": Avatar}
"""The results that stay at their vendor, by name."""
NO_FILES = frozenset({Text.__name__, *RESOURCES})
"""The names of the results that are no files.

A further one needs a migration of the ledger, which makes the index ``jobs_unfetched`` again.
"""


def to_json(made: Made | None, subtitles: Iterable[Subtitle] = ()) -> str | None:
    """Return what the ledger keeps of a result besides its file; ``None`` if that is nothing."""
    parts = [astuple(subtitle) for subtitle in subtitles]
    values: Any = {"subtitles": parts} if parts else None
    if isinstance(made, str):
        values = {"text": str(made)}
    elif made is not None:
        values = asdict(made)
    return None if values is None else json.dumps(values, ensure_ascii=False)


def made_from(makes: str, stored: str) -> Text | Voice | Avatar:
    """Return a result that is no file, as the ledger keeps it.

    Args:
        makes: What it is: ``"Text"``, ``"Voice"`` or ``"Avatar"``.
        stored: What `to_json` returned.

    Raises:
        LedgerError: Another program has written what this one cannot read.
    """
    try:
        values = json.loads(stored)
        return RESOURCES[makes](**values) if makes in RESOURCES else Text(values["text"])
    except (ValueError, TypeError, KeyError) as error:
        raise LedgerError(f"a {makes} in the ledger cannot be read: {error!r}") from None


def subtitles_from(stored: str | None) -> tuple[Subtitle, ...]:
    """Return the subtitles of a speech, as the ledger keeps them; none if they cannot be read."""
    try:
        return tuple(Subtitle(*part) for part in json.loads(stored or "{}")["subtitles"])
    except (ValueError, TypeError, KeyError):
        return ()
