"""Fields made of fields: a model, one of several, a list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.notebook import labels
from lipsync_nb.notebook.field import Context, Errors, Field, Note, below, heading, joined
from lipsync_nb.notebook.spec import Spec, specs
from lipsync_nb.vendors.base import Model


class Part(Protocol):
    """Some of a model's fields. Paths begin at the model."""

    widget: widgets.Widget

    def fields(self) -> list[Field]:
        """Return the fields."""

    def values(self) -> dict[str, Any]:
        """Return the fields' values for the model, by name."""

    def fill(self, given: Mapping[str, Any]) -> None:
        """Fill in the fields; those without a value are emptied."""

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show what is wrong, as `Field.show` does."""

    def missing(self) -> list[str]:
        """Return the paths of empty fields that are needed, as `Field.missing` does."""

    def appear(self) -> None:
        """Do what can wait until the fields are seen, as `Field.appear` does."""


class Single:
    """A model's field that stands alone."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.name = field.spec.name
        self.widget = field.widget
        self.appear = field.appear

    def fields(self) -> list[Field]:
        """Return the field, as a list of one."""
        return [self.field]

    def values(self) -> dict[str, Any]:
        """Return the field's value by its name, unless it is the default."""
        value = self.field.value
        return {} if value is None or value == self.field.spec.default else {self.name: value}

    def fill(self, given: Mapping[str, Any]) -> None:
        """Fill in the field; empty it if it is not given."""
        self.field.value = given.get(self.name)

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show the field's errors."""
        shown = self.field.show(below(self.name, errors), all_fields=all_fields)
        return {joined(self.name, path): text for path, text in shown.items()}

    def missing(self) -> list[str]:
        """Return the paths of empty fields in the field."""
        return [joined(self.name, path) for path in self.field.missing()]


class OneOf:
    """Fields of which exactly one is filled in; only the chosen one is shown."""

    def __init__(self, found: list[Spec], context: Context) -> None:
        needed = [replace(spec, required=True, optional=False) for spec in found]
        self._parts = {spec.name: Single(context.make(spec, context)) for spec in needed}
        self._context = context
        self._radio = context.factory.new(
            widgets.RadioButtons,
            options=[(spec.label, spec.name) for spec in found],
            description=f"{labels.either([spec.label for spec in found])} *",
            orientation="horizontal",
        )
        self.widget = context.factory.new(widgets.VBox, css="lsf-oneof lsf-wide")
        self._radio.observe(self._choose, "value")
        self._arrange()

    @property
    def chosen(self) -> Single:
        """The field that is seen."""
        return self._parts[self._radio.value]

    def fields(self) -> list[Field]:
        """Return all the alternatives, also those that are not seen."""
        return [part.field for part in self._parts.values()]

    def values(self) -> dict[str, Any]:
        """Return the chosen field's value by its name, unless it is empty."""
        value = self.chosen.field.value
        return {} if value is None else {self.chosen.name: value}

    def fill(self, given: Mapping[str, Any]) -> None:
        """Choose the field that has a value, and fill it in."""
        self._radio.value = next(
            (name for name in self._parts if given.get(name) is not None), self._radio.value
        )
        for part in self._parts.values():
            part.fill(given)

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show the chosen field's errors."""
        return self.chosen.show(errors, all_fields=all_fields)

    def missing(self) -> list[str]:
        """Return the chosen field's path if it is empty, and those of empty fields in it."""
        empty = [] if self.values() else [self.chosen.name]
        return empty + self.chosen.missing()

    def appear(self) -> None:
        """Let the chosen field appear."""
        self.chosen.appear()

    def _choose(self, _: Any) -> None:
        self._arrange()
        self.chosen.appear()
        self._context.changed()

    def _arrange(self) -> None:
        self.widget.children = (self._radio, self.chosen.widget)


class ModelField(Field):
    """A model in a box. An optional one has a checkbox."""

    css = "lsf-model lsf-wide"

    def __init__(self, spec: Spec, context: Context) -> None:
        super().__init__(spec, context)
        self.parts = _parts(spec.holds, context)
        new = context.factory.new
        self._grid = new(widgets.VBox, [part.widget for part in self.parts], css="lsf-grid")
        self._note = Note(spec.help, context)
        self._tick = new(widgets.Checkbox, not spec.optional, description=spec.title, indent=False)
        self._heading = heading(spec.title, context) if not spec.optional else self._tick
        self.widget = new(widgets.VBox, css=self.css)
        self._tick.observe(self._ticked, "value")
        self._arrange()

    @property
    def value(self) -> dict[str, Any] | None:
        """The values that are set, by name; ``None`` if the model is left out."""
        if not self._tick.value:
            return None
        return {name: value for part in self.parts for name, value in part.values().items()}

    @value.setter
    def value(self, value: Model | Mapping[str, Any] | None) -> None:
        self._tick.value = value is not None or not self.spec.optional
        given = dict(value or {})
        for part in self.parts:
            part.fill(given)

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show each error beside its field, and those of the whole model beneath its heading."""
        own = errors.get("", "") if all_fields else ""
        self._note.say(own)
        shown = {"": own} if own else {}
        for part in self.parts:
            shown |= part.show(errors, all_fields=all_fields)
        return shown

    def missing(self) -> list[str]:
        """Return the paths of empty fields in the model, unless it is left out."""
        return [path for part in self.parts for path in part.missing()] if self._tick.value else []

    def appear(self) -> None:
        """Let the model's fields appear, unless it is left out."""
        if self._tick.value:
            for part in self.parts:
                part.appear()

    def close(self) -> None:
        """Close the model's fields, also those that are not seen."""
        for part in self.parts:
            for field in part.fields():
                field.close()

    def find(self, path: str) -> Field:
        """Return a field by its dotted path from here; `BadRequest` if there is none."""
        name, _, rest = path.partition(".")
        found = next((f for part in self.parts for f in part.fields() if f.spec.name == name), None)
        if found is None:
            raise BadRequest(f"{self.spec.label} has no field {name!r}")
        return found.find(rest) if rest else found

    def _ticked(self, _: Any) -> None:
        self._arrange()
        self.appear()
        self._touch()

    def _arrange(self) -> None:
        content = (self._grid,) if self._tick.value else ()
        self.widget.children = (self._heading, self._note.widget, *content)


def _parts(model: type[Model], context: Context) -> list[Part]:
    found = specs(model)
    parts: list[Part] = []
    for spec in found:
        if spec.name not in model.exactly_one:
            parts.append(Single(context.make(spec, context)))
        elif spec.name == next(each.name for each in found if each.name in model.exactly_one):
            one_of = [each for each in found if each.name in model.exactly_one]
            parts.append(OneOf(one_of, context))
    return parts
