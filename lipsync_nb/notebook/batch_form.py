"""The form for a table of requests: all is checked and priced, then submitted as checked."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import ipywidgets as widgets

from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.ledger.details import LONGEST
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook import batch_html
from lipsync_nb.notebook.callbacks import Once, in_thread
from lipsync_nb.notebook.form_code import call_code
from lipsync_nb.notebook.form_footer import StatusLine, SubmitButton
from lipsync_nb.notebook.job_widget import JobUpdates
from lipsync_nb.notebook.model_form import ModelForm
from lipsync_nb.notebook.path_field import LocalPath
from lipsync_nb.notebook.text import kind_label
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Display, Field, Model, NonBlank

if TYPE_CHECKING:
    from lipsync_nb.batch.batch import Batch, Checked

KINDS = {
    f"{vendor.name}.{kind.kind()}": f"{vendor.title} · {kind_label(kind.kind())}"
    for vendor in VENDORS.values()
    for kind in vendor.kinds
}
"""The labels of all requests, by name."""
if TYPE_CHECKING:
    KindName = str
else:
    KindName = Literal[tuple(KINDS)]
HEADING = "A table of requests"
CHECK, NOTHING = "Check", "Nothing is checked yet"
"""What the buttons say at first."""


class TableOfRequests(Model):
    """A job is made of each row of a CSV or XLSX file. Every row is checked and priced first."""

    rows: Annotated[NonBlank, LocalPath((".csv", ".tsv", ".txt", ".xlsx")), Display(label="Table")]
    """Its columns are the fields of requests. The state of the jobs is written beside the rows."""
    kind: Annotated[KindName | None, Display(label="Request", options=KINDS)] = None
    """What the rows ask for, unless they say it in columns ``vendor`` and ``kind``."""
    key: Annotated[str | None, Display(label="Key column")] = None
    """The column that identifies the rows; by default ``key`` or ``id``, or else their numbers."""
    sheet: str | None = None
    """The sheet of a workbook; by default the first one."""
    project: Annotated[str | None, Field(max_length=LONGEST["project"])] = None
    """What the jobs belong to whose row does not say it."""
    retry_failed: Annotated[
        bool, Display(label="Send failed rows again (this may cost money again)")
    ] = False
    """Rows whose newest job has failed, was abandoned or has expired."""


class BatchForm(ModelForm[TableOfRequests]):
    """The form for a table of requests.

    Args:
        client: The client that submits.

    Attributes:
        checked: What was checked, and can be submitted; ``None`` if nothing is, or if the form has
            changed since.
        batch: What was submitted last.
        submit_button: Submits what was checked.
        status: The line that reports on the check and on the submission.
    """

    def __init__(self, client: JobClient) -> None:
        self.checked: Checked | None = None
        self.batch: Batch | None = None
        self._once = Once()
        self._updates: JobUpdates | None = None
        factory = WidgetFactory()
        self.submit_button = factory.new(SubmitButton, NOTHING, disabled=True)
        self.submit_button.on_click(lambda _: self._start(self.submit))
        self.status = factory.new(StatusLine)
        self._plan = factory.new(widgets.HTML, css="lsf-plan")
        self._progress = factory.new(widgets.HTML, css="lsf-plan")
        super().__init__(client, TableOfRequests, HEADING, factory)
        self.button.description = CHECK
        foot = factory.new(widgets.HBox, [self.button, self.submit_button], css="lsf-foot")
        parts = [self._fields.widget, self._code_box(), foot, self.status]
        self.children = [self._sheet(), *parts, self._plan, self._progress]

    @property
    def code(self) -> str:
        """The Python that submits the table; it asks for confirmation if that costs money."""
        return call_code("client.batch", self._fields.value or {})

    def check(self) -> "Checked":
        """Check and price all rows, and show the plan. Nothing is sent.

        Raises:
            BadRequest: A value is missing, the table cannot be read, or something is wrong with
                rows; it is all told.
            LipSyncError: See `Client.batch`.
        """
        from lipsync_nb.batch.batch import check_rows  # noqa: PLC0415 - needs pandas

        with self._once:
            self._attempted = True
            self._forget()
            self.status.show("Checking all rows …")
            try:
                table = self.value
                given = {name: getattr(table, name) for name in table.model_fields_set}
                checked = check_rows(self.client, **given)
            except BadRequest as error:
                self._show(self._errors_of(error))
                self._plan.value = batch_html.wrong_html(error)
                raise
            self._attempted = False
            self._offer(checked)
        return checked

    def submit(self) -> "Batch":
        """Submit exactly what was checked.

        Raises:
            BadRequest: Nothing was checked since the form has changed.
            LipSyncError: See `Client.batch`.
        """
        with self._once:
            if self.checked is None:
                raise BadRequest("nothing is checked: press Check first")
            self.status.show("Submitting …")
            batch: Batch = self.checked.submit()
            self._forget()
            self._follow(batch)
        return batch

    def close(self) -> None:
        """Close the form. The jobs go on, and their state is written to the table."""
        self._stop()
        super().close()

    def _forget(self) -> None:
        self.checked = None
        self._plan.value = ""
        self.submit_button.disabled = True
        self.submit_button.description = NOTHING

    def _changed(self) -> None:
        super()._changed()
        if self._complete and self.checked is not None:
            self._forget()
            self.status.show("The form has changed: check it again.")

    def _offer(self, checked: "Checked") -> None:
        self.checked = checked
        self._plan.value = batch_html.plan_html(checked.plan)
        self.submit_button.description = batch_html.offer(checked.plan)
        self.submit_button.disabled = not checked.plan.rows
        self.status.show("Checked: nothing is wrong, and nothing was sent yet.", "good")

    def _follow(self, batch: "Batch") -> None:
        self._stop()
        self.batch = batch
        ids = {job.id for job in batch.jobs}
        self._updates = JobUpdates(self.client.records, lambda changed: self._note(ids, changed))
        self._updates.start()
        count = len(set(ids))
        self.status.show(f"Submitted: {count} job{'' if count == 1 else 's'}.", "good")
        self._show_progress()

    def _note(self, ids: set[str], changed: list[Record]) -> None:
        ids |= {record.successor for record in changed if record.id in ids and record.successor}
        if ids.intersection(record.id for record in changed):
            self._show_progress()

    def _show_progress(self) -> None:
        assert self.batch is not None  # noqa: S101 - see the callers
        self._progress.value = batch_html.progress_html(self.batch)

    def _stop(self) -> None:
        if self._updates is not None:
            self._updates.stop()

    def _clicked(self) -> None:
        self._start(self.check)

    def _start(self, work: Callable[[], object]) -> None:
        """Do work in a thread. The buttons are off meanwhile."""
        self.button.disabled = self.submit_button.disabled = True
        in_thread(work, self._refused, self._enable)

    def _enable(self) -> None:
        self.button.disabled = False
        self.submit_button.disabled = self.checked is None

    def _refused(self, text: str) -> None:
        shown = self._where(text.partition("\n")[0])
        self.status.show(f"Not submitted: {shown}", "bad")
