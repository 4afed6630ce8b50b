"""Fields that are one control each: texts, numbers, choices, flags."""

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

import ipywidgets as widgets

from lipsync_nb.notebook import labels
from lipsync_nb.notebook.field import Context, Leaf
from lipsync_nb.notebook.spec import Spec


class TextField(Leaf):
    """A line of text, or several."""

    def __init__(self, spec: Spec, context: Context) -> None:
        if spec.hint.lines > 1:
            self.css = "lsf-field lsf-wide"
        super().__init__(spec, context, self._control(spec, context), *self._more(spec, context))
        self.value = spec.default
        self.touched = False

    @property
    def value(self) -> Any:
        """The value that was set, or what the user wrote instead; ``None`` if that is blank."""
        if self.control.value == self._text(self._given):
            return self._given
        text = self.control.value.strip()
        return self._read(text) if text else None

    @value.setter
    def value(self, value: Any) -> None:
        self._given = value
        self.control.value = self._text(value)

    def _control(self, spec: Spec, context: Context) -> widgets.Widget:
        new, lines = context.factory.new, spec.hint.lines
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
    """A value of any type, written as JSON, or as text that the model understands."""

    def _read(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _text(self, value: Any) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)


class NumberField(Leaf):
    """A number that has a default. One out of range is marked, not changed."""

    def __init__(self, spec: Spec, context: Context) -> None:
        kind = widgets.IntText if spec.holds is int else widgets.FloatText
        control = context.factory.new(kind, description=spec.title, value=spec.default)
        super().__init__(spec, context, control)

    @property
    def value(self) -> Any:
        """The number in the control."""
        return self.control.value

    @value.setter
    def value(self, value: Any) -> None:
        self.control.value = self.spec.default if value is None else value


class ChoiceField(Leaf):
    """A choice between a few values."""

    def __init__(self, spec: Spec, context: Context) -> None:
        words = [self._words(spec, value) for value in spec.options or ()]
        self._values = list(spec.options or ())
        if spec.default is None:
            words.insert(0, "Choose …" if spec.required else "Not set")
            self._values.insert(0, None)
        control = context.factory.new(
            widgets.Dropdown,
            description=spec.title,
            options=words,
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

    @staticmethod
    def _words(spec: Spec, value: Any) -> str:
        said = spec.hint.options.get(value)
        return said or labels.label(str(value.name if isinstance(value, Enum) else value))


class FlagField(Leaf):
    """A checkbox."""

    def __init__(self, spec: Spec, context: Context) -> None:
        control = context.factory.new(
            widgets.Checkbox, bool(spec.default), description=spec.title, indent=False
        )
        super().__init__(spec, context, control)

    @property
    def value(self) -> Any:
        """Whether it is ticked."""
        return self.control.value

    @value.setter
    def value(self, value: Any) -> None:
        self.control.value = bool(self.spec.default if value is None else value)
