"""The inputs of a comparison: faces and scripts, each with a name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.media.media import Media, MediaLike
from lipsync_nb.media.sources import is_upload

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Many: TypeAlias = T | Sequence[T] | Mapping[str, T]
"""One value, several in a list, or several by name."""

LONGEST_NAME = 32
"""Most characters of a name that is made from a text."""
MADE_BY_JOBS = {"face": "Video", "speech": "Audio"}
"""What a job makes that is given for a face or a speech."""
COLUMNS = ("face", "speech", "text", "face_name", "script_name")
"""The columns of a table of cases."""


@dataclass(frozen=True, slots=True)
class Script:
    """The words to be said: as a sound, as a text, or as both."""

    name: str
    speech: Media | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A face and a script.

    Attributes:
        face_name: The name of the face; ``None`` if there is no face.
        face: The picture or clip of the face.
        script: The words to be said.
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
    """Return each face with each script, or the rows of a table if there is one.

    Raises:
        BadRequest: Both are given; and as `crossed` and `tabled` do.
    """
    if table is None:
        return crossed(face, speech, text)
    if (face, speech, text) != (None, None, None):
        raise BadRequest("give cases, or face, speech and text; not both")
    return tabled(table)


def crossed(
    face: Many[MediaLike] | None, speech: Many[MediaLike] | None, text: Many[str] | None
) -> list[Case]:
    """Return each face with each script.

    Args:
        face: Pictures or clips.
        speech: Sounds.
        text: Texts; if there are sounds too, one for each sound.

    Raises:
        BadRequest: There is no script, a file is missing, or there are not as many texts as sounds.
    """
    faces = _media_by_name(face, "face")
    found = list(product(faces.items() or [(None, None)], _scripts(speech, text)))
    if not found:
        raise BadRequest("give a speech, a text, or both: there is nothing to say")
    return [Case(name, medium, script) for (name, medium), script in found]


def tabled(table: "pd.DataFrame") -> list[Case]:
    """Return one case per row.

    Args:
        table: Its columns are some of ``face``, ``speech``, ``text``, ``face_name``,
            ``script_name``.

    Raises:
        BadRequest: There is another column, no row, a row without a script, or a file is missing.
    """
    if table.empty or (odd := [str(name) for name in table if name not in COLUMNS]):
        wrong = f"unknown {', '.join(odd)}" if not table.empty else "no row"
        raise BadRequest(f"cases: {wrong}; the columns are {', '.join(COLUMNS)}")
    rows = [{str(k): v for k, v in row.items() if _is_given(v)} for _, row in table.iterrows()]
    return [_case(row, number) for number, row in enumerate(rows, 1)]


def _case(row: Mapping[str, Any], number: int) -> Case:
    face, speech = _media(row.get("face"), "face"), _media(row.get("speech"), "speech")
    text, default = row.get("text"), f"script {number}"
    if speech is None and text is None:
        raise BadRequest(f"cases: row {number} has neither speech nor text")
    face_name = None if face is None else _name(face, f"face {number}")
    name = _beginning(text, default) if speech is None else _name(speech, default)
    script = Script(row.get("script_name", name), speech, text)
    return Case(row.get("face_name", face_name), face, script)


def _scripts(speech: Many[MediaLike] | None, text: Many[str] | None) -> Iterator[Script]:
    speeches, texts = _media_by_name(speech, "speech"), _by_name(text, "text", _beginning)
    if not (isinstance(speech, Mapping) and isinstance(text, Mapping)) and speeches and texts:
        if len(speeches) != len(texts):
            raise BadRequest(
                f"{len(speeches)} speeches, {len(texts)} texts: give one text for each speech"
            )
        names = texts if isinstance(text, Mapping) else speeches
        speeches = dict(zip(names, speeches.values(), strict=True))
        texts = dict(zip(names, texts.values(), strict=True))
    for name in {**speeches, **texts}:
        yield Script(name, speeches.get(name), texts.get(name))


def _media_by_name(given: Many[MediaLike] | None, what: str) -> dict[str, Media]:
    media = {name: _media(medium, what) for name, medium in _by_name(given, what, _name).items()}
    return {name: medium for name, medium in media.items() if medium is not None}


def _by_name(given: Any, what: str, name_of: Callable[[Any, str], str]) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, Mapping) and not is_upload(given):
        return dict(given)
    named: dict[str, Any] = {}
    for number, value in enumerate(given if isinstance(given, list | tuple) else [given], 1):
        name = name_of(value, f"{what} {number}")
        named[name if name not in named else f"{name} ({number})"] = value
    return named


def _name(medium: Any, default: str) -> str:
    """Return the name of a file, or that in a URL, without the suffix."""
    if isinstance(medium, Media):
        medium = medium.url or medium.path
    if not isinstance(medium, str | Path):
        return default
    return Path(str(medium).partition("?")[0]).stem or default


def _beginning(text: Any, default: str) -> str:
    """Return the beginning of a text."""
    name = str(text)
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - 1].rstrip()}…"
    return name or default


def _media(given: Any, what: str) -> Media | None:
    if given is None:
        return None
    try:
        media = Media(given)
    except ValueError as error:
        raise BadRequest(f"{line(repr(given))}: {error}") from None
    if media.path is not None:
        media.local()
    if media.job is not None and media.job.makes != MADE_BY_JOBS[what]:
        wanted = MADE_BY_JOBS[what]
        raise BadRequest(f"{what}: {media.job} makes {media.job.makes}, and this takes {wanted}")
    return media


def _is_given(value: Any) -> bool:
    import pandas as pd  # noqa: PLC0415 - only needed for a table

    return not (pd.api.types.is_scalar(value) and pd.isna(value))
