"""The requests that the rows of a table are for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipsync_nb.batch.cells import value_of
from lipsync_nb.batch.columns import DETAILS, Columns, Kinds
from lipsync_nb.batch.fields import Field
from lipsync_nb.batch.table import Row
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.ledger.details import Details
from lipsync_nb.vendors.base import Request


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks for.

    Attributes:
        row: The row.
        kind: The kind of the request.
        given: The values of its fields, by their dotted paths.
        details: What the row says of the job.
        speech: The request for the sound that is made first of its text, if one is.
        speech_path: The field that takes this sound.
    """

    row: Row
    kind: type[Request]
    given: Mapping[str, Any]
    details: Details
    speech: Request | None = None
    speech_path: str = ""

    def request(self, speech: Any = None) -> Request:
        """Return the request.

        Args:
            speech: The sound that is made first, or the reference to its job.

        Raises:
            BadRequest: A value does not suit its field, or one is missing.
        """
        spoken = {} if self.speech is None else {self.speech_path: speech}
        return self.kind(**nested({**self.given, **spoken}))


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by dotted paths as those of the fields, some of which hold others.

    Raises:
        BadRequest: A field is given as a whole, and a part of it too.
    """
    found: dict[str, Any] = {}
    for path, value in sorted(values.items(), key=lambda item: item[0].count(".")):
        *parents, name = path.split(".")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise BadRequest(f"{parent} is given as a whole, and {path} too; give one of them")
        place[name] = value
    return found


def wanted_of(
    columns: Columns, kinds: Kinds, wrong: list[tuple[str, str]], project: str | None
) -> Iterator[Wanted]:
    """Yield what each row asks for.

    Args:
        columns: The columns.
        kinds: Which request each row is for.
        wrong: Where it is put what is wrong with rows, which are left out.
        project: The project of rows that name none.

    Raises:
        BadRequest: A required field has no column.
    """
    is_for_all = all(map(kinds.is_for_all, columns.table.rows))
    for row in columns.table.rows:
        try:
            kind = kinds.of(row)
        except BadRequest as error:
            if is_for_all:
                raise
            wrong.append((row.name, str(error)))
            continue
        fields = columns.fields(kind)
        values, reasons = values_of(row, fields, columns.table.folders)
        reasons = [f"{kind.kind()}.{why}" for why in reasons]
        try:
            details = details_of(columns, row, project)
        except BadRequest as error:
            reasons.append(str(error))
        wrong += [(row.name, why) for why in reasons]
        if not reasons:
            yield Wanted(row, kind, values, details)


def values_of(
    row: Row, fields: Mapping[str, Field], folders: Sequence[Path]
) -> tuple[dict[str, Any], list[str]]:
    """Return the values of a row by the paths of their fields, and what is wrong with others."""
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, field in fields.items():
        if name not in row.cells:
            continue
        try:
            values[field.path] = value_of(row.cells[name], field, folders)
        except ValueError as error:
            column = "" if name == field.path else f" (column {line(name)})"
            wrong.append(f"{field.path}{column}: {error}")
    return values, wrong


def details_of(columns: Columns, row: Row, project: str | None) -> Details:
    """Return what a row says of its job; `BadRequest` if it is too long."""
    said = {name: columns.cell(row, name) for name in DETAILS}
    return Details(**{**said, "project": said["project"] or project}, key=row.key)
