"""Tables of rows: CSV and XLSX files, DataFrames, and lists of dicts."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lipsync_nb.batch.cells import as_text, is_empty
from lipsync_nb.batch.csv_file import CsvFile
from lipsync_nb.batch.fields import normal
from lipsync_nb.batch.workbook import Workbook
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute
from lipsync_nb.status import JobStatus

if TYPE_CHECKING:
    import pandas as pd

Rows: TypeAlias = "str | os.PathLike[str] | pd.DataFrame | Sequence[Mapping[str, Any]]"
"""A CSV or XLSX file, a DataFrame, or a list of dicts."""
TableFile: TypeAlias = CsvFile | Workbook

STATUS = ("job_id", "job_status", "job_cost", "job_cost_unit", "job_path", "job_error")
"""The columns that are written beside the rows, and are no input."""
JOB_ID = re.compile("[0-9a-f]{16}")
"""The ids of jobs."""
STATES = frozenset({"lost", *JobStatus})
"""What is written into the column ``job_status``."""
KINDS: Mapping[str, type[CsvFile] | type[Workbook]] = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), CsvFile),
    **dict.fromkeys((".xlsx", ".xlsm"), Workbook),
}
"""The readers by the ending of a file's name."""
USUAL_KEYS = ("key", "id")
"""The names of a column that identifies the rows, unless another one is named."""
MOST_SHOWN = 30
"""Lines of an error; the number of the others is told."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        number: Its number: in a file as spreadsheet programs count, so that the first one under the
            header is 2; else from 1 on.
        key: What identifies it.
        cells: The cells that are not empty, by column.
    """

    number: int
    key: str
    cells: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What an error calls it: ``row 7 (key "a12")``."""
        return f"row {self.number}" + (
            "" if self.key == str(self.number) else f' (key "{self.key}")'
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to make jobs of.

    Attributes:
        columns: The columns' names, without those that were written beside the rows.
        rows: The rows.
        key: The column that identifies them; ``None`` if their numbers do.
        file: The file that has them, if one does.
        sheet: The sheet of this file that was asked for.
        earlier: The ids of the jobs that were written beside the rows, by key.
        encoding: The encoding of this file that was given.
        guessed: The encoding by which it was read, if nothing says that it is this one.
        used: The columns that say what is sent. What is asked for has changed if their cells have.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    key: str | None
    file: Path | None
    sheet: str | None
    earlier: Mapping[str, str]
    encoding: str | None = None
    guessed: str | None = None
    used: frozenset[str] = frozenset()

    def using(self, names: Iterable[str]) -> "Table":
        """Return the table with the columns that say what is sent."""
        return replace(self, used=frozenset(names))

    @property
    def folders(self) -> list[Path]:
        """Where the files are looked for that it names."""
        beside = [self.file.parent] if self.file else []
        return [*beside, absolute(Path())]


def read_table(
    rows: Rows, key: str | None = None, sheet: str | None = None, encoding: str | None = None
) -> Table:
    """Read a table.

    Args:
        rows: The file, the DataFrame or the dicts.
        key: The column that identifies the rows; by default ``key`` or ``id``, if there is one.
        sheet: The sheet of a workbook; by default the first one.
        encoding: The encoding of a CSV; by default it is found out.

    Raises:
        BadRequest: It cannot be read, has no row, or a key is missing or not unique.
        MissingExtra: openpyxl is not installed, and it is a workbook.
    """
    if isinstance(rows, str | os.PathLike):
        path = absolute(Path(os.fspath(rows)).expanduser())
        found = read_file(read_bytes(path), path, sheet, encoding)
        guessed = found.guessed if isinstance(found, CsvFile) else None
        return replace(table_of(found, key, path, sheet), encoding=encoding, guessed=guessed)
    if encoding is not None:
        raise BadRequest(f"encoding={line(repr(encoding))} is for CSV files; this is no file")
    if sheet is not None:
        raise BadRequest(f"sheet={line(repr(sheet))} is for XLSX files; this is no file")
    header, cells = _in_memory(rows)
    return _table(header, list(range(1, len(cells) + 1)), cells, key, None, None)


def table_of(found: TableFile, key: str | None, path: Path, sheet: str | None) -> Table:
    """Return the table of a file that was read; for the arguments and errors, see `read_table`."""
    return _table(found.header, found.numbers, found.rows, key, path, sheet)


def read_bytes(path: Path) -> bytes:
    """Return a file's content; `BadRequest` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadRequest(f"{line(path)}: {error.strerror or error}") from None


