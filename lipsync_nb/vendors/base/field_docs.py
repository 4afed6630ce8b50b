"""Adds a request model's fields to its docstring, so that ``help()`` shows them all."""

import inspect
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo


def with_fields(doc: str | None, fields: Mapping[str, FieldInfo]) -> str:
    """Return a docstring with a line added per field: description, choices, default.

    Args:
        doc: The docstring as it was written.
        fields: The model's fields, by name.
    """
    lines = [f"    {name}: {_told(field)}" for name, field in fields.items()]
    return "\n".join([inspect.cleandoc(doc or ""), "", "Fields:", *lines])


def summary(doc: str | None) -> str:
    """Return the first paragraph of a docstring."""
    return inspect.cleandoc(doc or "").partition("\n\n")[0]


def _told(field: FieldInfo) -> str:
    what = " ".join((field.description or "").split())
    choices = _choices(field.annotation)
    one_of = f" One of {', '.join(map(repr, choices))}." if choices else ""
    return f"{what}{one_of} {_default(field)}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "Required."
    return "Optional." if field.default is None else f"By default {field.default!r}."


def _choices(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for part in get_args(annotation) if (found := _choices(part))), ())
