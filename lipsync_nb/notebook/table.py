"""The live table of a client's jobs."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import traitlets

from lipsync_nb import event_loop as loop
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.dataframe import jobs_frame
from lipsync_nb.jobs.job import Job
from lipsync_nb.ledger.record import Record, joined
from lipsync_nb.log import log
from lipsync_nb.notebook import fallback, jupyter
from lipsync_nb.notebook.assets import module, style
from lipsync_nb.notebook.chain import Find, WaitingJobs, concerns, finder, knows_none, waiting_for
from lipsync_nb.notebook.etas import FindEta, eta_row, knows_no_eta
from lipsync_nb.notebook.job_widget import JobWidget
from lipsync_nb.notebook.text import cut
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor

if TYPE_CHECKING:
    import pandas as pd

FIELDS = (
    *("id", "vendor", "kind", "makes", "status", "progress", "cost", "unit", "estimated"),
    *("created", "finished", "vendor_id", "lost", "error", "verdict", "file", "revision"),
    *("title", "project", "words", "eta"),
)
"""The values of a row, in this order."""
MOST_ROWS = 2_000
"""Jobs that a table has at most besides those that have not ended: the newest. More would take a
browser seconds to load; `client.jobs` has all."""
LONGEST_TITLE = 60
"""Characters of a title in its row."""
LONGEST_WORDS = 200
"""Characters of a job's key and notes that its row has, so that the filter finds them."""
LONGEST_ERROR = 80
"""Characters, so that 20 rows stay under 10 kB. The whole text is in the selected job's card."""


class Table(JobWidget):
    """A live table of jobs, to sort, filter and select. The selected job's card is shown below.

    It stays live while a cell runs. A saved notebook keeps the newest 50 rows.

    Args:
        client: The client that has the jobs.
        jobs: The jobs to show; by default the newest 2,000 and all that have not ended, also later
            ones.
        traits: The widget's.

    Attributes:
        selected: The selected job, or ``None``. Assign a job to select it. To be called when it
            changes, use ``table.observe(function, "selected")``.
    """

    _esm = module("table")
    _css = style("base", "card", "table")
    saved = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    example = traitlets.Unicode().tag(sync=True)
    selected = traitlets.Instance(Job, allow_none=True)

    def __init__(self, client: JobClient, jobs: Iterable[Job] | None = None, **traits: Any) -> None:
        self.client = client
        self._only = None if jobs is None else {job.id for job in jobs}
        records = self._records
        self._unfinished = {record.id for record in records if not record.done}
        find = finder(client.records)
        self._waiting = WaitingJobs(find)
        self._is_saving = self._is_stale = False
        self._waiting.note(records)
        traits = {"example": _example(client.vendors)} | traits
        super().__init__(client.session, saved=self._saved(records, find), **traits)

    @property
    def df(self) -> "pd.DataFrame":
        """The jobs as a DataFrame; of all jobs, the same as ``client.jobs``."""
        if self._only is None:
            return self.client.jobs
        return jobs_frame(self._records)

    def changed(self, records: list[Record]) -> None:
        """Show changed jobs: their rows, those of jobs that wait for them, and the card."""
        self._show_chosen([record.id for record in records])
        self._waiting.note(records)
        records = list({r.id: r for r in [*records, *self._waiting.of(records)]}.values())
        if not (records := self._shown(records)):
            return
        ended = {record.id for record in records if record.done}
        self._unfinished = (self._unfinished | {record.id for record in records}) - ended
        if not self._unfinished or self.opening:
            loop.call(self._save_soon)
        self.send({**rows(records, self._find, self._etas.of), "now": time()})

    def _show_chosen(self, changed: list[str]) -> None:
        """Show the selected job again if its card has one of these jobs."""
        if self.selected is not None:
            record = self.selected.record
            if concerns(record, changed, self._find):
                self.show_card(record)

    def state(self) -> dict[str, Any]:
        """Return the rows of all jobs."""
        if self.selected is not None:
            self.show_card(self.selected.record)
        return {**rows(self._records, self._find, self._etas.of), "now": time()}

    def follow(self, job: Job) -> None:
        """Select a job."""
        self.selected = job

    def save(self) -> None:
        """Keep the newest rows in the saved notebook, for a reader without a kernel."""
        self.saved = self._now_saved()

    def _save_soon(self) -> None:
        self._is_stale = True
        if not self._is_saving:
            loop.spawn(self._save_slowly())
            self._is_saving = True

    async def _save_slowly(self) -> None:
        """Do as `save` in another thread, as the event loop must not wait for the ledger."""
        try:
            while self._is_stale:
                self._is_stale = False
                self.saved = await asyncio.to_thread(self._now_saved)
        except Exception:  # noqa: BLE001 - the next change may work
            log.exception("a table could not be saved")
        finally:
            self._is_saving = False

    def _now_saved(self) -> dict[str, Any]:
        return self._saved(self._records, self._find, self._etas.known)

    def fallback(self) -> dict[str, str]:
        """Return the newest rows as text and as HTML."""
        records = self._records
        count = self._count(records)
        return {
            "text/plain": fallback.table_text(records, self._find, self._etas.read, count),
            "text/html": fallback.table_html(records, self._find, self._etas.read, count),
        }

    @property
    def _records(self) -> list[Record]:
        """The jobs of the table, the oldest first."""
        if self._only is None:
            return self.client.records.newest(MOST_ROWS)
        return self.client.records.having(self._only)

    def _count(self, records: Sequence[Record]) -> int:
        """Return how many jobs there are, those included that the table leaves out."""
        if self._only is None and len(records) >= MOST_ROWS:
            return self.client.ledger.count()
        return len(records)

    def _saved(
        self, records: Sequence[Record], find: Find, eta_of: FindEta = knows_no_eta
    ) -> dict[str, Any]:
        newest = records[-fallback.MAX_ROWS :]
        return {**rows(newest, find, eta_of), "count": self._count(records), "now": time()}

    def _shown(self, records: list[Record]) -> list[Record]:
        if self._only is None:
            return records
        return [record for record in records if record.id in self._only]

    @traitlets.observe("chosen")
    def _choose(self, change: Any) -> None:
        if change.new is None:
            self.selected = None
        elif self.selected is None or self.selected.id != change.new:
            self.selected = self.job_of(change.new)

    @traitlets.observe("selected")
    def _select(self, change: Any) -> None:
        self.chosen = None if change.new is None else change.new.id
        if change.new is not None:
            self.show_card(change.new.record)


