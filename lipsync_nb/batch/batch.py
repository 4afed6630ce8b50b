"""The jobs of the rows of a table, whose state is kept beside the rows."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from lipsync_nb import event_loop as loop
from lipsync_nb import interrupts
from lipsync_nb.batch.columns import Columns, Kind, Kinds
from lipsync_nb.batch.plan import Plan
from lipsync_nb.batch.planner import Planner
from lipsync_nb.batch.status import status_frame, status_of
from lipsync_nb.batch.status_file import StatusFile
from lipsync_nb.batch.table import Rows, Table, read_table
from lipsync_nb.batch.wanted import wanted_of
from lipsync_nb.engine.records import Records
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.waiting import wait
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log
from lipsync_nb.status import JobStatus

if TYPE_CHECKING:
    import pandas as pd

WRITE_SECONDS = 2.0
"""Seconds at least between two writings of the state: a large workbook takes part of one."""

MOST_SHOWN = 30
"""Rows at the beginning, and at the end, that are shown of a batch in a notebook."""


class Batch:
    """The jobs of the rows of a table; see `Client.batch`.

    The state of the jobs is written to the file of the table in the background, whenever it has
    changed, about every two seconds, until all of them are done, or until there is a newer batch of
    the same file, which writes it from then on.

    Args:
        client: The client.
        table: The table.
        plan: What was planned for its rows.
        ids: The ids of the jobs, one for each row.

    Attributes:
        plan: The same.
        table: The same.
    """

    def __init__(self, client: JobClient, table: Table, plan: Plan, ids: list[str]) -> None:
        self.plan = plan
        self.table = table
        self._session = client.session
        self._ids = ids
        self._file = None if table.file is None else StatusFile(table)
        self._updates: _Updates | None = None
        if self._file is not None:
            self._updates = _Updates(client.records, set(ids), self._update)
        self.write()
        client.at_close(self.close)

    @property
    def jobs(self) -> list[Job[Any]]:
        """The job of each row. Rows that ask for the same share one.

        A job that was resubmitted counts as the one that replaces it. A line of a dialogue whose
        sound has failed, and that has no job of its own, has that of the sound.
        """
        session = self._session
        return [Job(session, session.inputs.last(job_id).id) for job_id in self._ids]

    @property
    def by_key(self) -> dict[str, Job[Any]]:
        """The jobs by the keys of their rows."""
        return dict(zip((row.key for row in self.table.rows), self.jobs, strict=True))

    @property
    def failed(self) -> list[Job[Any]]:
        """The jobs that have ended without a result."""
        return [job for job in self.jobs if _has_failed(job)]

    @property
    def df(self) -> "pd.DataFrame":
        """The rows with the state of their jobs now.

        The columns are those of the table, then ``job_id``, ``job_status``, ``job_cost``,
        ``job_cost_unit``, ``job_path`` and ``job_error``. ``job_status`` is "lost" if it cannot be
        known what became of a job; see `Job.lost`.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

        by_key = self.by_key
        rows = [row.cells for row in self.table.rows]
        given = pd.DataFrame(rows, columns=list(self.table.columns), index=list(by_key))
        return given.join(status_frame(by_key)).reset_index(drop=True)

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until all jobs have ended, and write their state. It raises no error of a job.

        It returns as well when the time is up; `done` tells whether all jobs have ended.

        Args:
            timeout: Seconds to wait; by default without a limit.
        """
        wait(self.jobs, timeout)
        self.write()
        return self

    def write(self) -> None:
        """Write the state of the jobs to the file of the table now, if it is a file."""
        if self._file is not None:
            self._file.write(lambda: status_of(self.by_key))

    def done(self) -> bool:
        """Return whether all jobs have ended."""
        return all(job.done() for job in self.jobs)

    def close(self) -> None:
        """Write the state a last time, and no more. The jobs go on."""
        if self._updates is not None and self._updates.stop():
            try:
                self.write()
            except Exception:  # noqa: BLE001 - the client is to be closed all the same
                log.exception("the state of a batch was not written")

    def _update(self) -> bool:
        """Write the state; return whether it will change no more."""
        done = self.done()
        self.write()
        return done or (self._file is not None and self._file.is_superseded)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._summary()}>"

    def _repr_html_(self) -> str:
        return f"<p>{self._summary()}</p>{self._shown()}"

    def _shown(self) -> str:
        frame = self.df
        if len(frame) <= 2 * MOST_SHOWN:
            return frame.to_html(index=False, na_rep="")
        first, last = frame[:MOST_SHOWN], frame[-MOST_SHOWN:]
        left = f"<p>… {len(frame) - 2 * MOST_SHOWN} more rows …</p>"
        return left.join(part.to_html(index=False, na_rep="") for part in (first, last))

    def _summary(self) -> str:
        count = Counter("lost" if job.lost else str(job.status) for job in self.jobs)
        states = ", ".join(f"{number} {state}" for state, number in sorted(count.items()))
        return f"{len(self._ids)} row{'' if len(self._ids) == 1 else 's'}: {states}"


def _has_failed(job: Job[Any]) -> bool:
    without = job.status.terminal and job.status is not JobStatus.succeeded
    return without or (job.status is JobStatus.succeeded and job.done() and job.made is None)


class _Updates:
    """Has the state written after jobs have changed, until they are all done.

    Args:
        records: The state of all jobs.
        ids: The ids of those that matter.
        write: Writes it, on one of the loop's threads; returns whether it changes no more.
    """

    def __init__(self, records: Records, ids: set[str], write: Callable[[], bool]) -> None:
        self._ids = ids
        self._write = write
        self._changed = True
        self._task: asyncio.Task[None] | None = None
        self._stop = records.subscribe(self._learn)
        self._stopped = False
        loop.call(self._wake)

    def stop(self) -> bool:
        """Write no more; return whether this was not so before."""
        was, self._stopped = self._stopped, True
        self._stop()
        return not was

    def _learn(self, record: Record) -> None:
        if record.id in self._ids:
            if record.successor is not None:
                self._ids.add(record.successor)
            loop.call(self._wake)

    def _wake(self) -> None:
        self._changed = True
        if self._task is None and not self._stopped:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        running = asyncio.get_running_loop()
        try:
            while self._changed and not self._stopped:
                self._changed = False
                await asyncio.sleep(WRITE_SECONDS)
                if not self._stopped and await running.run_in_executor(None, self._write):
                    self.stop()
        except Exception:  # noqa: BLE001 - the jobs go on
            log.exception("the state of a batch was not written")
        finally:
            self._task = None


def submit_rows(
    client: JobClient,
    rows: Rows,
    key: str | None = None,
    *,
    confirm: bool | None = None,
    confirm_above: float | None = 0.0,
    **options: Any,
) -> Batch:
    """Submit the rows of a table; see `Client.batch`. The options are those of `check_rows`."""
    checked = check_rows(client, rows, key, **options)
    checked.plan.confirm(confirm, confirm_above)
    return checked.submit()


@dataclass(frozen=True)
class Checked:
    """A table whose rows are checked and priced. Nothing is sent yet.

    Attributes:
        client: The client that will submit it.
        table: The table.
        plan: What is to be done with its rows.
        fresh: Whether everything is made and paid again.
    """

    client: JobClient
    table: Table
    plan: Plan
    fresh: bool

    def submit(self) -> Batch:
        """Submit what was checked, all or none.

        Raises:
            BudgetExceeded: The new jobs exceed a budget.
            LipSyncError: The client is closed.
        """
        ids = submit(self.client, self.plan, fresh=self.fresh)
        return Batch(self.client, self.table, self.plan, ids)


def check_rows(
    client: JobClient,
    rows: Rows,
    key: str | None = None,
    *,
    kind: Kind | None = None,
    columns: Mapping[str, str | None] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    retry_failed: bool = False,
    project: str | None = None,
    fresh: bool = False,
) -> Checked:
    """Check and price the rows of a table; for the arguments and errors, see `Client.batch`."""
    client.session.refuse_closed()
    table = read_table(rows, key, sheet, encoding)
    found = Columns.of(table, columns)
    kinds = Kinds(client, found, kind)
    wrong: list[tuple[str, str]] = []
    wanted = list(wanted_of(found, kinds, wrong, project or client.project))
    of = list(dict.fromkeys(each.kind for each in wanted))
    unused = found.unused(of) if wanted else {}
    table = table.using(found.used(of))
    planner = Planner.of(client, table, retry_failed=retry_failed, fresh=fresh)
    plan = Plan(planner.plan(wanted, wrong), unused, guessed=table.guessed)
    return Checked(client, table, plan, fresh)


@interrupts.noted()
def submit(client: JobClient, plan: Plan, *, fresh: bool) -> list[str]:
    """Enter the new jobs of a plan, all or none; return the id of the job of each row.

    What a running kernel will send is entered once more, as that may end before. Jobs that there
    are already get the details of their rows.

    Raises:
        BudgetExceeded: The new jobs exceed a budget.
        LipSyncError: The client is closed.
    """
    new = [*plan.unsent, *plan.new]
    ids = client.session.enter(new, fresh=fresh)
    client.records.complete(plan.details)
    entered = dict(zip((record.fingerprint for record in new), ids, strict=True))
    jobs = [entered.get(row.record.fingerprint, row.record.id) for row in plan.rows]
    for job_id in set(jobs).difference(ids):
        client.session.load(job_id)
    return jobs
