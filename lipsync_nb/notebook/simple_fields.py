"""Fields that have one control: texts, numbers, choices and checkboxes."""

import json
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from lipsync_nb.notebook.callbacks import Debounced, showing_errors
from lipsync_nb.notebook.field import Context, ControlField
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.text import label

if TYPE_CHECKING:
    import pandas as pd

LONGEST_WORD = 40
"""The most characters of a text that is shown in a list. Longer ones are URLs, for instance."""


class TextField(ControlField):
    """A line of text, or several."""

    def __init__(self, spec: Spec, context: Context) -> None:
        if spec.display.lines > 1:
            self.css = "lsf-field lsf-wide"
        super().__init__(spec, context, self._control(spec, context), *self._more(spec, context))
        self.value = spec.default
        self.touched = False

    @property
    def value(self) -> Any:
        """The value that was set, or what the user typed instead; ``None`` if that is blank."""
        if self.control.value == self._text(self._given):
            return self._given
        text = self.control.value.strip()
        return self._read(text) if text else None

    @value.setter
    def value(self, value: Any) -> None:
        self._given = value
        self.control.value = self._text(value)

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        new, lines = context.factory.new, spec.display.lines
        if lines > 1:
            return new(widgets.Textarea, description=spec.title, rows=lines)
        return new(widgets.Text, description=spec.title)

    def _more(self, _: Spec, __: Context) -> Sequence[widgets.Widget]:
        return ()

    def _read(self, text: str) -> Any:
        return text

    def _text(self, value: Any) -> str:
        return "" if value is None else str(value)


class OpenNumberField(TextField):
    """A number that may be left empty; the model rejects what is not one."""

    def _read(self, text: str) -> Any:
        try:
            return self.spec.holds(text)
        except ValueError:
            return text


class JsonField(TextField):
    """A value of any type, as JSON or as text that the model can read."""

    def _read(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _text(self, value: Any) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


class SuggestField(TextField):
    """Takes any text, and suggests the values that the vendor lists.

    The list is fetched in the background when the field is first shown.
    """

    def __init__(self, spec: Spec, context: Context, method: str) -> None:
        self._method = method
        self._names: dict[str, str] = {}
        self.fetching = Debounced(showing_errors(self.fetch, self._failed), seconds=0)
        super().__init__(spec, context)

    def load(self) -> None:
        """Fetch the list in the background, unless that was done before."""
        if not self._names:
            self._status.value = "Loading the list …"
            self.fetching.request()

    def fetch(self) -> None:
        """Fetch the list, and wait for it."""
        vendor = self.context.client.vendors[self.context.vendor]
        names = _names(getattr(vendor, self._method)())
        text, value, touched = self.control.value, self.value, self.touched
        self._names = names
        self.control.options = tuple(names.values())
        if self.control.value == text:  # the user has not typed meanwhile
            self.value, self.touched = value, touched
        self._status.value = f"{len(names)} to choose from"

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        return context.factory.new(widgets.Combobox, description=spec.title)

    def _more(self, _: Spec, context: Context) -> Sequence[widgets.Widget]:
        new = context.factory.new
        self._status = new(widgets.Label)
        again = new(widgets.Button, description="Reload list")
        again.on_click(lambda _: self._reload())
        return (new(widgets.HBox, [self._status, again], css="lsf-listed"),)

    def _reload(self) -> None:
        self._names = {}
        self.load()

    def _failed(self, error: str) -> None:
        self._status.value = f"The list could not be fetched: {error}"

    def _read(self, text: str) -> Any:
        return next((value for value, name in self._names.items() if name == text), text)

    def _text(self, value: Any) -> str:
        return "" if value is None else self._names.get(value, str(value))


class NumberField(ControlField):
    """A number that has a default. A number out of range is marked as an error, not changed."""

    def __init__(self, spec: Spec, context: Context) -> None:
        kind = widgets.IntText if spec.holds is int else widgets.FloatText
        control = context.factory.new(kind, description=spec.title, value=spec.default)
        super().__init__(spec, context, control)


class ChoiceField(ControlField):
    """A choice between a few values, in a dropdown."""

    def __init__(self, spec: Spec, context: Context) -> None:
        self._values = list(spec.options or ())
        labels = [
            spec.display.options.get(value)
            or label(str(value.name if isinstance(value, Enum) else value))
            for value in self._values
        ]
        if spec.default is None:
            labels.insert(0, "Choose …" if spec.required else "Not set")
            self._values.insert(0, None)
        control = context.factory.new(
            widgets.Dropdown,
            description=spec.title,
            options=labels,
            index=self._values.index(spec.default),
        )
        super().__init__(spec, context, control)

    @property
    def value(self) -> Any:
        """The chosen value."""
        return self._values[self.control.index]

    @value.setter
    def value(self, value: Any) -> None:
        self.control.index = self._values.index(self.spec.default if value is None else value)


class FlagField(ControlField):
    """A checkbox."""

    def __init__(self, spec: Spec, context: Context) -> None:
        control = context.factory.new(
            widgets.Checkbox, bool(spec.default), description=spec.title, indent=False
        )
        super().__init__(spec, context, control)


def _names(frame: "pd.DataFrame") -> dict[str, str]:
    """Return a unique description of each value, made of its row's short texts."""
    rows = frame.to_dict("records")
    described = {str(row["id"]): " · ".join(_words(row)) or str(row["id"]) for row in rows}
    texts = list(described.values())
    return {
        value: name if texts.count(name) == 1 else f"{name} · {value}"
        for value, name in described.items()
    }


def _words(row: dict[Any, Any]) -> list[str]:
    texts = [text for key, text in row.items() if key != "id" and isinstance(text, str)]
    return [text for text in texts if text and len(text) <= LONGEST_WORD and "://" not in text]