def _example(vendors: Mapping[str, Vendor]) -> str:
    """Return a line of code that submits a first request, to the first connected vendor."""
    vendor = next(iter(vendors.values()), None)
    kind = (type(vendor) if vendor else next(iter(VENDORS.values()))).kinds[0]
    needed = [name for name, field in kind.model_fields.items() if field.is_required()]
    arguments = ", ".join(f'{name}="…"' for name in [*needed, *kind.exactly_one[:1]])
    return f"job = client.submit(ls.{kind.vendor}.{kind.kind()}({arguments}))"


def rows(
    records: Iterable[Record], find: Find = knows_none, eta_of: FindEta = knows_no_eta
) -> dict[str, Any]:
    """Return records as a message: the names of the fields, and a list of values per job.

    Args:
        records: The jobs.
        find: Finds the jobs that they wait for.
        eta_of: Returns when each is expected to be done.
    """
    return {"fields": FIELDS, "rows": [_row(record, find, eta_of) for record in records]}


def _row(record: Record, find: Find, eta_of: FindEta) -> list[Any]:
    return [
        *(record.id, record.vendor, record.kind, record.makes, str(record.status)),
        None if record.progress is None else round(record.progress, 3),
        *(record.cost, record.cost_unit, bool(record.cost_estimated)),
        round(record.created_at, 2),
        None if record.finished_at is None else round(record.finished_at, 2),
        record.vendor_id,
        record.lost,
        cut(record.error or joined(waiting_for(record, find), record.note), LONGEST_ERROR),
        cut(record.verdict, LONGEST_ERROR),
        None if record.path is None else jupyter.relative(Path(record.path)),
        record.revision,
        cut(record.title, LONGEST_TITLE),
        record.project or None,
        cut(joined(record.key, record.notes), LONGEST_WORDS),
        None if record.status.unsent else eta_row(eta_of(record), record),
    ]
