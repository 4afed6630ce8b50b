"""The picker of a job whose result a field is to have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import ipywidgets as widgets

from lipsync_nb.jobs.client import JobClient
from lipsync_nb.ledger.record import Record
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.reference import JobReference, reference_to
from lipsync_nb.media.video import Video
from lipsync_nb.notebook.field_spec import Spec
from lipsync_nb.notebook.result_card import recorded
from lipsync_nb.notebook.text import cut, kind_label, vendor_label
from lipsync_nb.notebook.widget_factory import WidgetFactory
from lipsync_nb.results import Avatar, Voice
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import FromJob

MOST_JOBS = 100
"""Jobs to pick from: the newest."""
MOST_READ = 2_000
"""Jobs that are looked through for these: the newest that make such a thing."""
LONGEST_RESULT = 30
"""The most characters of a text, or of a voice's name, in the list."""
SHOWN_ID = 8
"""The characters of a job's id in the list."""
FILES = frozenset({Video.__name__, Audio.__name__})
"""The results that media fields take."""
OPEN, RELOAD, NOTHING = "Use a job …", "Reload jobs", "No job chosen"


@dataclass(frozen=True)
class Wanted:
    """Which jobs a field takes.

    Attributes:
        makes: What they make; some of the names that `Record.makes` has.
        vendor: The vendor whose voices or avatars it takes; empty for any.
        kinds: The kinds of requests whose jobs it takes; empty for any.
    """

    makes: frozenset[str]
    vendor: str = ""
    kinds: tuple[str, ...] = ()

    @classmethod
    def by(cls, spec: Spec) -> Self:
        """Return which jobs a field takes; none if it takes no results."""
        if (source := spec.about(FromJob)) is not None:
            return cls(frozenset({source.makes.__name__}), source.vendor, source.kinds)
        takes = spec.about(Takes) or Takes(())
        return cls(frozenset(kind.capitalize() for kind in takes.kinds) & FILES)

    @property
    def is_made(self) -> bool:
        """Whether a vendor of this version has a request that makes it."""
        return any(
            self._takes(kind.makes().__name__, vendor.name, kind.kind())
            for vendor in VENDORS.values()
            for kind in vendor.kinds
        )

    def has(self, record: Record) -> bool:
        """Return whether a job makes it, and has its result or may get one."""
        fits = self._takes(record.makes, record.vendor, record.kind)
        ended = record.status.terminal and record.status is not JobStatus.succeeded
        return fits and record.readable and not ended and not record.lost

    @property
    def words(self) -> str:
        """What the jobs make, in words."""
        of = f" of {vendor_label(self.vendor)}" if self.vendor else ""
        by = f" by {' or '.join(self.kinds)}" if self.kinds else ""
        return " or ".join(sorted(self.makes)).lower() + of + by

    def _takes(self, makes: str, vendor: str, kind: str) -> bool:
        wanted = makes in self.makes and self.vendor in {"", vendor}
        return wanted and (not self.kinds or kind in self.kinds)


class JobPicker:
    """A list of a client's jobs that make what a field takes, the newest first.

    It is filled when its button opens it, and again whenever that is pressed.

    Args:
        client: The client that has the jobs.
        factory: Makes the widgets.
        label: The field's label.
        wanted: Which jobs the field takes.
        picked: Called with the job that the user picks; with ``None`` if they pick none.

    Attributes:
        button: Opens the list, and fills it again.
        choice: The list.
        widget: Both.
    """

    def __init__(
        self,
        client: JobClient,
        factory: WidgetFactory,
        label: str,
        wanted: Wanted,
        picked: Callable[[JobReference | None], object],
    ) -> None:
        self._client, self._wanted, self._picked = client, wanted, picked
        self._showing = False
        self.button = factory.new(
            widgets.Button, description=OPEN, tooltip=f"{label}: use what a job makes"
        )
        self.choice = factory.new(
            widgets.Dropdown, description=f"Job for {label.lower()}", options=[(NOTHING, "")]
        )
        self._none = factory.new(widgets.Label, f"No job here makes {wanted.words} yet.")
        self.widget = factory.new(widgets.VBox, [self.button], css="lsf-jobs")
        self.button.on_click(lambda _: self.open())
        self.choice.observe(self._changed, "value")

    def open(self) -> None:
        """Show the list with the jobs of now. What was picked stays picked."""
        self._list(self.choice.value)

    def show(self, job: JobReference | None) -> None:
        """Show which job the field has, without telling that it was picked."""
        if job is not None or self.choice.value:
            self._list("" if job is None else job.id)

    def _list(self, chosen: str) -> None:
        records, makes = self._client.records, self._wanted.makes
        newest = records.laid_over(records.ledger.newest_with_result(makes, MOST_READ))[::-1]
        jobs = [record for record in newest if self._wanted.has(record)]
        options = [(_described(record), record.id) for record in jobs[:MOST_JOBS]]
        if chosen and chosen not in {job_id for _, job_id in options}:
            options.insert(0, (f"Job {chosen}", chosen))
        self._showing = True
        try:
            self.choice.options = [(NOTHING, ""), *options]
            self.choice.value = chosen
        finally:
            self._showing = False
        self.button.description = RELOAD
        self.widget.children = (self.choice if options else self._none, self.button)

    def _changed(self, change: Any) -> None:
        if not self._showing:
            self._picked(self._client.job(change.new).reference if change.new else None)


def picker_for(
    spec: Spec,
    client: JobClient,
    factory: WidgetFactory,
    picked: Callable[[JobReference | None], object],
) -> JobPicker | None:
    """Return the picker of a field; ``None`` if no vendor makes what it takes."""
    wanted = Wanted.by(spec)
    return JobPicker(client, factory, spec.label, wanted, picked) if wanted.is_made else None


def job_in(value: Any) -> JobReference | None:
    """Return the job that a field's value refers to, if it does."""
    return value.job if isinstance(value, Media) else reference_to(value)


def _described(record: Record) -> str:
    submitted = datetime.fromtimestamp(record.created_at)  # noqa: DTZ006 - the user's own time
    today = submitted.date() == datetime.now().date()  # noqa: DTZ005 - see above
    parts = (
        f"{kind_label(record.kind)} {record.id[:SHOWN_ID]}",
        _named(record),
        vendor_label(record.vendor),
        str(record.status),
        f"{submitted:%H:%M:%S}" if today else f"{submitted:%Y-%m-%d %H:%M}",
    )
    return " · ".join(filter(None, parts))


def _named(record: Record) -> str | None:
    """Return the name of a voice or an avatar, or how a text begins."""
    match None if record.makes_file else recorded(record):
        case Voice() | Avatar() as made:
            return cut(made.name, LONGEST_RESULT)
        case str() as text:
            return cut(text, LONGEST_RESULT)
    return None
