"""The base of all forms that are made from a model: its fields, their errors, and its Python."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.notebook import fallback
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.field import Context, Field, inside
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.field_types import field_for
from lipsync_nb.notebook.form_code import code_html
from lipsync_nb.notebook.form_footer import SubmitButton
from lipsync_nb.notebook.model_field import ModelField
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors.base import Model
from lipsync_nb.vendors.base.fields import summary

M = TypeVar("M", bound=Model)

REQUIRED = "Field required"
"""pydantic's message for a missing field."""
CODE = "Show the Python for this"
"""The checkbox's label."""


class ModelForm(widgets.VBox, Generic[M]):
    """A form for a model.

    Args:
        client: The client that has the vendors and the jobs.
        kind: The model.
        heading: What stands above the fields.
        factory: Makes the widgets.
        vendor: The name of the vendor whose lists the fields offer, if the model is a vendor's.
        folded: Further models. Each is behind a box to tick.

    Attributes:
        kind: The model.
        showing_code: The box to tick to see `code`.
        button: The button below the fields.
    """

    def __init__(
        self,
        client: JobClient,
        kind: type[M],
        heading: str,
        factory: WidgetFactory,
        *,
        vendor: str = "",
        folded: Iterable[Spec] = (),
    ) -> None:
        self.client, self.kind, self._factory = client, kind, factory
        self._errors: dict[str, str] = {}
        self._attempted = False
        self._complete = False
        context = Context(client, vendor, self._changed, field_for, factory)
        main = Spec("", heading, summary(kind.__doc__), kind, required=False)
        self._fields = ModelField(main, context)
        self._folded = {spec.name: ModelField(spec, context) for spec in folded}
        self.button = factory.new(SubmitButton, "")
        self.button.on_click(lambda _: self._clicked())
        self.showing_code = factory.new(widgets.Checkbox, description=CODE, indent=False)
        self.showing_code.observe(lambda _: self._show_code(), "value")
        self._code = factory.new(widgets.HTML, css="lsf-code")
        self._complete = True
        super().__init__(layout=factory.layout)
        self.add_class("lsf")

    @property
    def value(self) -> M:
        """The model. Assign one to fill in the form.

        Raises:
            BadRequest: A value is invalid or missing; the error names its fields.
        """
        built: M = self.kind.build(**(self._fields.value or {}))
        return built

    @value.setter
    def value(self, value: M) -> None:
        if not isinstance(value, self.kind):
            raise BadRequest(f"this form is for {self.kind.__name__}, not {type(value).__name__}")
        self._attempted = False
        self._fields.value = value
        self._changed()

    @property
    def errors(self) -> dict[str, str]:
        """The errors that are shown beside their fields, by dotted path.

        A field that nobody has touched has none before the button is first pressed.
        """
        return dict(self._errors)

    def field(self, path: str) -> Field:
        """Return a field by its dotted path, such as ``"tts.text"`` or ``"segments.0.text"``."""
        name, _, rest = path.partition(".")
        if name in self._folded:
            return self._folded[name].find(rest) if rest else self._folded[name]
        return self._fields.find(path)

    def load(self) -> None:
        """Fetch the lists that the fields offer."""
        self._fields.load()

    @property
    def code(self) -> str:
        """The Python that does the same, complete or not."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the form, and delete its unfinished uploads."""
        for group in (self._fields, *self._folded.values()):
            group.close()
        super().close()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        view = super()._repr_mimebundle_() or {}
        name = self._fields.spec.label
        return {**view, **fallback.form(name, self.kind, self._fields.value or {})}

    def _said(self, name: str) -> dict[str, Any]:
        """Return what is filled in of a folded model, by field.

        Raises:
            BadRequest: Something is invalid; the error names the fields by their paths.
        """
        group = self._folded[name]
        values = group.value
        if values is None:
            return {}
        try:
            group.spec.holds.build(**values)
        except BadRequest as error:
            fields = [(f"{name}.{path}" if path else name, text) for path, text in error.fields]
            raise BadRequest(str(error), fields) from None
        return values

    def _sheet(self) -> widgets.Widget:
        return self._factory.new(widgets.HTML, f"<style>{style('forms')}</style>", css="lsf-sheet")

    def _code_box(self) -> widgets.Widget:
        return self._factory.new(widgets.VBox, [self.showing_code, self._code])

    def _changed(self) -> None:
        if self._complete:
            self._show(self._wrong())
            self._show_code()

    def _wrong(self) -> dict[str, str]:
        """Return the errors of all fields, by path."""
        found: dict[str, str] = {}
        checks: list[Callable[[], object]] = [partial(self._said, name) for name in self._folded]
        for check in [lambda: self.value, *checks]:
            try:
                check()
            except BadRequest as error:
                found |= self._errors_of(error)
        return found

    def _errors_of(self, error: BadRequest) -> dict[str, str]:
        errors = dict(error.fields)
        for path in self._fields.missing():
            errors.pop(path.rpartition(".")[0], None)  # "set exactly one of": one is chosen
            errors[path] = REQUIRED
        return errors

    def _show(self, errors: dict[str, str]) -> None:
        shown = self._fields.show(errors, all_fields=self._attempted)
        for name, group in self._folded.items():
            own = group.show(inside(name, errors), all_fields=self._attempted)
            shown |= {f"{name}.{path}": text for path, text in own.items()}
        self._errors = shown

    def _show_code(self) -> None:
        self._code.value = code_html(self.code) if self.showing_code.value else ""

    def _clicked(self) -> None:
        raise NotImplementedError

    def _where(self, text: str) -> str:
        """Return where to look for what is wrong, or else the error's text."""
        marked = len(self._errors)
        where = "see the field marked above" if marked == 1 else "see the fields marked above"
        return where if marked else text
