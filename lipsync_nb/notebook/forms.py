"""Forms, which are generated from the request models."""

from collections.abc import Callable
from typing import Any, cast

import ipywidgets as widgets

from lipsync_nb.checks.finding import Findings
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.media.media import Media
from lipsync_nb.notebook import fallback, form_footer
from lipsync_nb.notebook.assets import style
from lipsync_nb.notebook.callbacks import Debounced, showing_errors
from lipsync_nb.notebook.field import Context, Field
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.form_code import code_for
from lipsync_nb.notebook.form_footer import SubmitButton, SubmittedJob
from lipsync_nb.notebook.list_field import ListField
from lipsync_nb.notebook.media_field import MediaField
from lipsync_nb.notebook.model_field import ModelField
from lipsync_nb.notebook.simple_fields import (
    ChoiceField,
    FlagField,
    JsonField,
    NumberField,
    OpenNumberField,
    TextField,
)
from lipsync_nb.notebook.suggest_field import SuggestField
from lipsync_nb.notebook.text import request_label
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.status import Cost
from lipsync_nb.vendors.base import Request
from lipsync_nb.vendors.base.fields import summary

SIMPLE: dict[Any, Callable[[Spec, Context], Field]] = {
    Media: MediaField,
    bool: FlagField,
    str: TextField,
    int: OpenNumberField,
    float: OpenNumberField,
}
"""The field for each type of value. Values of other types are written as JSON."""
REQUIRED = "Field required"
"""pydantic's message for a missing field."""
CODE = "Show the Python for this"
FRESH = "Make it again even if it was made before (you pay again)"
"""The checkboxes' labels."""


