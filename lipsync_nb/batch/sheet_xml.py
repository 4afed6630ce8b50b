"""The XML of a sheet of an XLSX file, in which some cells are replaced, and nothing else.

Programs that read a workbook and save it again lose what they do not know, such as charts, and the
values of formulas. So cells are put into the XML itself. ECMA-376, part 1, 18.3.1 describes it.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from lipsync_nb.errors import BadRequest

TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")
DECLARED = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']""")
"""The encoding that XML says it has."""
UNKNOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML does not have."""
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""What spreadsheet programs would take for a character that is written by its number."""
SPANS = re.compile(rb"""\sspans=("[^"]*"|'[^']*')""")
LETTERS = 26


@dataclass(slots=True)
class Cell:
    """A cell in the XML: its column, counted from 1, and its bytes' range."""

    column: int
    start: int
    end: int = 0
    style: str | None = None
    kind: str | None = None
    has_formula: bool = False
    value: str = ""


@dataclass(slots=True)
class SheetRow:
    """A row in the XML: its tag, the range of its bytes, and its cells."""

    number: int
    start: int
    start_end: int
    close: int = 0
    cells: list[Cell] = field(default_factory=list)


class SheetXml:
    """The XML of a sheet.

    Args:
        data: Its bytes, in UTF-8.

    Raises:
        BadRequest: It is no sheet, or in another encoding.
    """

    def __init__(self, data: bytes) -> None:
        _refuse_other_encoding(data)
        self._data = data
        self.rows: dict[int, SheetRow] = {}
        self._dimension: tuple[int, int] | None = None
        self._open: list[str] = []
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._starts
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says
        try:
            parser.Parse(data, True)
        except (expat.ExpatError, ValueError) as error:
            raise BadRequest(f"its XML cannot be read ({error})") from None

    def formulas_without_value(self) -> list[str]:
        """Return the names of the cells whose formula was never computed, such as ``"B7"``."""
        return [
            f"{letters(cell.column)}{number}"
            for number, row in self.rows.items()
            for cell in row.cells
            if cell.has_formula and not cell.value and cell.kind != "str"
        ]

    def with_cells(self, new: Mapping[int, Mapping[int, str | float]]) -> bytes:
        """Return the XML with other cells, by the row's number and the column's, from 1 on."""
        changes = [self._widened(new)] if self._dimension and new else []
        for number, cells in new.items():
            changes += self._changes(self.rows[number], cells) if cells else []
        parts, place = [], 0
        for start, end, text in sorted(changes):
            parts += [self._data[place:start], text]
            place = end
        return b"".join([*parts, self._data[place:]])

    def _changes(
        self, row: SheetRow, new: Mapping[int, str | float]
    ) -> list[tuple[int, int, bytes]]:
        """Return what is put where, as the ranges of bytes that it replaces."""
        tag = self._data[row.start : row.start_end]
        prefix = tag[1:].partition(b"row")[0].decode()
        known = {cell.column: cell for cell in row.cells}
        changes: list[tuple[int, int, bytes]] = []
        added: dict[int, bytes] = {}
        for column, value in sorted(new.items()):
            old = known.get(column)
            text = _cell(prefix, column, row.number, value, old.style if old else None).encode()
            if old is not None:
                changes.append((old.start, old.end, text))
                continue
            later = (cell.start for cell in row.cells if cell.column > column)
            place = min(later, default=row.close)
            added[place] = added.get(place, b"") + text
        if tag.endswith(b"/>"):  # an empty row
            text = b"".join([tag[:-2], b">", *added.values(), f"</{prefix}row>".encode()])
            return [(row.start, row.start_end, text)]
        changes += [(place, place, text) for place, text in added.items()]
        spans = SPANS.search(tag)
        if spans is not None:  # a hint, which is wrong now
            changes.append((row.start + spans.start(), row.start + spans.end(), b""))
        return changes

    def _widened(self, new: Mapping[int, Mapping[int, str | float]]) -> tuple[int, int, bytes]:
        assert self._dimension is not None  # noqa: S101 - see the caller
        start, end = self._dimension
        last = max((column for cells in new.values() for column in cells), default=1)
        columns = [cell.column for row in self.rows.values() for cell in row.cells]
        area = f"A1:{letters(max([last, *columns]))}{max(self.rows)}"
        tag = self._data[start:end]
        return start, end, re.sub(rb"ref=(\"[^\"]*\"|'[^']*')", f'ref="{area}"'.encode(), tag)

    def _starts(self, full: str, attributes: Mapping[str, str]) -> None:
        name = full.rpartition(":")[2]
        self._open.append(name)
        start = self._parser.CurrentByteIndex
        if name == "dimension":
            self._dimension = start, self._tag_end(start)
        elif self._open[-2:] == ["sheetData", "row"]:
            number = int(attributes.get("r", max(self.rows, default=0) + 1))
            end = self._tag_end(start)
            self.rows[number] = SheetRow(number, start, end, close=end)
        elif self._open[-3:] == ["sheetData", "row", "c"]:
            cells = self._row.cells
            before = cells[-1].column if cells else 0
            column = column_of(attributes["r"]) if "r" in attributes else before + 1
            cell = Cell(column, start, style=attributes.get("s"), kind=attributes.get("t"))
            cells.append(cell)
        elif self._open[-3:] == ["row", "c", "f"]:
            self._row.cells[-1].has_formula = True

    def _ends(self, full: str) -> None:
        place = self._open[-3:]
        self._open.pop()
        index = self._parser.CurrentByteIndex
        if place[-2:] == ["sheetData", "row"] and self._data[index : index + 2] == b"</":
            self._row.close = index
        elif place == ["sheetData", "row", "c"]:
            cell = self._row.cells[-1]
            first = self._tag_end(cell.start)
            is_short = self._data[first - 2 : first] == b"/>"
            cell.end = first if is_short else index + len(f"</{full}>")

    def _says(self, text: str) -> None:
        if self._open[-3:] == ["row", "c", "v"]:
            self._row.cells[-1].value += text

    @property
    def _row(self) -> SheetRow:
        return next(reversed(self.rows.values()))

    def _tag_end(self, start: int) -> int:
        found = TAG.match(self._data, start)
        assert found is not None  # noqa: S101 - it was parsed
        return found.end()


