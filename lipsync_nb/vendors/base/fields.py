"""The fields of request models: how forms show them, and how ``help()`` lists them."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Display:
    """Display options, given in a field's annotation: ``Annotated[int, Display(unit="px")]``.

    Attributes:
        label: The field's label, if it is not to be made from its name.
        unit: The unit of a number.
        lines: Height of a text box, in lines.
        options: Labels for the values of a `Literal`.
        listed_by: Name of the vendor's method that lists values: it returns a DataFrame with the
            values in column ``id`` and texts that describe them in others. The field accepts
            unlisted values too.
    """

    label: str | None = None
    unit: str | None = None
    lines: int = 1
    options: Mapping[object, str] = field(default_factory=dict, hash=False)
    listed_by: str | None = None


def with_fields(doc: str | None, fields: Mapping[str, FieldInfo]) -> str:
    """Return a docstring with a line added per field: description, choices, default.

    Args:
        doc: The docstring as it was written.
        fields: The model's fields, by name.
    """
    lines = [f"    {name}: {_description(field)}" for name, field in fields.items()]
    return "\n".join([inspect.cleandoc(doc or ""), "", "Fields:", *lines])


def summary(doc: str | None) -> str:
    """Return the first paragraph of a docstring."""
    return inspect.cleandoc(doc or "").partition("\n\n")[0]


def _description(field: FieldInfo) -> str:
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
