"""The base classes of a form's fields: each has a spec, a widget, a value and errors."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.text import prose
from lipsync_nb.notebook.widget_factory import WidgetFactory

Errors = Mapping[str, str]
"""Messages by a field's dotted path; the empty path is the field itself."""


@dataclass(frozen=True)
class Context:
    """What the fields of one form share.

    Attributes:
        client: The client that has the vendors.
        vendor: The form's vendor, by name.
        changed: Called after each change of a value.
        make: Makes the field that suits a spec.
        factory: Makes the widgets.
    """

    client: JobClient
    vendor: str
    changed: Callable[[], None]
    make: Callable[[Spec, "Context"], "Field"]
    factory: WidgetFactory


class Note:
    """The text below a control: an error, if there is one, and the help."""

    def __init__(self, help_text: str | None, context: Context) -> None:
        self.widget = context.factory.new(widgets.HTML, css="lsf-note")
        self._help = prose(help_text)
        self.show("")

    def show(self, error: str) -> None:
        """Show an error above the help; an empty one clears it."""
        shown = f'<span class="lsf-error" role="alert">{escape(error)}</span>' if error else ""
        self.widget.value = f'{shown}<span class="lsf-help">{self._help}</span>'


class Field(ABC):
    """A field of a form.

    Attributes:
        spec: The description of the field.
        context: What it shares with the form's other fields.
        note: The text with its error and its help.
        widget: The widget that shows it.
        touched: Whether the user has changed it.
    """

    widget: widgets.Widget
    css = "lsf-field"
    """The CSS classes, which say how much of the form's width the field takes."""

    def __init__(self, spec: Spec, context: Context) -> None:
        self.spec = spec
        self.context = context
        self.note = Note(spec.help, context)
        self.touched = False

    @property
    @abstractmethod
    def value(self) -> Any:
        """The value for the model; ``None`` if the field is left empty."""

    @value.setter
    @abstractmethod
    def value(self, value: Any) -> None: ...

    @abstractmethod
    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show errors beside the field and the fields in it.

        Args:
            errors: By path from this field.
            all_fields: Whether to show them also beside fields that the user has not touched yet.

        Returns:
            The errors that are shown, by path from this field.
        """

    def load(self) -> None:  # noqa: B027 - few fields have anything to do
        """Do what can wait until the field is shown, such as fetching a list."""

    def missing(self) -> list[str]:
        """Return the paths of empty fields in this one that must be filled in."""
        return []

    def close(self) -> None:  # noqa: B027 - few fields have anything to do
        """End what is still running, such as an upload."""

    def find(self, path: str) -> "Field":
        """Return a field in this one by its path from here; `BadRequest` if there is none."""
        raise BadRequest(f"{self.spec.label} has no field {path!r}")

    def _touch(self, _: Any = None) -> None:
        self.touched = True
        self.context.changed()


class ControlField(Field):
    """A field that is one control."""

    def __init__(
        self, spec: Spec, context: Context, control: widgets.Widget, *more: widgets.Widget
    ) -> None:
        super().__init__(spec, context)
        self.control = control
        self._initial = control.value
        content = [control, *more, self.note.widget]
        self.widget = context.factory.new(widgets.VBox, content, css=self.css)
        control.observe(self._touch, "value")

    @property
    def value(self) -> Any:
        """The control's value. ``None`` restores the default."""
        return self.control.value

    @value.setter
    def value(self, value: Any) -> None:
        self.control.value = self._initial if value is None else value

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show the error of this field, also one of a part of its value."""
        text = "; ".join(errors.values()) if self.touched or all_fields else ""
        self.note.show(text)
        return {"": text} if text else {}


class FieldGroup(Field):
    """A field made of named fields."""

    @abstractmethod
    def fields(self) -> Mapping[str, Field]:
        """Return all the fields, by name."""

    def shown(self) -> Mapping[str, Field]:
        """Return the fields that the user sees, by name."""
        return self.fields()

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show each error beside its field, and those of the whole group below its heading."""
        own = errors.get("", "") if self.touched or all_fields else ""
        self.note.show(own)
        shown = {"": own} if own else {}
        for name, field in self.shown().items():
            inner = field.show(inside(name, errors), all_fields=all_fields)
            shown |= {_path(name, path): text for path, text in inner.items()}
        return shown

    def missing(self) -> list[str]:
        """Return the paths of empty fields that are needed, at any depth."""
        return [_path(name, path) for name, each in self.shown().items() for path in each.missing()]

    def load(self) -> None:
        """Load the fields that the user sees."""
        for field in self.shown().values():
            field.load()

    def close(self) -> None:
        """Close all the fields."""
        for field in self.fields().values():
            field.close()

    def find(self, path: str) -> Field:
        """Return a field by its dotted path from here; `BadRequest` if there is none."""
        name, _, rest = path.partition(".")
        field = self.fields().get(name)
        if field is None:
            return super().find(name)
        return field.find(rest) if rest else field

    def _heading(self, text: str) -> widgets.Widget:
        return self.context.factory.new(widgets.Label, text, css="lsf-heading")


def inside(name: str, errors: Errors) -> dict[str, str]:
    """Return the errors of a field and of the fields inside it, by their paths from that field."""
    return {
        path[len(name) + 1 :]: text
        for path, text in errors.items()
        if path == name or path.startswith(f"{name}.")
    }


def _path(name: str, rest: str) -> str:
    """Join a field's name and a path below it; an empty path stands for the field itself."""
    return f"{name}.{rest}" if rest else name
