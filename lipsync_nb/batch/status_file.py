"""Writes the state of jobs beside the rows of a table, and loses nothing that the user has written.

The file is read again each time, and the cells are put into what it has then, by the rows' keys. A
row whose request was changed, or that has the id of another job, is left as it is. If the file
cannot be written, such as while a spreadsheet program has it open, the cells are put into a file of
their own.
"""

import csv
import io
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeAlias
from weakref import WeakValueDictionary

from lipsync_nb.batch.status import Status
from lipsync_nb.batch.table import STATUS, Row, Table, read_bytes, read_file, table_of
from lipsync_nb.errors import BadRequest, LipSyncError, line
from lipsync_nb.files import replacing
from lipsync_nb.log import notify_user

HEAD = ("key", *STATUS)
"""The columns of the file of its own."""
LOCKS = ("~${}", ".~lock.{}#")
"""Names of files that Excel and LibreOffice make beside a file that they have open."""
MOST_FILES = 9
"""Names that are tried for the file of its own."""
ATTEMPTS = 2
"""How often a file is read and written if another program writes it at the same moment."""
Place: TypeAlias = tuple[Path, str | None]
"""A file, and the sheet of it that was asked for."""


class _Raced(BadRequest):
    """Another program has written the file since it was read."""


class StatusFile:
    """The file of a table, to which one thread at a time writes the state of its rows' jobs.

    The newest one for a file writes it; those before write no more.

    Args:
        table: The table as it was read.

    Attributes:
        own: The ids of jobs that may be written over, as they are those of its rows.
        beside: The file of its own, if there is one.
    """

    def __init__(self, table: Table) -> None:
        assert table.file is not None  # noqa: S101 - see the caller
        self._table = table
        self._path = table.file.resolve()  # a link stays one
        self._rows = {row.key: row for row in table.rows}
        self.own = set(table.earlier.values())
        self.beside: Path | None = None
        self._told = False
        self._place: Place = self._path, table.sheet
        with _GUARD:
            self._lock = _LOCKS.setdefault(self._path, Lock())
            before, _NEWEST[self._place] = _NEWEST.get(self._place), self
        if before is not None:
            with self._lock:
                self.own |= before.own
                self.beside = before.beside

    @property
    def is_superseded(self) -> bool:
        """Whether another one writes the file now."""
        return _NEWEST.get(self._place) is not self

    def write(self, status: Callable[[], Status]) -> None:
        """Write the state of jobs, if it is not there yet.

        Args:
            status: Returns it; called once it can be written, so that none follows a newer one.
        """
        with self._lock:
            if not self.is_superseded:
                self._write(status())

    def _write(self, status: Status) -> None:
        self.own |= {str(cells["job_id"]) for cells in status.values()}
        try:
            left = self._write_into_table(status)
            why = (
                f"{line(self._path)}: rows that were changed or removed: {len(left)}"
                if left
                else ""
            )
        except LipSyncError as error:
            left, why = status, str(error)
        self._write_beside(left, why)

    def _write_into_table(self, status: Status) -> Status:
        """Write the cells of the rows that are in the file, and return those of the others."""
        for _ in range(ATTEMPTS - 1):
            with suppress(_Raced):
                return self._put(status)
        return self._put(status)

    def _put(self, status: Status) -> Status:
        data = read_bytes(self._path)
        found = read_file(data, self._path, self._table.sheet, self._table.encoding)
        now = table_of(found, self._table.key, self._path, self._table.sheet)
        rows = {row.key: row for row in now.rows if self._is_same(row, now)}
        new = {rows[key].number: cells for key, cells in status.items() if key in rows}
        written = found.with_cells(new)
        if written != data:
            self._refuse_damaged(written, now)
            self._replace(data, written)
        return {key: cells for key, cells in status.items() if key not in rows}

    def _is_same(self, row: Row, now: Table) -> bool:
        """Return whether a row asks for what it did, and has no id of another job beside it."""
        known = self._rows.get(row.key)
        if known is None or now.earlier.get(row.key, "") not in {"", *self.own}:
            return False
        used = self._table.used
        return all(known.cells.get(name) == row.cells.get(name) for name in used)

    def _refuse_damaged(self, written: bytes, now: Table) -> None:
        """Raise `BadRequest` if what would be written does not have the same rows."""
        found = read_file(written, self._path, self._table.sheet, self._table.encoding)
        if table_of(found, self._table.key, self._path, self._table.sheet).rows != now.rows:
            raise BadRequest(f"{line(self._path)} would not be the same with the state in it")

    def _replace(self, old: bytes, new: bytes) -> None:
        for lock in LOCKS:
            if self._path.with_name(lock.format(self._path.name)).exists():
                raise BadRequest(f"{line(self._path)} is open in another program")
        with replacing(self._path) as part:
            _write(part, new)
            with suppress(OSError):  # some network drives know no modes
                shutil.copymode(self._path, part)
            if self._path.read_bytes() != old:
                raise _Raced(f"{line(self._path)} is written by another program just now")

    def _write_beside(self, status: Status, why: str) -> None:
        if not status:
            if self.beside is not None:
                self.beside.unlink(missing_ok=True)
                self.beside, self._told = None, False
            return
        try:
            self.beside = self.beside or _free_name(self._path)
            with replacing(self.beside) as part:
                _write(part, _as_csv(status))
            what = f"the state of the jobs is in {self.beside}"
        except (LipSyncError, OSError) as error:
            what = f"the state of the jobs is in client.jobs only ({error})"
        if not self._told:
            notify_user(f"{why}; {what}")
            self._told = True


_GUARD = Lock()
_LOCKS: dict[Path, Lock] = {}
"""By file; whoever has it writes the file."""
_NEWEST: WeakValueDictionary[Place, StatusFile] = WeakValueDictionary()


def _free_name(path: Path) -> Path:
    """Return the name of a file beside another one, which is not there, or is such a file."""
    numbers = ["", *(f"-{number}" for number in range(2, MOST_FILES + 1))]
    for number in numbers:
        beside = path.with_name(f"{path.stem}.status{number}.csv")
        if not beside.exists() or beside.read_bytes().startswith(_as_csv({}).rstrip()):
            return beside
    raise BadRequest(f"{line(path)}: all names for a file beside it are taken")


def _as_csv(status: Mapping[str, Mapping[str, str | float]]) -> bytes:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(HEAD)
    rows.writerows(
        [key, *(cells.get(name, "") for name in STATUS)] for key, cells in status.items()
    )
    return text.getvalue().encode("utf-8-sig")  # so that Excel reads Chinese


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
