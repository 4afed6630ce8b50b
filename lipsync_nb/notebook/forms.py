"""Forms, which are generated from the request models."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lipsync_nb.checks.finding import Findings
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.details import Details
from lipsync_nb.media.media import Media
from lipsync_nb.notebook import form_footer
from lipsync_nb.notebook.callbacks import Debounced, in_thread, showing_errors
from lipsync_nb.notebook.form_code import code_for
from lipsync_nb.notebook.form_footer import SubmittedJob
from lipsync_nb.notebook.job_details import DETAILS, OF_ONE_JOB
from lipsync_nb.notebook.long_speech import LONG, Parts, code_for_parts, speech_field
from lipsync_nb.notebook.long_speech import estimate as estimate_parts
from lipsync_nb.notebook.model_form import ModelForm
from lipsync_nb.notebook.parts_view import PartsView
from lipsync_nb.notebook.text import request_label
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.status import Cost
from lipsync_nb.vendors.base import Request

FRESH = "Make it again even if it was made before (you pay again)"
"""The checkbox's label."""


class Form(ModelForm[Request]):
    """A form for one kind of request.

    Args:
        client: The client that submits.
        kind: The request's model, such as ``ls.chanjing.LipSync``.
        card: Whether the submitted job is shown below, live.

    Attributes:
        job: The job submitted last, or ``None``.
        fresh: The box to tick for paying again; it is cleared by each submission.
        status: The line that reports on the submission.
        submitted: What the form shows of that job.
        parts: What it shows of the jobs of a speech that is split.
    """

    def __init__(self, client: JobClient, kind: type[Request], *, card: bool = True) -> None:
        self.job: Job | None = None
        self._listeners: list[Callable[[Job], object]] = []
        self._pricing = Debounced(self._show_price)
        self._checking = Debounced(showing_errors(self._check, self._show_checked))
        self._media: list[Media] = []
        self._findings: Findings | None = None
        factory = WidgetFactory()
        self.submitted = SubmittedJob(client, factory, card=card)
        self.status = self.submitted.status
        self.parts = PartsView(client, factory)
        folded = [DETAILS] if speech_field(kind) is None else [LONG, DETAILS]
        heading = request_label(kind)
        super().__init__(client, kind, heading, factory, vendor=kind.vendor, folded=folded)
        self.button.description = "Submit"
        self.children = self._parts()
        self.load()

    @property
    def details(self) -> dict[str, Any]:
        """The project, title and notes that are filled in, by name.

        Raises:
            BadRequest: One of them is too long.
        """
        return self._said(DETAILS.name)

    @property
    def longest(self) -> float | None:
        """Seconds of a part at most, if a long speech is to be split.

        Raises:
            BadRequest: It is no number, or too small.
        """
        return self._said(LONG.name).get("longest") if LONG.name in self._folded else None

    def submit(self) -> Job:
        """Submit the request, as the button does. A long speech is split, if that is ticked.

        Returns:
            The job; an earlier one, if the same request was submitted before. Of a speech that is
            split, the job of its first part; `parts` has the others.

        Raises:
            BadRequest: A value is invalid or missing; this is also shown beside its field.
            LipSyncError: See `Client.submit`.
        """
        self._attempted = True
        earlier = self.client.ledger.last_row()
        try:
            job = self._submit(self.value, self.details)
        except BadRequest as error:
            self._show(self._errors_of(error))
            raise
        self._attempted = self.fresh.value = False
        self._clear_details()
        self._follow(job, reused=self.client.ledger.last_row(job.id) <= earlier)
        return job

    def _submit(self, request: Request, details: dict[str, Any]) -> Job:
        if (longest := self.longest) is None:
            self.parts.forget()
            return self.client.submit(request, fresh=self.fresh.value, **details)
        parts = Parts.of(self.client, request, longest)
        split = parts.submit(self.client, Details(**details), fresh=self.fresh.value)
        self.parts.follow(split)
        return split.jobs[0]

    def on_submit(self, listener: Callable[[Job], object]) -> None:
        """Call a function with each job that is submitted here."""
        self._listeners.append(listener)

    def load(self) -> None:
        """Fetch the vendor's lists that the form shows; say so if the vendor is not connected."""
        self.status.show("")
        showing_errors(lambda: self.client.vendors[self.kind.vendor], self.status.show)()
        super().load()
        self._pricing.request()

    @property
    def code(self) -> str:
        """The Python that submits what the form holds, complete or not."""
        details = self._folded[DETAILS.name].value or {}
        long = self._folded[LONG.name].value if LONG.name in self._folded else None
        if long is not None:
            values = self._fields.value or {}
            return code_for_parts(self.kind, values, long.get("longest", "…"), details)
        return code_for(self.kind, self._fields.value or {}, details)

    def estimate(self) -> Cost | None:
        """Return what the request will cost, if that is known.

        Raises:
            BadRequest: The form is not complete.
        """
        return form_footer.estimate(self._estimate, self.value)

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
        self.parts.close()
        super().close()

    def _parts(self) -> list[widgets.Widget]:
        new = self._factory.new
        self.fresh = new(widgets.Checkbox, description=FRESH, indent=False)
        self._cost = new(widgets.Label, css="lsf-cost")
        legend = new(widgets.Label, "* required", css="lsf-quiet")
        foot = new(widgets.HBox, [self.button, self._cost, legend], css="lsf-foot")
        self._checked = new(widgets.HTML, css="lsf-checked")
        folded = [group.widget for group in self._folded.values()]
        parts = [self._fields.widget, self._checked, *folded, self.fresh, self._code_box(), foot]
        return [self._sheet(), *parts, self.status, self.parts, self.submitted.place]

    def _changed(self) -> None:
        super()._changed()
        if self._complete:
            self._pricing.request()
            self._checking.request()

    def _clear_details(self) -> None:
        """Keep the project for the next job, and not what was said of this one."""
        for name in OF_ONE_JOB:
            self.field(f"{DETAILS.name}.{name}").value = None

    def _estimate(self, request: Request) -> Cost | None:
        """Return what a request costs; the sum of its parts, if its speech is split."""
        if (longest := self.longest) is None:
            return self.client.estimate(request)
        return estimate_parts(self.client, request, longest)

    def _show_price(self) -> None:
        try:
            request = self.value
        except BadRequest:
            request = None
        self._cost.value = form_footer.price_text(self.kind, request, self._estimate)

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

    def _clicked(self) -> None:
        self.button.disabled = True
        self.status.show("Submitting …")
        if LONG.name in self._folded and self._folded[LONG.name].value is not None:
            in_thread(self.submit, self._refused, self._enable)  # to split a speech takes a while
            return
        try:
            showing_errors(self.submit, self._refused)()
        finally:
            self._enable()

    def _enable(self) -> None:
        self.button.disabled = False

    def _refused(self, text: str) -> None:
        self.status.show(f"Not submitted: {self._where(text)}", "bad")

    def _follow(self, job: Job, *, reused: bool) -> None:
        self.job = job
        self.submitted.follow(job, reused=reused)
        for listener in self._listeners:
            listener(job)