class Form(widgets.VBox):
    """A form for one kind of request.

    Args:
        client: The client that submits.
        kind: The request's model, such as ``ls.chanjing.LipSync``.
        card: Whether the submitted job is shown below, live.

    Attributes:
        kind: The request's model.
        job: The job submitted last, or ``None``.
        showing_code: The box to tick to see `code`.
        fresh: The box to tick for paying again; it is cleared by each submission.
        button: The button that submits.
        status: The line that reports on the submission.
        submitted: What the form shows of that job.
    """

    def __init__(self, client: JobClient, kind: type[Request], *, card: bool = True) -> None:
        self.client, self.kind = client, kind
        self.job: Job | None = None
        self._errors: dict[str, str] = {}
        self._attempted = False
        self._listeners: list[Callable[[Job], object]] = []
        self._pricing = Debounced(self._show_price)
        self._checking = Debounced(showing_errors(self._check, self._show_checked))
        self._media: list[Media] = []
        self._findings: Findings | None = None
        factory = WidgetFactory()
        self.submitted = SubmittedJob(client, factory, card=card)
        self.status = self.submitted.status
        self._complete = False
        self._fields = ModelField(
            Spec("", request_label(kind), summary(kind.__doc__), kind, required=False),
            Context(client, kind.vendor, self._changed, field_for, factory),
        )
        self._complete = True
        super().__init__(self._parts(factory), layout=factory.layout)
        self.add_class("lsf")
        self.load()

    @property
    def value(self) -> Request:
        """The request. Assign one to fill in the form.

        Raises:
            BadRequest: A value is invalid or missing; the error names its fields.
        """
        return cast("Request", self.kind.build(**(self._fields.value or {})))

    @value.setter
    def value(self, request: Request) -> None:
        if not isinstance(request, self.kind):
            raise BadRequest(f"this form is for {self.kind.kind()}, not {type(request).__name__}")
        self._attempted = False
        self._fields.value = request
        self._changed()

    @property
    def errors(self) -> dict[str, str]:
        """The errors that are shown beside their fields, by dotted path.

        A field that nobody has touched has none before the first attempt to submit.
        """
        return dict(self._errors)

    def field(self, path: str) -> Field:
        """Return a field by its dotted path, such as ``"tts.text"`` or ``"segments.0.text"``."""
        return self._fields.find(path)

    def submit(self) -> Job:
        """Submit the request, as the button does.

        Returns:
            The job; an earlier one, if the same request was submitted before.

        Raises:
            BadRequest: A value is invalid or missing; this is also shown beside its field.
            LipSyncError: See `Client.submit`.
        """
        self._attempted = True
        earlier = {record.id for record in self.client.records.all()}
        try:
            job = self.client.submit(self.value, fresh=self.fresh.value)
        except BadRequest as error:
            self._show(self._errors_of(error))
            raise
        self._attempted = self.fresh.value = False
        self._follow(job, reused=job.id in earlier)
        return job

    def on_submit(self, listener: Callable[[Job], object]) -> None:
        """Call a function with each job that is submitted here."""
        self._listeners.append(listener)

    def load(self) -> None:
        """Fetch the vendor's lists that the form shows; say so if the vendor is not connected."""
        self.status.show("")
        showing_errors(lambda: self.client.vendors[self.kind.vendor], self.status.show)()
        self._fields.load()
        self._pricing.request()

    @property
    def code(self) -> str:
        """The Python that submits what the form holds, complete or not."""
        return code_for(self.kind, self._fields.value or {})

    def estimate(self) -> Cost | None:
        """Return what the request will cost, if that is known.

        Raises:
            BadRequest: The form is not complete.
        """
        return form_footer.estimate(self.client, self.value)

    @property
    def price(self) -> str:
        """The text about the price. It is updated a moment after the fields."""
        return str(self._cost.value)

    @property
    def findings(self) -> Findings | None:
        """What the free check of the files has found; see `Client.check_inputs`.

        ``None`` until the form is complete and its files are checked, which is done beside
        everything else, a moment after they are chosen.
        """
        return self._findings

    def close(self) -> None:
        """Close the form and delete its unfinished uploads. Its job continues."""
        self.submitted.close()
        self._fields.close()
        super().close()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        view = super()._repr_mimebundle_() or {}
        return {**view, **fallback.form(self.kind, self._fields.value or {})}

    def _parts(self, factory: WidgetFactory) -> list[widgets.Widget]:
        new = factory.new
        sheet = new(widgets.HTML, f"<style>{style('forms')}</style>", css="lsf-sheet")
        self.fresh = new(widgets.Checkbox, description=FRESH, indent=False)
        self.button = new(SubmitButton, "Submit")
        self.button.on_click(self._clicked)
        self._cost = new(widgets.Label, css="lsf-cost")
        legend = new(widgets.Label, "* required", css="lsf-quiet")
        foot = new(widgets.HBox, [self.button, self._cost, legend], css="lsf-foot")
        self._checked = new(widgets.HTML, css="lsf-checked")
        self.showing_code = new(widgets.Checkbox, description=CODE, indent=False)
        self.showing_code.observe(lambda _: self._show_code(), "value")
        self._code = new(widgets.HTML, css="lsf-code")
        code = new(widgets.VBox, [self.showing_code, self._code])
        parts = [self._fields.widget, self._checked, self.fresh, code, foot]
        return [sheet, *parts, self.status, self.submitted.place]

    def _changed(self) -> None:
        if not self._complete:
            return
        errors = {}
        try:
            self.value  # noqa: B018 - it is the validation
        except BadRequest as error:
            errors = self._errors_of(error)
        self._show(errors)
        self._show_code()
        self._pricing.request()
        self._checking.request()

    def _errors_of(self, error: BadRequest) -> dict[str, str]:
        errors = dict(error.fields)
        for path in self._fields.missing():
            errors.pop(path.rpartition(".")[0], None)  # "set exactly one of": one is chosen
            errors[path] = REQUIRED
        return errors

    def _show(self, errors: dict[str, str]) -> None:
        self._errors = self._fields.show(errors, all_fields=self._attempted)

    def _show_code(self) -> None:
        self._code.value = form_footer.code_html(self.code) if self.showing_code.value else ""

    def _show_price(self) -> None:
        try:
            request = self.value
        except BadRequest:
            request = None
        self._cost.value = form_footer.price_text(self.client, self.kind, request)

    def _check(self) -> None:
        try:
            request = self.value
        except BadRequest:
            request = None
        media = [medium for _, medium, _ in request.media()] if request is not None else []
        if media != self._media:
            self._media, self._findings = media, None
            self._show_checked(form_footer.CHECKING if media else "")
        if request is not None and media:
            self._findings = self.client.check_inputs(request)
            self._checked.value = form_footer.checked_html(self._findings)

    def _show_checked(self, text: str) -> None:
        self._checked.value = form_footer.quiet_html(text)

    def _clicked(self, _: SubmitButton) -> None:
        self.button.disabled = True
        self.status.show("Submitting …")
        try:
            showing_errors(self.submit, self._refused)()
        finally:
            self.button.disabled = False

    def _refused(self, text: str) -> None:
        marked = len(self._errors)
        where = "see the field marked above" if marked == 1 else "see the fields marked above"
        self.status.show(f"Not submitted: {where if marked else text}", "bad")

    def _follow(self, job: Job, *, reused: bool) -> None:
        self.job = job
        self.submitted.follow(job, reused=reused)
        for listener in self._listeners:
            listener(job)


def field_for(spec: Spec, context: Context) -> Field:
    """Return the field that suits a spec; this depends on no vendor, model or field name."""
    if spec.options is not None:
        return ChoiceField(spec, context)
    if spec.model is not None:
        return ModelField(spec, context)
    if spec.element is not None:
        return ListField(spec, context, spec.element)
    if spec.holds in {int, float} and spec.default is not None:
        return NumberField(spec, context)
    if spec.display.listed_by is not None:
        return SuggestField(spec, context, spec.display.listed_by)
    return SIMPLE.get(spec.holds, JsonField)(spec, context)
