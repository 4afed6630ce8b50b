"""Reads jobs from the ledger's file. Nothing here changes it."""

import reprlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from dataclasses import fields
from functools import wraps
from itertools import islice
from typing import Any, Concatenate, ParamSpec, TypeVar

from lipsync_nb.errors import LedgerError, line
from lipsync_nb.ledger.file import LedgerClosed, LedgerFile, text
from lipsync_nb.ledger.readable import LARGEST, Readable
from lipsync_nb.ledger.record import Record
from lipsync_nb.results import NO_FILES
from lipsync_nb.status import JobStatus

COLUMNS = tuple(field.name for field in fields(Record) if field.name != "readable")
BRIEF = ("id", "vendor", "kind", "status", "created_at")
"""What all of `brief_records` have."""
FLAGS = ("cost_estimated", "unproven", "forgotten")
LIVE = "status NOT IN ('failed', 'cancelled', 'abandoned', 'expired')"
"""Jobs that have a result, or may get one. They are returned instead of being paid again."""
OPEN = "status NOT IN ('succeeded', 'failed', 'cancelled', 'abandoned', 'expired')"
"""Jobs that have not ended."""
UNFETCHED = f"status = 'succeeded' AND path IS NULL AND makes NOT IN {tuple(sorted(NO_FILES))}"
"""Jobs whose result is a file that is not here."""
NEVER_SENT = "status = 'cancelled' AND error_type = 'NeverSent' AND successor IS NULL"
"""See `Record.never_sent`."""


def few(index: str, condition: str, *more: str) -> str:
    """Return a query for the few jobs of one condition, which an index has alone, and of others.

    SQLite would often read all jobs instead, as it does not know how few they are.

    Args:
        index: The index of this condition; SQLite refuses one that cannot be used.
        condition: `OPEN`, `UNFETCHED` or `NEVER_SENT`.
        more: Further conditions.
    """
    conditions = " AND ".join((condition, *more))
    return f"SELECT rowid FROM jobs INDEXED BY {index} WHERE {conditions}"  # noqa: S608 - our own words


UNFINISHED = (
    f"{few('jobs_open', OPEN)} UNION "
    f"{few('jobs_unfetched', UNFETCHED, '(error IS NULL OR created_at >= ?)')}"
)
"""Jobs that an engine must drive; a failed download is tried again if it is not too old."""
UNREPORTED = few("jobs_never_sent", NEVER_SENT, "owner IS NOT NULL")
"""Jobs that were never sent, as their engine ended, and that no other engine has reported."""
OLDEST_FIRST = "ORDER BY created_at, rowid"
MOST_VALUES = 500
"""Values in one statement; SQLite takes 999 or more."""

ROWS_AT_ONCE = 1_000
"""Rows that are made to columns at a time: of more, the values leave the processor's cache."""

P = ParamSpec("P")
T = TypeVar("T")