def _refuse_other_encoding(data: bytes) -> None:
    """Raise `BadRequest` if XML is not in UTF-8, in which cells are written."""
    declared = DECLARED.match(data.removeprefix(codecs.BOM_UTF8))
    try:
        data.decode("utf-8")
        named = declared[1].decode("ascii").casefold() if declared else "utf-8"
    except UnicodeDecodeError:
        named = ""
    if b"\0" in data or named not in {"utf-8", "us-ascii"}:
        raise BadRequest("its XML is not in UTF-8; save it in a spreadsheet program first")


def _cell(prefix: str, column: int, row: int, value: str | float, style: str | None) -> str:
    place = f'{prefix}c r="{letters(column)}{row}"' + (f' s="{style}"' if style else "")
    if value == "":
        return f"<{place}/>"
    if isinstance(value, int | float):
        return f"<{place}><{prefix}v>{value!r}</{prefix}v></{prefix}c>"
    text = escape(ESCAPED.sub("_x005F_", UNKNOWN.sub("\N{REPLACEMENT CHARACTER}", value)))
    inner = f'<{prefix}t xml:space="preserve">{text}</{prefix}t>'
    return f'<{place} t="inlineStr"><{prefix}is>{inner}</{prefix}is></{prefix}c>'


def letters(column: int) -> str:
    """Return the name of a column that is counted from 1: "A", "Z", "AA"."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, LETTERS)
        name = chr(ord("A") + rest) + name
    return name


def column_of(place: str) -> int:
    """Return the column of a cell's name, counted from 1: 2 of ``"B7"``."""
    number = 0
    for letter in re.sub(r"[^A-Z]", "", place.upper()):
        number = LETTERS * number + ord(letter) - ord("A") + 1
    return number


def attribute(attributes: Mapping[str, Any], name: str) -> str | None:
    """Return an attribute by its name without the prefix, such as ``id`` of ``r:id``."""
    return next((v for k, v in attributes.items() if k.rpartition(":")[2] == name), None)
