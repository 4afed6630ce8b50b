"""XLSX files: one sheet is a table, of which cells are written; all else stays as it is."""

import io
import posixpath
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from xml.parsers import expat

from lipsync_nb.batch.cells import as_text
from lipsync_nb.batch.sheet_xml import SheetXml, attribute
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.extras import require

BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
"""The parts of the file that list the sheets, and where each is."""
MOST_COLUMNS = 16_384 - 6
"""Columns of a sheet, of which there are 16,384 at most: six are for the state of the jobs."""
WORKSHEET = "/worksheet"
"""How the type of a sheet ends that has cells, and is no chart."""
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""The first bytes of .xls files, and of workbooks with a password."""


class Workbook:
    """A workbook in memory.

    Args:
        data: The file's bytes.
        sheet: The sheet's name; by default the first one that is shown.

    Attributes:
        header: The names of the columns; ``""`` for one that has none, but cells.
        rows: The cells of each row: texts, numbers, times; ``None`` if they are empty.
        numbers: The number of each row in the sheet.

    Raises:
        BadRequest: It is no such workbook, has no such sheet, or a formula has no value.
        MissingExtra: openpyxl is not installed.
    """

    def __init__(self, data: bytes, sheet: str | None = None) -> None:
        require("batch", "reading an XLSX file")
        self._data = data
        if data.startswith(OLE):
            raise BadRequest("it is an .xls file or has a password; save it as .xlsx without one")
        try:
            self._part, self.sheet = _part_of(data, sheet)
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                self._xml = SheetXml(packed.read(self._part))
        except (zipfile.BadZipFile, KeyError, expat.ExpatError) as error:
            raise BadRequest(f"it cannot be read as a workbook ({error}); save it again") from None
        if without := self._xml.formulas_without_value():
            raise BadRequest(
                f"sheet {line(self.sheet)}: no value is stored for the formulas in "
                f"{line(', '.join(without))}; open the file in Excel and save it"
            )
        cells = _values(data, self.sheet)
        width = max(
            (n for row in cells for n, value in enumerate(row, 1) if _is_given(value)), default=0
        )
        if width > MOST_COLUMNS:
            raise BadRequest(
                f"sheet {line(self.sheet)} has {width:,} columns; at most {MOST_COLUMNS:,} leave "
                "room for the state of the jobs: delete cells that are not needed"
            )
        self.header = [as_text(name or "").strip() for name in cells[0][:width]] if cells else []
        if not any(self.header):
            raise BadRequest(f"sheet {line(self.sheet)}: its first row is to name the columns")
        given = [
            (number, row) for number, row in enumerate(cells[1:], 2) if any(map(_is_given, row))
        ]
        self.rows = [row for _, row in given]
        self.numbers = [number for number, _ in given]

    def with_cells(self, new: Mapping[int, Mapping[str, str | float]]) -> bytes:
        """Return the file with other cells. Columns that it does not have are added.

        Args:
            new: The cells by the row's number and the column's name.
        """
        added = dict.fromkeys(name for cells in new.values() for name in cells)
        header = self.header + [name for name in added if name not in self.header]
        place = {name: number for number, name in enumerate(header, 1)}
        cells: dict[int, dict[int, str | float]] = {
            1: {place[name]: name for name in header[len(self.header) :]}
        }
        cells |= {row: {place[name]: v for name, v in of.items()} for row, of in new.items()}
        return self._with_part(self._xml.with_cells(cells))

    def _with_part(self, xml: bytes) -> bytes:
        written = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(self._data)) as old,
            zipfile.ZipFile(written, "w") as new,
        ):
            for entry in old.infolist():
                new.writestr(entry, xml if entry.filename == self._part else old.read(entry))
            new.comment = old.comment
        return written.getvalue()


def _is_given(value: Any) -> bool:
    return value not in (None, "")


def _values(data: bytes, sheet: str) -> list[list[Any]]:
    import openpyxl  # noqa: PLC0415 - optional, and slow to import

    try:
        with warnings.catch_warnings():  # of what would be lost if openpyxl saved the file
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        rows = [list(row) for row in book[sheet].iter_rows()]
    except Exception as error:  # noqa: BLE001 - a damaged part raises whatever it meets
        why = f"{type(error).__name__}: {error}"
        raise BadRequest(f"it cannot be read as a workbook ({line(why)}); save it again") from None
    return [[cell.value for cell in row] for row in rows]


def _part_of(data: bytes, wanted: str | None) -> tuple[str, str]:
    """Return the part of a file that has a sheet, and the sheet's name."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        book, relations = packed.read(BOOK), packed.read(RELATIONS)
    targets = {
        each.get("Id"): each["Target"]
        for each in _elements(relations, "Relationship")
        if each.get("Type", WORKSHEET).endswith(WORKSHEET)
    }
    found = [each for each in _elements(book, "sheet") if attribute(each, "id") in targets]
    sheets = {each["name"]: attribute(each, "id") for each in found}
    shown = [each["name"] for each in found if each.get("state", "visible") == "visible"]
    if not sheets or (wanted is None and not shown):
        raise BadRequest("the workbook has no sheet with cells that is shown")
    name = shown[0] if wanted is None else wanted
    if name not in sheets:
        raise BadRequest(f"sheet={line(name)}: the sheets are {line(', '.join(sheets))}")
    target = targets.get(sheets[name], "")
    path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
    return posixpath.normpath(path), name


def _elements(xml: bytes, wanted: str) -> Iterator[dict[str, str]]:
    found: list[dict[str, str]] = []

    def starts(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == wanted:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = starts
    parser.Parse(xml, True)
    return iter(found)
