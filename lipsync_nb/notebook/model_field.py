"""The field for a model: a box with a field for each of the model's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from lipsync_nb.notebook.field import Context, Field, FieldGroup
from lipsync_nb.notebook.field_spec import Spec, specs
from lipsync_nb.notebook.text import either
from lipsync_nb.vendors.base import Model


class ModelField(FieldGroup):
    """A model in a box. An optional one has a checkbox.

    Where exactly one of several fields must be set, the user chooses one, and only that is shown.
    """

    css = "lsf-model lsf-wide"

    def __init__(self, spec: Spec, context: Context) -> None:
        super().__init__(spec, context)
        new, one_of = context.factory.new, spec.holds.exactly_one
        self._fields = {
            each.name: context.make(
                replace(each, required=True, optional=False) if each.name in one_of else each,
                context,
            )
            for each in specs(spec.holds)
        }
        alternatives = {name: each for name, each in self._fields.items() if name in one_of}
        self._choice = _Choice(alternatives, context) if alternatives else None
        content = dict.fromkeys(
            self._choice.widget if self._choice and name in alternatives else field.widget
            for name, field in self._fields.items()
        )
        self._grid = new(widgets.VBox, [*content], css="lsf-grid")
        self._tick = new(widgets.Checkbox, not spec.optional, description=spec.title, indent=False)
        self._head = self._tick if spec.optional else self._heading(spec.title)
        self.widget = new(widgets.VBox, css=self.css)
        self._tick.observe(self._ticked, "value")
        self._arrange()

    @property
    def value(self) -> dict[str, Any] | None:
        """The values that differ from the defaults, by name; ``None`` if the model is left out."""
        if not self._tick.value:
            return None
        values = {name: field.value for name, field in self.shown().items()}
        return {
            name: value
            for name, value in values.items()
            if value is not None and value != self._fields[name].spec.default
        }

    @value.setter
    def value(self, value: Model | Mapping[str, Any] | None) -> None:
        self._tick.value = value is not None or not self.spec.optional
        given = dict(value or {})
        if self._choice is not None:
            self._choice.choose(given)
        for name, field in self._fields.items():
            field.value = given.get(name)

    def fields(self) -> dict[str, Field]:
        """Return the fields, also the alternatives that are not chosen."""
        return self._fields

    def shown(self) -> dict[str, Field]:
        """Return the fields without the unchosen alternatives; none if the model is left out."""
        if not self._tick.value:
            return {}
        one_of = self.spec.holds.exactly_one
        return {
            name: field
            for name, field in self._fields.items()
            if name not in one_of or (self._choice and name == self._choice.chosen)
        }

    def missing(self) -> list[str]:
        """Return the paths of empty fields that are needed: the chosen alternative is one."""
        chosen = [self._choice.chosen] if self._choice and self._tick.value else []
        return [name for name in chosen if self._fields[name].value is None] + super().missing()

    def _ticked(self, _: Any) -> None:
        self._arrange()
        self.load()
        self.context.changed()

    def _arrange(self) -> None:
        content = (self._grid,) if self._tick.value else ()
        self.widget.children = (self._head, self.note.widget, *content)


class _Choice:
    """The choice between fields of which exactly one must be set; only the chosen one is shown."""

    def __init__(self, fields: Mapping[str, Field], context: Context) -> None:
        self._fields, self._context = fields, context
        options = [(field.spec.label, name) for name, field in fields.items()]
        new = context.factory.new
        self._radio = new(
            widgets.RadioButtons,
            options=options,
            description=f"{either([label for label, _ in options])} *",
            orientation="horizontal",
        )
        self.widget = new(widgets.VBox, css="lsf-oneof lsf-wide")
        self._radio.observe(self._chosen, "value")
        self._arrange()

    @property
    def chosen(self) -> str:
        """The name of the field that is shown."""
        return str(self._radio.value)

    def choose(self, given: Mapping[str, Any]) -> None:
        """Choose the field that has a value, if any has."""
        self._radio.value = next(
            (name for name in self._fields if given.get(name) is not None), self.chosen
        )

    def _chosen(self, _: Any) -> None:
        self._arrange()
        self._fields[self.chosen].load()
        self._context.changed()

    def _arrange(self) -> None:
        self.widget.children = (self._radio, self._fields[self.chosen].widget)
