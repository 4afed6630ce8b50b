"""The fields of a request that the columns of a table fill in, by all the names they go by."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from lipsync_nb.media.media import Media, Takes
from lipsync_nb.vendors.base import Display, Model, Request
from lipsync_nb.vendors.base.fields import unwrapped

CHINESE = re.compile(r"[(（]([一-鿿]+)[)）]")
"""A vendor's own name of a field, in the field's docstring."""
NOTE = re.compile(r"\s*[(（].*|\s*\*$")
"""What a form's title has after the label: unit, limits, a star."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a request, or of a part of a request.

    Attributes:
        path: Its dotted path, such as ``"tts.text"``.
        holds: Its type, without ``| None``.
        metadata: The other parts of its annotation.
        required: Whether the request needs it.
        help: Its docstring.
    """

    path: str
    holds: Any
    metadata: tuple[Any, ...]
    required: bool
    help: str

    @property
    def display(self) -> Display:
        """How forms show it."""
        return next((each for each in self.metadata if isinstance(each, Display)), Display())

    @property
    def takes(self) -> Takes | None:
        """What media it takes, if it takes any."""
        return next((each for each in self.metadata if isinstance(each, Takes)), None)

    @property
    def model(self) -> type[Model] | None:
        """The model that it holds, if it holds one."""
        return (
            self.holds if isinstance(self.holds, type) and issubclass(self.holds, Model) else None
        )

    @property
    def element(self) -> "Field | None":
        """Each element, if it holds a list."""
        if get_origin(self.holds) is not list:
            return None
        kind, metadata, _ = unwrapped(get_args(self.holds)[0])
        return Field(self.path, kind, (*metadata, *self.metadata), required=False, help=self.help)

    @property
    def only_text(self) -> str | None:
        """Of a list of objects that need nothing but a text, the name of this text."""
        element = self.element
        model = element.model if element else None
        needed = [field for field in fields_of(model) if field.required] if model else []
        return needed[0].path if len(needed) == 1 and needed[0].holds is str else None

    def is_media(self) -> bool:
        """Return whether it holds a piece of media."""
        return self.holds is Media


def fields_of(model: type[Model], prefix: str = "") -> list[Field]:
    """Return a model's fields, each followed by those of the model that it holds."""
    return list(_fields(model, prefix, required=True))


def _fields(model: type[Model], prefix: str, *, required: bool) -> Iterator[Field]:
    for name, info in model.model_fields.items():
        needed = required and info.is_required()
        field = _field(f"{prefix}{name}", info, required=needed)
        yield field
        if field.model is not None:
            yield from _fields(field.model, f"{field.path}.", required=needed)


def _field(path: str, info: FieldInfo, *, required: bool) -> Field:
    kind, metadata, _ = unwrapped(info.annotation)
    return Field(path, kind, (*info.metadata, *metadata), required, info.description or "")


def normal(name: str) -> str:
    """Return a name in the form in which names are compared: ``Screen width (px)`` as in code."""
    plain = NOTE.sub("", name.strip()) or name.strip()
    return re.sub(r"[\s\-_]+", "_", plain.casefold()).strip("_")


def names_of(kind: type[Request]) -> dict[str, Field]:
    """Return the fields of a kind of requests by all names, in the form of `normal`.

    These are, the first ones first: its dotted path; its label in forms, and its Chinese name, if
    the docstring has one; the last part of its path, in one of several ways to say what is spoken.
    A name of several fields is none.
    """
    fields = fields_of(kind)
    names = {normal(field.path): field for field in fields}
    for others in (_labels(kind, fields), _within_choices(kind, fields)):
        count = Counter(name for name, _ in others)
        for name, field in others:
            if count[name] == 1:
                names.setdefault(name, field)
    return names


def _labels(kind: type[Request], fields: list[Field]) -> list[tuple[str, Field]]:
    own = [field for field in fields if field.path in kind.model_fields]
    found = [(normal(field.display.label), field) for field in own if field.display.label]
    found += [(name, field) for field in own for name in CHINESE.findall(field.help)]
    found += [(field.path[3:], field) for field in own if field.path.startswith("if_")]
    return list(dict.fromkeys(found))


def _within_choices(kind: type[Request], fields: list[Field]) -> list[tuple[str, Field]]:
    parts = [field for field in fields if field.path.partition(".")[0] in kind.exactly_one]
    found = [(normal(field.path.rpartition(".")[2]), field) for field in parts]
    lists = [(field.only_text, field) for field in fields if field.only_text]
    return found + [(normal(name or ""), field) for name, field in lists]


def needed_beside(kind: type[Request], path: str) -> list[str]:
    """Return the fields that a part of a request needs, of which a field is one; by their paths."""
    parent = path.rpartition(".")[0]
    models = [field.model for field in fields_of(kind) if field.path == parent]
    return [
        f"{parent}.{name}"
        for model in models
        if model is not None
        for name, info in model.model_fields.items()
        if info.is_required()
    ]


def sound_of(kind: type[Request]) -> Field | None:
    """Return the field that takes the sound which the face says; ``None`` if there is not one."""
    found = [each for each in fields_of(kind) if each.is_media() and each.takes is not None]
    sounds = [each for each in found if _is_spoken(each.takes)]
    return sounds[0] if len(sounds) == 1 else None


def _is_spoken(takes: Takes | None) -> bool:
    return takes is not None and takes.spoken and takes.kinds == ("audio",)


def text_of(kind: type[Request]) -> Field | None:
    """Return the field that takes the text which the face says; ``None`` if there is not one."""
    return names_of(kind).get("text")
