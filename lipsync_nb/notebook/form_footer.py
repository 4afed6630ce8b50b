"""The part of a form below its fields: the submit button, the price, and the submitted job."""

import threading
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import traitlets

from lipsync_nb.checks.finding import Findings
from lipsync_nb.engine.inputs import has_result
from lipsync_nb.errors import LipSyncError, MissingCredentials
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.record import Record
from lipsync_nb.notebook.assets import module
from lipsync_nb.notebook.player import Player
from lipsync_nb.notebook.remedies import remedy
from lipsync_nb.notebook.text import cost
from lipsync_nb.notebook.widget import Answer, ScriptWidget
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.status import Cost, JobStatus
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Request, Vendor

VERBS = {
    JobStatus.waiting: "waits for the jobs whose results it uses",
    JobStatus.submitting: "is being submitted",
    JobStatus.queued: "is queued",
    JobStatus.running: "is running",
    JobStatus.succeeded: "succeeded",
    JobStatus.failed: "failed",
    JobStatus.cancelled: "was cancelled",
    JobStatus.abandoned: "was abandoned",
    JobStatus.expired: "has expired at its vendor",
    JobStatus.unknown: "is in an unknown state",
}

CHECKING = "Checking the files …"
"""What a form shows during the free check."""
CHECKED = "Files checked: nothing was found that wastes money."
"""What it shows afterwards, if all is well."""


class SubmitButton(ScriptWidget):
    """A button whose press reaches the kernel after all that was typed before it.

    While the kernel handles an edit, the browser delays later edits, but not the click of an
    ipywidgets button, which would then submit half a text.

    Args:
        description: The button's label.
        traits: The widget's.
    """

    _esm = module("submit_button")
    description = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)

    def __init__(self, description: str, **traits: Any) -> None:
        self._listeners: list[Callable[[SubmitButton], object]] = []
        super().__init__(description=description, **traits)

    def on_click(self, listener: Callable[["SubmitButton"], object]) -> None:
        """Call a function with the button whenever it is pressed."""
        self._listeners.append(listener)

    def click(self) -> None:
        """Press the button, as the browser does: call the listeners."""
        for listener in self._listeners:
            listener(self)

    def fallback(self) -> dict[str, str]:
        """Return the button's label as text."""
        return {"text/plain": f"<Button: {self.description}>"}

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer both questions of a press; see ``static/submit_button.js``.

        The browser first asks ``"sync"``: once that is answered, the kernel has received what was
        typed before. Then it asks ``"press"``, which calls the listeners.
        """
        if question["op"] == "press" and not self.disabled:
            self.click()
        return {}, []


class StatusLine(ScriptWidget):
    """A line of text that screen readers read out when it changes.

    Attributes:
        text: The text.
        tone: ``""``, ``"good"`` or ``"bad"``.
    """

    _esm = module("status_line")
    text = traitlets.Unicode().tag(sync=True)
    tone = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._lock = threading.Lock()
        super().__init__(**traits)

    def show(self, text: str, tone: str = "") -> None:
        """Show a text; callable from any thread."""
        with self._lock, self.hold_sync():
            self.tone, self.text = tone, text

    def fallback(self) -> dict[str, str]:
        """Return the line as text."""
        return {"text/plain": self.text}


class SubmittedJob:
    """Shows the job that was submitted last, as a line of text and as a card.

    Args:
        client: The client that has the job.
        factory: Makes the widgets.
        card: Whether to show the job's card.

    Attributes:
        status: The line of text.
        place: The box that has the card.
        player: The card, once there is one.
    """

    def __init__(self, client: JobClient, factory: WidgetFactory, *, card: bool) -> None:
        self._client = client
        self._card = card
        self._unsubscribe: Callable[[], None] = lambda: None
        self.status = factory.new(StatusLine)
        self.place = factory.new(widgets.VBox)
        self.player: Player | None = None

    def follow(self, job: Job, *, reused: bool) -> None:
        """Follow a job from now on, instead of the one before.

        Args:
            job: The job.
            reused: Whether it was submitted before.
        """
        self.close()
        self._unsubscribe = self._client.records.subscribe(lambda record: self._show(record, job))
        record = job.record
        self.status.show(submission_text(record, reused=reused))
        if not reused and (record.done or record.error):
            self._show(record, job)  # the change was before the subscription
        if self._card:
            self.player = Player(job)
            self.place.children = (self.player,)

    def close(self) -> None:
        """Stop following the job."""
        self._unsubscribe()
        if self.player is not None:
            self.player.close()

    def _show(self, record: Record, job: Job) -> None:
        if record.id == job.id:
            self.status.show(*progress_text(record))
            if record.done:
                self._unsubscribe()


def submission_text(record: Record, *, reused: bool) -> str:
    """Return a form's status text right after a submission.

    Args:
        record: The job.
        reused: Whether it was submitted before.
    """
    if not reused:
        return f"Submitted as job {record.id}."
    if record.status.terminal:
        return (
            f"This was made before, by job {record.id}: nothing is sent and nothing is paid. "
            "Tick the box above to make it again."
        )
    return f"Job {record.id} is already making this: nothing is sent and nothing is paid."


def progress_text(record: Record) -> tuple[str, str]:
    """Return a form's status text and its tone, by its job's progress."""
    head = f"Job {record.id} {VERBS[record.status]}"
    if record.lost or record.status is JobStatus.failed:
        todo = remedy(record)
        return f"{head}: {record.error}{f' – {todo}.' if todo else ''}", "bad"
    if record.status is JobStatus.succeeded and record.done:
        return f"{head}.", "good" if has_result(record) else "bad"
    return (f"{head}; error: {record.error}", "bad") if record.error else (head, "")


Estimate = Callable[[Request], Cost | None]
"""Returns what a request will cost; see `Client.estimate`."""


def estimate(of: Estimate, request: Request) -> Cost | None:
    """Return what a request will cost, if that is known."""
    try:
        return of(request)
    except MissingCredentials:
        return None


def price_text(kind: type[Request], request: Request | None, of: Estimate) -> str:
    """Return the text about the price that is shown beside the submit button.

    Args:
        kind: The kind of request.
        request: The request; ``None`` if it is not complete yet.
        of: Returns what a request will cost.
    """
    vendor = VENDORS[kind.vendor]
    prices = vendor.prices_of(kind)
    if vendor.unit is None or prices == Vendor.prices:
        return f"Cost: {prices}"
    try:
        price = None if request is None else estimate(of, request)
    except LipSyncError as error:
        return f"Cost: {error}"
    return f"Cost: {'not known yet' if price is None else cost(price)} ({prices})"


def checked_html(findings: Findings) -> str:
    """Return what the free check of a form's files has found, as HTML."""
    if not findings:
        return quiet_html(CHECKED)
    head = "Before you submit:" if findings.warnings else "Not everything was checked:"
    return f'<div role="status">{head}{findings._repr_html_()}</div>'


def quiet_html(text: str) -> str:
    """Return a line about the check as HTML; nothing if it is empty."""
    return f'<span class="lsf-quiet" role="status">{escape(text)}</span>' if text else ""