def read_file(data: bytes, path: Path, sheet: str | None, encoding: str | None = None) -> TableFile:
    """Read the content of a CSV or XLSX file, which its name tells apart.

    Raises:
        BadRequest: It cannot be read.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        endings = ", ".join(KINDS)
        raise BadRequest(f"{line(path)}: a table is a file that ends with one of {endings}")
    if kind is Workbook and encoding is not None:
        raise BadRequest(f"encoding={line(repr(encoding))} is for CSV files; {path.name} is none")
    if kind is CsvFile and sheet is not None:
        raise BadRequest(f"sheet={line(repr(sheet))} is for XLSX files; {path.name} is none")
    try:
        return CsvFile(data, encoding) if kind is CsvFile else Workbook(data, sheet)
    except BadRequest as error:
        raise BadRequest(f"{line(path)}: {error}") from None


def _in_memory(rows: Any) -> tuple[list[str], list[list[Any]]]:
    if hasattr(rows, "itertuples") and hasattr(rows, "columns"):
        return [str(name) for name in rows.columns], [list(row) for row in rows.to_numpy(object)]
    if not isinstance(rows, Sequence) or not all(isinstance(row, Mapping) for row in rows):
        what = "the path of a CSV or XLSX file, a DataFrame, or a list of dicts"
        raise BadRequest(f"rows={line(type(rows).__name__)}: expected {what}")
    header = list(dict.fromkeys(str(name) for row in rows for name in row))
    return header, [[row.get(name) for name in header] for row in rows]


def _table(  # noqa: PLR0917 - the parts of a table, each once
    header: list[str],
    numbers: list[int],
    cells: list[list[Any]],
    key: str | None,
    path: Path | None,
    sheet: str | None,
) -> Table:
    where = f"{line(path)}: " if path else "rows: "
    _refuse_odd(header, numbers, cells, where)
    columns = tuple(name for name in header if name and name not in STATUS)
    column = _key_column(columns, key, where)
    named = zip(numbers, (_given(header, row) for row in cells), strict=True)
    filled = [(number, row) for number, row in named if any(name in row for name in columns)]
    if not filled:
        raise BadRequest(f"{where}there is no row under the names of the columns")
    numbers, given = [number for number, _ in filled], [row for _, row in filled]
    keys = _keys(given, numbers, column, where)
    _refuse_foreign(given, numbers, where)
    rows = [
        Row(number, key, {name: row[name] for name in columns if name in row})
        for number, key, row in zip(numbers, keys, given, strict=True)
    ]
    earlier = {
        key: as_text(row["job_id"]) for key, row in zip(keys, given, strict=True) if "job_id" in row
    }
    return Table(columns, tuple(rows), column, path, sheet, earlier)


def _given(header: list[str], cells: list[Any]) -> dict[str, Any]:
    pairs = zip(header, cells, strict=False)
    return {name: cell for name, cell in pairs if name and not is_empty(cell)}


def _refuse_odd(header: list[str], numbers: list[int], cells: list[list[Any]], where: str) -> None:
    if twice := {name for name in header if name and header.count(name) > 1}:
        raise BadRequest(f"{where}several columns are named {line(', '.join(sorted(twice)))}")
    width = len(header)
    longer = [
        number
        for number, row in zip(numbers, cells, strict=True)
        if any(not is_empty(cell) for cell in row[width:])
    ]
    if longer:
        which = line(", ".join(map(str, longer)))
        why = "a text with the separator in it needs quotes"
        raise BadRequest(f"{where}row {which} has more cells than there are columns; {why}")


def _refuse_foreign(rows: list[dict[str, Any]], numbers: list[int], where: str) -> None:
    """Raise `BadRequest` if the user has columns of his own that are named as ours."""
    for number, row in zip(numbers, rows, strict=True):
        ours = {name: as_text(row[name]).strip() for name in STATUS if name in row}
        if ours and not JOB_ID.fullmatch(ours.get("job_id", "")):
            name = "job_id" if "job_id" in ours else next(iter(ours))
        elif ours.get("job_status", "lost") not in STATES:
            name = "job_status"
        else:
            continue
        raise BadRequest(
            f"{where}row {number} has {line(repr(ours[name]))} in column {name}, into which the "
            f"state of jobs is written ({', '.join(STATUS)}), and which is not of a job here: "
            "rename your column, or empty these cells of the row"
        )


def _key_column(columns: Sequence[str], key: str | None, where: str) -> str | None:
    if key is not None and key not in columns:
        known = ", ".join(columns)
        raise BadRequest(f"{where}key={line(repr(key))}: the columns are {line(known)}")
    usual = [name for wanted in USUAL_KEYS for name in columns if normal(name) == wanted]
    return key or next(iter(usual), None)


def _keys(
    rows: list[dict[str, Any]], numbers: list[int], column: str | None, where: str
) -> list[str]:
    if column is None:
        return [str(number) for number in numbers]
    named = list(zip(numbers, rows, strict=True))
    if without := [number for number, row in named if column not in row]:
        which = line(", ".join(map(str, without)))
        raise BadRequest(f"{where}row {which} has no key in column {line(column)}")
    by_key: dict[str, list[int]] = {}
    for number, row in named:
        by_key.setdefault(as_text(row[column]).strip(), []).append(number)
    if twice := {key: found for key, found in by_key.items() if len(found) > 1}:
        which = "; ".join(f'"{key}" in rows {", ".join(map(str, n))}' for key, n in twice.items())
        raise BadRequest(f"{where}keys in column {line(column)} are not unique: {line(which)}")
    return list(by_key)


def refuse(wrong: Sequence[tuple[str, str]]) -> None:
    """Raise one `BadRequest` for all that is wrong with rows, if anything is.

    Args:
        wrong: Pairs of a row's name, and what is wrong.
    """
    if not wrong:
        return
    lines = [f"{name}: {why}" for name, why in wrong[:MOST_SHOWN]]
    if len(wrong) > MOST_SHOWN:
        lines.append(f"and {len(wrong) - MOST_SHOWN} more")
    head = f"{len(wrong)} row{'' if len(wrong) == 1 else 's'} cannot be sent; nothing was submitted"
    raise BadRequest("\n  ".join([head, *lines]), wrong)