def reads(
    method: Callable[Concatenate["JobsFile", P], T],
) -> Callable[Concatenate["JobsFile", P], T]:
    """Return a method that runs on the file's thread; once it is closed, the file is opened anew.

    So what a client has made can be read after it was closed. The file is then opened to be read
    only, so that this neither waits for another kernel that writes nor needs space on the disk for
    a transaction.
    """

    @wraps(method)
    def call(self: "JobsFile", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return self.run(method, self, *args, **kwargs)
        except LedgerClosed:
            if not self.path.exists():
                raise
        with closing(JobsFile(self.path, read_only=True)) as again:
            return again.run(method, again, *args, **kwargs)

    return call


class NoJob(LedgerError):
    """There is no job with an id: there was none, or it was removed."""


class JobsFile(LedgerFile):
    """The jobs of a ledger's file, to be read."""

    @reads
    def get(self, job_id: str) -> Record:
        """Return a job; raise `NoJob` if there is none with that id."""
        found = self._select("id = ?", job_id)
        if not found:
            raise NoJob(
                f"no job {line(job_id)} in {self.path}; if it was there before, it was pruned: "
                "submit its request again"
            )
        return found[0]

    @reads
    def having(self, column: str, values: Collection[str]) -> list[Record]:
        """Return the jobs that have one of some values in a column with an index, the oldest first.

        Args:
            column: ``"id"``, ``"fingerprint"`` or ``"key"``.
            values: The values.
        """
        found: list[Record] = []
        for some in _batches(values):
            found += self._select(f"{column} IN ({_marks(some)})", *some)
        return sorted(found, key=lambda job: job.created_at)

    @reads
    def reusable(self, fingerprint: str, exclude: AbstractSet[str] = frozenset()) -> list[Record]:
        """Return the jobs of a request that have a result or may get one, the newest first."""
        of = f"fingerprint = ? AND {LIVE} AND successor IS NULL ORDER BY created_at DESC"
        return [job for job in self._select(of, fingerprint) if job.id not in exclude]

    @reads
    def with_vendor_id(self, job: Record, vendor_id: str) -> str | None:
        """Return the id of another job of the same account that has an id at the vendor."""
        other = "vendor = ? AND vendor_id = ? AND account = ? AND id != ?"
        found = self._select(other, job.vendor, vendor_id, str(job.account), job.id)
        return found[0].id if found else None

    @reads
    def rivals(self, lost: Record, vendor_ids: Collection[str]) -> list[Record]:
        """Return the other jobs of a lost job's vendor that some of its ids may belong to.

        They have one of the ids, or may have been accepted although their id is unknown.

        Args:
            lost: The lost job.
            vendor_ids: The ids that the vendor lists.
        """
        found = self._select(
            "vendor = ? AND vendor_id IS NULL AND sent_at IS NOT NULL", lost.vendor
        )
        for some in _batches(vendor_ids):
            of = f"vendor = ? AND vendor_id IN ({_marks(some)})"
            found += self._select(of, lost.vendor, *some)
        accounts = {lost.account, None}
        return [
            job
            for job in found
            if job.id != lost.id and (lost.account is None or job.account in accounts)
        ]

    @reads
    def since(self, revision: int, enough: int | None = None) -> list[Record]:
        """Return the jobs written after a revision, in the order of their writing.

        Args:
            revision: The revision.
            enough: How many are enough; all that were written with the last of them come too.
        """
        order = "ORDER BY revision, rowid"
        if enough is None:
            return self._select(f"revision > ? {order}", revision)
        last = "SELECT revision FROM jobs WHERE revision > ? ORDER BY revision LIMIT 1 OFFSET ?"
        of = f"revision > ? AND revision <= ifnull(({last}), ?) {order}"
        some = self._select(of, revision, revision, enough - 1, LARGEST)
        return some if len(some) >= enough else self.since(revision)

    @reads
    def newest_revision(self) -> int:
        """Return the revision of the last change that this version can read."""
        newest = "SELECT max(revision) FROM jobs WHERE typeof(revision) = 'integer'"
        with self.reading() as db:
            found = db.execute(f"{newest} AND revision < ?", (LARGEST,)).fetchone()[0]
        return int(found or 0)

    @reads
    def last_row(self, job_id: str | None = None) -> int:
        """Return the number of the last row, or of a job's. Later jobs have higher numbers."""
        of, values = ("", ()) if job_id is None else ("WHERE id = ?", (job_id,))
        with self.reading() as db:
            query = f"SELECT ifnull(max(rowid), 0) FROM jobs {of}"  # noqa: S608 - our own words
            return int(db.execute(query, values).fetchone()[0])

    @reads
    def compared(self) -> set[str]:
        """Return the ids of the jobs of comparisons and votes."""
        named = (
            "SELECT job FROM entries UNION SELECT left_job FROM votes "
            "UNION SELECT right_job FROM votes"
        )
        with self.reading() as db:
            return {row[0] for row in db.execute(named)}

    @reads
    def prunings(self) -> int:
        """Return how often jobs were removed; see `Ledger.prune`."""
        with self.reading() as db:
            return int(db.execute("SELECT count(*) FROM prunings").fetchone()[0])

    @reads
    def all(self) -> list[Record]:
        """Return all jobs, the oldest first. 100,000 take 1.5 s; see `columns` for a faster way."""
        return self._select(f"true {OLDEST_FIRST}")

    @reads
    def newest(self, most: int) -> list[Record]:
        """Return the newest jobs, the oldest first.

        Args:
            most: How many.
        """
        return self._select("true ORDER BY created_at DESC, rowid DESC LIMIT ?", most)[::-1]

    @reads
    def newest_with_result(self, makes: Collection[str], most: int) -> list[Record]:
        """Return the newest jobs that have a result or may get one, the oldest first.

        Args:
            makes: What they make.
            most: How many.
        """
        of = f"makes IN ({_marks(makes)}) AND {LIVE} ORDER BY created_at DESC, rowid DESC LIMIT ?"
        return self._select(of, *makes, most)[::-1]

    @reads
    def count(self) -> int:
        """Return how many jobs there are."""
        with self.reading() as db:
            return int(db.execute("SELECT count(*) FROM jobs").fetchone()[0])

    @reads
    def with_files(self) -> list[Record]:
        """Return the jobs whose result was downloaded, the oldest first."""
        return self._select(f"status = 'succeeded' AND path IS NOT NULL {OLDEST_FIRST}")

    @reads
    def unfinished(self) -> list[Record]:
        """Return the jobs that have not ended, and the jobs whose results they use."""
        opened = (
            f"{few('jobs_open', OPEN)} UNION {few('jobs_unfetched', UNFETCHED, 'error IS NULL')}"
        )
        found = {job.id: job for job in self._select(f"rowid IN ({opened})")}
        newly = list(found.values())
        while newly:
            named = {job_id for job in newly for job_id in (*job.input_ids, job.successor)}
            newly = self.having("id", {job_id for job_id in named if job_id} - found.keys())
            found |= {job.id: job for job in newly}
        return list(found.values())

    @reads
    def never_sent(self) -> list[Record]:
        """Return the jobs that were never sent, as their engine ended, the oldest first."""
        return self._select(f"rowid IN ({few('jobs_never_sent', NEVER_SENT)}) {OLDEST_FIRST}")

    @reads
    def last_succeeded(self, vendor: str, kind: str, most: int) -> list[Record]:
        """Return the newest succeeded jobs of a vendor and kind, the newest first."""
        of = "vendor = ? AND kind = ? AND status = 'succeeded' ORDER BY created_at DESC LIMIT ?"
        return self._select(of, vendor, kind, most)

    @reads
    def columns(self, names: Sequence[str] = COLUMNS) -> dict[str, list[Any]]:
        """Return the values of all rows as they are in the file, by column.

        The oldest job comes first. A text that is no UTF-8 is its bytes. `unreadable` tells which
        of the rows are no records, and `record_of` makes one.

        Args:
            names: The columns that are read. A few are read several times as fast as all.
        """
        query = f"SELECT {', '.join(names)} FROM jobs {OLDEST_FIRST}"  # noqa: S608 - our own words
        with self.reading() as db, _plain(db):
            try:
                db.text_factory = str  # which is many times as fast as a function
                return _columns(names, db.cursor().execute(query))
            except sqlite3.OperationalError:  # another program has written what is no UTF-8
                db.text_factory = text
                return _columns(names, db.cursor().execute(query))

    def _select(self, where: str, *values: str | float) -> list[Record]:
        query = f"SELECT {', '.join(COLUMNS)} FROM jobs WHERE {where}"  # noqa: S608 - our own words
        with self.reading() as db:
            return [record_of(row) for row in db.execute(query, values).fetchall()]


def record_of(row: sqlite3.Row | Mapping[str, Any]) -> Record:
    """Return a row of the ledger as a record."""
    values = dict(row)
    wrong = _COLUMNS.wrong(values)
    unread = {name: values.pop(name) for name in wrong}
    for flag in FLAGS:
        if values.get(flag) is not None:
            values[flag] = bool(values[flag])
    if wrong:
        why = ", ".join(f"{name} is {reprlib.repr(value)}" for name, value in unread.items())
        return Record.unreadable(values, why)
    return Record(**values | {"status": JobStatus(values["status"])})


def brief_records(columns: Mapping[str, Sequence[Any]], names: Iterable[str]) -> Iterator[Record]:
    """Yield the jobs of a ledger with some of their values, three times as fast as whole ones.

    Args:
        columns: The values, as `JobsFile.columns` returns them. Of a job that cannot be read,
            those that are not among them are missing.
        names: Which values they have besides those in `BRIEF`.
    """
    odd = unreadable(columns)
    names = [name for name in (*BRIEF, *names) if name != "status"]
    statuses = {str(status): status for status in JobStatus}
    for n, status in enumerate(columns["status"]):
        if n in odd:
            yield record_of(
                {name: columns[name][n] if name in columns else None for name in COLUMNS}
            )
        else:
            said = {name: columns[name][n] for name in names}
            yield Record(status=statuses[status], request="", fingerprint="", **said)


def unreadable(columns: Mapping[str, Sequence[Any]]) -> set[int]:
    """Return the numbers of the rows, from 0, that this version cannot read.

    Args:
        columns: The values, as `JobsFile.columns` returns them. Only these are looked at.
    """
    return _COLUMNS.wrong_rows(columns)


_COLUMNS = Readable(Record, but="readable")


@contextmanager
def _plain(db: sqlite3.Connection) -> Iterator[None]:
    """Have rows read as tuples."""
    row_factory, text_factory = db.row_factory, db.text_factory
    db.row_factory = None
    try:
        yield
    finally:
        db.row_factory, db.text_factory = row_factory, text_factory


def _columns(names: Sequence[str], rows: sqlite3.Cursor) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: [] for name in names}
    while some := rows.fetchmany(ROWS_AT_ONCE):
        for name, values in zip(names, zip(*some, strict=True), strict=True):
            columns[name] += values
    return columns


def _batches(values: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield values, each once, as many at a time as a statement takes."""
    left = iter(dict.fromkeys(values))
    while some := tuple(islice(left, MOST_VALUES)):
        yield some


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
