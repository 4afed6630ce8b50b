"""The fields of request models: in forms, in ``help()``, and as inputs that other jobs make."""

import inspect
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    GetCoreSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from lipsync_nb.media.reference import JobReference, reference_to
from lipsync_nb.results import Avatar, Text, Voice


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
        previewed_by: The column of that list with the URLs of sounds, clips or pictures.
    """

    label: str | None = None
    unit: str | None = None
    lines: int = 1
    options: Mapping[object, str] = field(default_factory=dict, hash=False)
    listed_by: str | None = None
    previewed_by: str | None = None


@dataclass(frozen=True, slots=True)
class FromJob:
    """Lets a field of a text take the job that makes it: ``Annotated[str, FromJob(Text)]``.

    It comes last in an annotation, so that the checks before it wait for the result.

    Attributes:
        makes: What the job makes. A field for a voice or an avatar takes the vendor's id of it, and
            the `Voice` or `Avatar` itself.
        vendor: The vendor whose voices or avatars the field takes.
        kinds: The kinds of requests whose jobs the field takes, if not all of that vendor's.
    """

    makes: type[Text | Voice | Avatar]
    vendor: str = ""
    kinds: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, of: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of the field, which takes references to jobs too."""
        return core_schema.no_info_wrap_validator_function(
            self._value,
            handler(of),
            serialization=core_schema.wrap_serializer_function_ser_schema(_dumped),
        )

    def _value(self, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        if (job := reference_to(value)) is not None:
            if job.makes != self.makes.__name__:
                raise ValueError(f"{job} makes {job.makes}, and this takes {self.makes.__name__}")
            self._refuse_other(job.vendor)
            if self.kinds and job.kind and job.kind not in self.kinds:
                raise ValueError(
                    f"{job} is of {job.kind}, and this takes {' or '.join(self.kinds)}"
                )
            return job
        if isinstance(value, Voice | Avatar):
            if not isinstance(value, self.makes):
                kind, wanted = type(value).__name__, self.makes.__name__
                raise ValueError(f"a {kind} is given, and this takes {wanted}")  # noqa: TRY004 - pydantic wants this one
            self._refuse_other(value.vendor)
            return check(value.id)
        return check(value)

    def _refuse_other(self, vendor: str) -> None:
        if self.vendor and vendor and vendor != self.vendor:
            what = self.makes.__name__.lower()
            raise ValueError(f"a {what} of {vendor} cannot be used at {self.vendor}")


def _dumped(value: Any, dump: SerializerFunctionWrapHandler) -> Any:
    return value.to_json() if isinstance(value, JobReference) else dump(value)


def unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """Return an annotation's type, its metadata, and whether it allows ``None``."""
    if get_origin(annotation) is Annotated:
        kind, metadata, optional = unwrapped(get_args(annotation)[0])
        own = (
            known.metadata if isinstance(known, FieldInfo) else [known]
            for known in annotation.__metadata__
        )
        return kind, (*chain.from_iterable(own), *metadata), optional
    if get_origin(annotation) in {Union, types.UnionType}:
        others = [kind for kind in get_args(annotation) if kind is not type(None)]
        if len(others) == 1 and len(others) < len(get_args(annotation)):
            kind, metadata, _ = unwrapped(others[0])
            return kind, metadata, True
    return annotation, (), False


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
