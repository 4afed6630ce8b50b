"""Fields that have one control: texts, numbers, choices and checkboxes."""

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

import ipywidgets as widgets

from lipsync_nb.media.reference import JobReference
from lipsync_nb.notebook.field import Context, ControlField
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.job_picker import job_in, picker_for
from lipsync_nb.notebook.text import label


class TextField(ControlField):
    """A line of text, or several; or a job that makes the value, where one can.

    Attributes:
        picker: The list of such jobs; ``None`` if no vendor makes what the field takes.
    """

    def __init__(self, spec: Spec, context: Context) -> None:
        if spec.display.lines > 1:
            self.css = "lsf-field lsf-wide"
        self.picker = picker_for(spec, context.client, context.factory, self._picked)
        more = [*self._more(spec, context), *([self.picker.widget] if self.picker else ())]
        super().__init__(spec, context, self._control(spec, context), *more)
        self.value = spec.default
        self.touched = False
        self.control.observe(self._show_job, "value")

    @property
    def value(self) -> Any:
        """The value that was set, or what the user typed instead; ``None`` if that is blank."""
        if self.control.value == self._text(self._given):
            return self._given
        text = self.control.value.strip()
        return self._read(text) if text else None

    @value.setter
    def value(self, value: Any) -> None:
        job = job_in(value)
        self._given = value if job is None else self._of_job(job)
        self.control.value = self._text(self._given)
        self._show_job()

    def _of_job(self, job: JobReference) -> Any:
        """Return the value that is the result of a job."""
        return job

    def _picked(self, job: JobReference | None) -> None:
        self.value = job

    def _show_job(self, _: Any = None) -> None:
        if self.picker is not None:
            is_given = self.control.value == self._text(self._given)
            self.picker.show(job_in(self._given) if is_given else None)

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
