"""The description of a request model's fields that forms are made from."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from lipsync_nb.notebook.text import kind_label, label, limits
from lipsync_nb.vendors.base import Display, Model
from lipsync_nb.vendors.base.fields import unwrapped

Found = TypeVar("Found")


@dataclass(frozen=True)
class Spec:
    """One field of a model.

    Attributes:
        name: The field's name in the model.
        label: Its label for people.
        help: Its docstring.
        holds: Its type, without ``| None``.
        metadata: The other parts of its annotation: limits, `Takes`, `Display` …
        default: Its default; ``None`` also where it has none.
        required: Whether it must be filled in.
        optional: Whether it may be left empty.
    """

    name: str
    label: str
    help: str | None
    holds: Any
    metadata: tuple[Any, ...] = ()
    default: Any = None
    required: bool = True
    optional: bool = False

    @property
    def display(self) -> Display:
        """The field's `Display` on how to show it, or an empty one."""
        return self.about(Display) or Display()

    @property
    def title(self) -> str:
        """The label with unit and limits, and a star if it is required."""
        notes = [self.display.unit, limits(self.metadata)]
        noted = f" ({', '.join(note for note in notes if note)})" if any(notes) else ""
        return f"{self.label}{noted}{' *' if self.required else ''}"

    @property
    def options(self) -> tuple[Any, ...] | None:
        """The values to choose from; ``None`` if the field takes other values too."""
        if get_origin(self.holds) is Literal:
            return get_args(self.holds)
        if isinstance(self.holds, type) and issubclass(self.holds, Enum):
            return tuple(self.holds)
        return None

    @property
    def element(self) -> "Spec | None":
        """The spec of each element, if the field holds a list."""
        if get_origin(self.holds) is not list:
            return None
        kind, metadata, _ = unwrapped(get_args(self.holds)[0])
        label = kind_label(kind.__name__) if _is_model(kind) else self.label
        return Spec(self.name, label, None, kind, metadata)

    @property
    def model(self) -> type[Model] | None:
        """The model that the field holds, if it holds one."""
        return self.holds if _is_model(self.holds) else None

    def about(self, kind: type[Found]) -> Found | None:
        """Return the field's metadata of a class, such as `Takes`, if it has any."""
        return next((known for known in self.metadata if isinstance(known, kind)), None)


def specs(model: type[Model]) -> list[Spec]:
    """Return a model's fields: those that must be filled in, then those with defaults."""
    found = [_spec(name, field) for name, field in model.model_fields.items()]
    return sorted(found, key=lambda spec: not spec.required and spec.name not in model.exactly_one)


def _spec(name: str, field: FieldInfo) -> Spec:
    kind, metadata, optional = unwrapped(field.annotation)
    metadata = (*field.metadata, *metadata)
    hint = next((known for known in metadata if isinstance(known, Display)), Display())
    default = field.get_default(call_default_factory=True, validated_data={})
    return Spec(
        name=name,
        label=hint.label or label(name),
        help=field.description,
        holds=kind,
        metadata=metadata,
        default=None if default is PydanticUndefined else default,
        required=field.is_required(),
        optional=optional,
    )


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)
