"""The field for a list, with buttons to add and remove elements."""

from typing import Any

import ipywidgets as widgets

from lipsync_nb.notebook.field import Context, Field, FieldGroup
from lipsync_nb.notebook.field_spec import Spec


class ListField(FieldGroup):
    """A list; each element is a field of its own, whose name is its index."""

    css = "lsf-list lsf-wide"

    def __init__(self, spec: Spec, context: Context, element: Spec) -> None:
        super().__init__(spec, context)
        self._element = element
        self._rows: list[_Row] = []
        new = context.factory.new
        self._box = new(widgets.VBox)
        self.add_button = new(widgets.Button, description=f"Add {element.label.lower()}")
        self.add_button.on_click(lambda _: self.add())
        parts = (self._heading(spec.title), self.note.widget, self._box, self.add_button)
        self.widget = new(widgets.VBox, parts, css=self.css)
        self.value = spec.default

    @property
    def value(self) -> list[Any] | None:
        """The elements' values; ``None`` if the list is empty and may be."""
        values = [row.field.value for row in self._rows]
        return values or ([] if self.spec.required else None)

    @value.setter
    def value(self, value: list[Any] | None) -> None:
        given = list(value or ([None] if self.spec.required else ()))
        self._drop(slice(len(given), None))
        self._rows += [self._row() for _ in given[len(self._rows) :]]
        self._arrange()
        for row, each in zip(self._rows, given, strict=True):
            row.field.value = each

    def __len__(self) -> int:
        return len(self._rows)

    def fields(self) -> dict[str, Field]:
        """Return the elements by their index as text."""
        return {str(index): row.field for index, row in enumerate(self._rows)}

    def add(self) -> Field:
        """Add an empty element, and return it."""
        self._rows.append(self._row())
        self._arrange()
        self._rows[-1].field.load()
        self._touch()
        return self._rows[-1].field

    def remove(self, index: int) -> None:
        """Remove an element."""
        self._drop(slice(index, index + 1))
        self._arrange()
        self._touch()

    def missing(self) -> list[str]:
        """Return the paths of empty elements, and of empty fields in elements."""
        empty = [name for name, field in self.fields().items() if field.value is None]
        return empty + super().missing()

    def _row(self) -> "_Row":
        row = _Row(self.context.make(self._element, self.context), self._heading(""))
        row.remove.on_click(lambda _: self._removed(row))
        return row

    def _removed(self, row: "_Row") -> None:
        self.add_button.focus()  # the button that was pressed is removed with its row
        self.remove(self._rows.index(row))

    def _drop(self, rows: slice) -> None:
        for row in self._rows[rows]:
            row.field.close()
        del self._rows[rows]

    def _arrange(self) -> None:
        for number, row in enumerate(self._rows, 1):
            title = f"{self._element.label} {number}"
            row.heading.value = title
            row.remove.description = f"Remove {title.lower()}"
        self._box.children = [row.widget for row in self._rows]


class _Row:
    """An element with its heading and a button that removes it."""

    def __init__(self, field: Field, heading: widgets.Widget) -> None:
        self.field, self.heading = field, heading
        new = field.context.factory.new
        self.remove = new(widgets.Button)
        head = new(widgets.HBox, [heading, self.remove], css="lsf-row-head")
        self.widget = new(widgets.VBox, [head, field.widget], css="lsf-row")
