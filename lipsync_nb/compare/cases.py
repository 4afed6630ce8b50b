"""What is compared: faces and scripts, each with a name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from lipsync_nb.errors import BadRequest
from lipsync_nb.media.media import Media, MediaLike

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Many: TypeAlias = T | Sequence[T] | Mapping[str, T]
"""One thing, several in a list, or several by name."""

LONGEST_NAME = 32
"""Characters of a name that is the beginning of a text."""
COLUMNS = ("face", "speech", "text", "face_name", "script_name")
"""Columns that a table of cases may have."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is said: as a sound, as a text, or as both."""

    name: str
    speech: Media | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A face and a script.

    Attributes:
        face_name: What the face is called; ``None`` if there is none.
        face: Who speaks.
        script: What is said.
    """

    face_name: str | None
    face: Media | None
    script: Script


def cases_of(
    face: Many[MediaLike] | None,
    speech: Many[MediaLike] | None,
    text: Many[str] | None,
    table: "pd.DataFrame | None",
) -> list[Case]:
    """Return every face with every script; or the rows of a table, if there is one.

    Raises:
        BadRequest: Both are given, or see `crossed` and `tabled`.
    """
    if table is None:
        return crossed(face, speech, text)
    if (face, speech, text) != (None, None, None):
        raise BadRequest("give cases, or face, speech and text; not both")
    return tabled(table)


def crossed(
    face: Many[MediaLike] | None, speech: Many[MediaLike] | None, text: Many[str] | None
) -> list[Case]:
    """Return every face with every script.

    Args:
        face: Pictures or clips.
        speech: Sounds.
        text: Texts; if there are speeches too, the text of each.

    Raises:
        BadRequest: There is no script, a file is missing, or texts and speeches do not pair up.
    """
    faces = _media_by_name(face, "face")
    found = list(product(faces.items() or [(None, None)], _scripts(speech, text)))
    if not found:
        raise BadRequest("give a speech, a text, or both: there is nothing to say")
    return [Case(name, medium, script) for (name, medium), script in found]


def tabled(table: "pd.DataFrame") -> list[Case]:
    """Return one case per row.

    Args:
        table: Columns are some of ``face``, ``speech``, ``text``, ``face_name``, ``script_name``.

    Raises:
        BadRequest: There is another column, no row, or a row without a script; a file is missing.
    """
    if table.empty or (odd := [str(name) for name in table if name not in COLUMNS]):
        wrong = f"unknown {', '.join(odd)}" if not table.empty else "no row"
        raise BadRequest(f"cases: {wrong}; the columns are {', '.join(COLUMNS)}")
    rows = [{str(k): v for k, v in row.items() if _is_given(v)} for _, row in table.iterrows()]
    return [_case(row, number) for number, row in enumerate(rows, 1)]


def _case(row: Mapping[str, Any], number: int) -> Case:
    face, speech = (_here(row.get(name)) for name in ("face", "speech"))
    text = row.get("text")
    if speech is None and text is None:
        raise BadRequest(f"cases: row {number} has neither speech nor text")
    called = row.get("face_name", None if face is None else _name(face, f"face {number}"))
    otherwise = f"script {number}"
    name = _title(text, otherwise) if speech is None else _name(speech, otherwise)
    return Case(called, face, Script(row.get("script_name", name), speech, text))


def _scripts(speech: Many[MediaLike] | None, text: Many[str] | None) -> Iterator[Script]:
    speeches, texts = _media_by_name(speech, "speech"), _by_name(text, "text", _title)
    if not (isinstance(speech, Mapping) and isinstance(text, Mapping)) and speeches and texts:
        if len(speeches) != len(texts):
            raise BadRequest(f"{len(speeches)} speeches, {len(texts)} texts: one of each, please")
        names = texts if isinstance(text, Mapping) else speeches
        speeches = dict(zip(names, speeches.values(), strict=True))
        texts = dict(zip(names, texts.values(), strict=True))
    for name in {**speeches, **texts}:
        yield Script(name, speeches.get(name), texts.get(name))


def _media_by_name(given: Many[MediaLike] | None, what: str) -> dict[str, Media]:
    media = {name: _here(medium) for name, medium in _by_name(given, what, _name).items()}
    return {name: medium for name, medium in media.items() if medium is not None}


def _by_name(given: Any, what: str, name_of: Callable[[Any, str], str]) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return dict(given)
    named: dict[str, Any] = {}
    for number, value in enumerate(given if isinstance(given, list | tuple) else [given], 1):
        name = name_of(value, f"{what} {number}")
        named[name if name not in named else f"{name} ({number})"] = value
    return named


def _name(medium: Any, otherwise: str) -> str:
    """Return a file's name, or that in a URL, without its ending."""
    if isinstance(medium, Media):
        medium = medium.url or medium.path
    if not isinstance(medium, str | Path):
        return otherwise
    return Path(str(medium).partition("?")[0]).stem or otherwise


def _title(text: Any, otherwise: str) -> str:
    """Return the beginning of a text."""
    title = str(text)
    if len(title) > LONGEST_NAME:
        title = f"{title[: LONGEST_NAME - 1].rstrip()}…"
    return title or otherwise


def _here(given: Any) -> Media | None:
    if given is None:
        return None
    try:
        media = Media(given)
    except ValueError as error:
        raise BadRequest(f"{given!r}: {error}") from None
    if media.path is not None:
        media.local()
    return media


def _is_given(value: Any) -> bool:
    import pandas as pd  # noqa: PLC0415 - only who has a table needs it

    return not (pd.api.types.is_scalar(value) and pd.isna(value))
