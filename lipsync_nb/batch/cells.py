"""The cells of a table as the values of a request's fields."""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from lipsync_nb.batch.fields import Field
from lipsync_nb.errors import line
from lipsync_nb.media.media import Media

SEPARATORS = str.maketrans("；", ";")
"""The semicolon that Chinese keyboards write counts as a semicolon."""
TRUTH = {"是": True, "否": False}
"""Words for yes and no, besides the English ones, which pydantic knows."""
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
"""What a formula that fails leaves in a cell."""


def is_empty(cell: Any) -> bool:
    """Return whether a cell is empty: no value, NaN, or nothing but blanks."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return True
    try:
        return bool(cell != cell)  # noqa: PLR0124 - true of NaN and NaT only
    except (TypeError, ValueError):  # pandas' NA has no truth, and an array has many
        return type(cell).__name__ == "NAType"


def as_text(cell: Any) -> str:
    """Return a cell as a text: 12.0, as spreadsheets keep a 12, as "12"."""
    cell = cell.item() if hasattr(cell, "item") and hasattr(cell, "dtype") else cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def value_of(cell: Any, field: Field, folders: Sequence[Path]) -> Any:
    """Return a cell as the value of a field.

    Args:
        cell: What the table has; not empty.
        field: The field.
        folders: Where the files are looked for that cells name, the first one first.

    Raises:
        ValueError: It cannot be one; the text says why.
    """
    if isinstance(cell, str) and cell.strip() in ERRORS:
        raise ValueError(f"the cell has the error {cell.strip()} of a formula; correct it")
    if field.is_media():
        return _media(_unquoted(cell), folders) if isinstance(cell, str) else cell
    if get_origin(field.holds) is Literal:
        return _option(cell, field)
    if field.holds is str:
        return as_text(cell).strip() if _is_plain(cell) else cell
    if isinstance(cell, bool) and field.holds in {int, float}:
        raise ValueError(f"the cell has {cell}, and a number is wanted")
    if field.model is not None:
        return _object(cell) if isinstance(cell, str) else cell
    if field.element is not None:
        return _list(cell, field, field.element, folders) if _is_plain(cell) else cell
    text = cell.strip() if isinstance(cell, str) else cell
    return TRUTH.get(text, text) if isinstance(text, str) else text


def _is_plain(cell: Any) -> bool:
    return isinstance(cell, str | int | float | date | time) or hasattr(cell, "dtype")


def _unquoted(text: str) -> str:
    """Return a path without the quotes around it that Windows copies with it."""
    text = text.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if is_quoted else text


def _media(text: str, folders: Sequence[Path]) -> Media:
    media = Media(text)
    if media.path is None or media.path.is_absolute():
        return media
    for name in (text, text.replace("\\", "/")):  # a table that was made on Windows
        for folder in folders:
            if (found := folder / Path(name).expanduser()).exists():
                return Media(found)
    places = " or ".join(dict.fromkeys(line(folder) for folder in folders))
    raise ValueError(f"there is no file {line(text)} in {places}")


def _option(cell: Any, field: Field) -> Any:
    """Return the option that a cell names: by its value, or as forms show it."""
    options, text = get_args(field.holds), as_text(cell).strip().casefold()
    shown = {str(label).casefold(): option for option, label in field.display.options.items()}
    named = {str(option).casefold(): option for option in options}
    return named.get(text, shown.get(text, cell))


def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f'the cell is to hold JSON, such as {{"name": "…"}} ({error})') from None


def _list(cell: Any, field: Field, element: Field, folders: Sequence[Path]) -> list[Any]:
    text = as_text(cell).strip()
    if text.startswith("["):
        values = _object(text)
        if not isinstance(values, list):
            raise ValueError("the cell is to hold a list")
        return [_media(each, folders) if _names_file(each, element) else each for each in values]
    if field.only_text is not None:
        return [{field.only_text: as_text(cell)}]
    if element.model is not None:
        return [_object(text)]
    parts = [part.strip() for part in text.translate(SEPARATORS).split(";") if part.strip()]
    return [_media(part, folders) if element.is_media() else part for part in parts]


def _names_file(value: Any, element: Field) -> bool:
    return isinstance(value, str) and element.is_media()
