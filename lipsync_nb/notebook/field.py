"""What every field of a form has: its spec, its widget, its value, and what is wrong with it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook import labels
from lipsync_nb.notebook.spec import Spec
from lipsync_nb.notebook.widget_factory import WidgetFactory

Errors = Mapping[str, str]
"""What is wrong, as texts by a field's dotted path; the empty path is the field itself."""


def below(name: str, errors: Errors) -> dict[str, str]:
    """Return the errors of a field and of the fields inside it, by their paths from that field."""
    start = f"{name}."
    return {
        path[len(start) :]: text
        for path, text in errors.items()
        if path == name or path.startswith(start)
    }


def joined(name: str, rest: str) -> str:
    """Join a field's name and a path below it; an empty path stands for the field itself."""
    return f"{name}.{rest}" if rest else name


@dataclass(frozen=True)
class Context:
    """What the fields of one form share.

    Attributes:
        client: Whose vendors may be asked.
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
    """What stands beneath a control: its help and, above that, what is wrong."""

    def __init__(self, help_text: str | None, context: Context) -> None:
        self.widget = context.factory.new(widgets.HTML, css="lsf-note")
        self._help = labels.prose(help_text)
        self.say("")

    def say(self, error: str) -> None:
        """Show an error above the help; an empty one clears it."""
        shown = f'<span class="lsf-error" role="alert">{escape(error)}</span>' if error else ""
        self.widget.value = f'{shown}<span class="lsf-help">{self._help}</span>'


def heading(text: str, context: Context) -> widgets.Widget:
    """Return a heading, to stand above a box of fields."""
    return context.factory.new(widgets.Label, text, css="lsf-heading")


class Field(ABC):
    """A field of a form.

    Attributes:
        spec: What it asks for.
        context: What it shares with the others.
        widget: What is shown.
        touched: Whether the user has changed it.
    """

    widget: widgets.Widget
    css = "lsf-field"
    """The CSS classes, which say how much of the form's width the field takes."""

    def __init__(self, spec: Spec, context: Context) -> None:
        self.spec = spec
        self.context = context
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
        """Show what is wrong beside the field and the fields in it.

        Args:
            errors: By path from this field.
            all_fields: Whether to show them also beside fields that the user has not touched yet.

        Returns:
            The errors that are shown, by path from this field.
        """

    def appear(self) -> None:  # noqa: B027 - few fields have anything to do
        """Do what can wait until the field is seen, such as fetching a list."""

    def missing(self) -> list[str]:
        """Return the paths of empty fields in this one that must be filled in."""
        return []

    def close(self) -> None:  # noqa: B027 - likewise
        """End what the field has under way, such as an upload."""

    def find(self, path: str) -> "Field":
        """Return a field in this one by its path from here; `BadRequest` if there is none."""
        raise BadRequest(f"{self.spec.label} has no field {path!r}")

    def _touch(self, _: Any = None) -> None:
        self.touched = True
        self.context.changed()


class Leaf(Field):
    """A field that is one control."""

    def __init__(
        self, spec: Spec, context: Context, control: widgets.Widget, *more: widgets.Widget
    ) -> None:
        super().__init__(spec, context)
        self.control = control
        self.note = Note(spec.help, context)
        content = [control, *more, self.note.widget]
        self.widget = context.factory.new(widgets.VBox, content, css=self.css)
        control.observe(self._touch, "value")

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show the error of this field, also one of a part of its value."""
        text = "; ".join(errors.values()) if self.touched or all_fields else ""
        self.note.say(text)
        return {"": text} if text else {}
