"""A list of fields, with buttons to add and remove."""

from typing import Any

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.notebook.field import Context, Errors, Field, Note, below, heading, joined
from lipsync_nb.notebook.spec import Spec


class ListField(Field):
    """A list; each element is a field of its own."""

    css = "lsf-list lsf-wide"

    def __init__(self, spec: Spec, context: Context, element: Spec) -> None:
        super().__init__(spec, context)
        self._element = element
        self._rows: list[_Row] = []
        new = context.factory.new
        self._box = new(widgets.VBox)
        self._note = Note(spec.help, context)
        self.add_button = new(widgets.Button, description=f"Add {element.label.lower()}")
        self.add_button.on_click(lambda _: self.add())
        parts = (heading(spec.title, context), self._note.widget, self._box, self.add_button)
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

    def find(self, path: str) -> Field:
        """Return an element, or a field in one, by its path: ``"0.text"``."""
        index, _, rest = path.partition(".")
        if not index.isdigit() or int(index) >= len(self):
            raise BadRequest(f"{self.spec.label} has no element {index!r}")
        field = self._rows[int(index)].field
        return field.find(rest) if rest else field

    def add(self) -> Field:
        """Add an empty element, and return it."""
        self._rows.append(self._row())
        self._arrange()
        self._rows[-1].field.appear()
        self._touch()
        return self._rows[-1].field

    def remove(self, index: int) -> None:
        """Remove an element."""
        self._drop(slice(index, index + 1))
        self._arrange()
        self._touch()

    def show(self, errors: Errors, *, all_fields: bool) -> dict[str, str]:
        """Show each error beside its element, and those of the whole list beneath its heading."""
        own = errors.get("", "") if self.touched or all_fields else ""
        self._note.say(own)
        shown = {"": own} if own else {}
        for name, element in self._named():
            inner = element.show(below(name, errors), all_fields=all_fields)
            shown |= {joined(name, path): text for path, text in inner.items()}
        return shown

    def missing(self) -> list[str]:
        """Return the paths of empty elements, and of empty fields in elements."""
        empty = [name for name, element in self._named() if element.value is None]
        inner = [joined(name, path) for name, each in self._named() for path in each.missing()]
        return empty + inner

    def appear(self) -> None:
        """Let the elements appear."""
        for _, element in self._named():
            element.appear()

    def close(self) -> None:
        """Close the elements."""
        for row in self._rows:
            row.field.close()

    def _named(self) -> list[tuple[str, Field]]:
        return [(str(index), row.field) for index, row in enumerate(self._rows)]

    def _row(self) -> "_Row":
        row = _Row(self.context.make(self._element, self.context), self.context)
        row.remove.on_click(lambda _: self._removed(row))
        return row

    def _removed(self, row: "_Row") -> None:
        self.add_button.focus()  # the row takes the button that was pressed away with it
        self.remove(self._rows.index(row))

    def _drop(self, rows: slice) -> None:
        for row in self._rows[rows]:
            row.field.close()
        del self._rows[rows]

    def _arrange(self) -> None:
        for number, row in enumerate(self._rows, 1):
            row.number(f"{self._element.label} {number}")
        self._box.children = [row.widget for row in self._rows]


class _Row:
    """An element with its heading and a button that removes it."""

    def __init__(self, field: Field, context: Context) -> None:
        self.field = field
        new = context.factory.new
        self.remove = new(widgets.Button)
        self._heading = heading("", context)
        head = new(widgets.HBox, [self._heading, self.remove], css="lsf-row-head")
        self.widget = new(widgets.VBox, [head, field.widget], css="lsf-row")

    def number(self, title: str) -> None:
        """Write the element's title, with its number, on the heading and the button."""
        self._heading.value = title
        self.remove.description = f"Remove {title.lower()}"
