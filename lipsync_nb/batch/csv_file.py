"""CSV files, whose other cells stay as they are, byte for byte, when some are written."""

import codecs
import re
from collections.abc import Iterator, Mapping
from unicodedata import category

from lipsync_nb.errors import BadRequest, line

DELIMITERS = ",;\t"
"""What separates cells. That is taken of which the first line has most."""
ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Marks at the beginning of a file that tell its encoding."""
UNMARKED = ("utf-8", "gb18030")
"""Encodings of files without a mark, of which the first that fits is taken. The second is what
Excel writes in China."""
LINE_ENDS = re.compile(r"\r\n|\n|\r")
QUOTED = re.compile(r'"((?:[^"]|"")*)"')
Record = list[str]
"""The cells of a row as the file has them, with their quotes."""


class CsvFile:
    """A CSV file in memory.

    Args:
        data: The file's bytes.
        encoding: Its encoding; by default it is found out.

    Attributes:
        guessed: The encoding by which it was read, if nothing says that it is this one.
        header: The names of the columns.
        rows: The cells of each row, as texts.
        numbers: The number of each row, as spreadsheet programs count: that of the header is 1.

    Raises:
        BadRequest: It is no CSV, or its encoding is not known.
    """

    def __init__(self, data: bytes, encoding: str | None = None) -> None:
        self._mark, self._encoding, text = _decoded(data, encoding)
        is_certain = encoding or self._mark or self._encoding == UNMARKED[0]
        self.guessed = None if is_certain else self._encoding.upper()
        if self.guessed and any(category(sign) in {"Co", "Cn"} for sign in text):
            raise BadRequest(
                f'it is neither in UTF-8 nor in {self.guessed}; give encoding="…", such as '
                '"cp1252" or "big5", or save it as CSV in UTF-8'
            )
        self._delimiter = _delimiter(text)
        self._records = list(_records(text, self._delimiter))
        if not self._records:
            raise BadRequest("the table is empty; its first line is to name the columns")
        self.header = [_value(cell).strip() for cell in self._records[0][0]]
        rows = enumerate(self._records[1:], 2)
        self._given = [(number, cells) for number, (cells, _) in rows if any(map(_value, cells))]
        self.rows = [[_value(cell) for cell in cells] for _, cells in self._given]
        self.numbers = [number for number, _ in self._given]

    def with_cells(self, new: Mapping[int, Mapping[str, str | float]]) -> bytes:
        """Return the file with other cells. Columns that it does not have are added.

        Args:
            new: The cells by the row's number and the column's name.
        """
        added = dict.fromkeys(name for cells in new.values() for name in cells)
        header = self.header + [name for name in added if name not in self.header]
        written = [(self._changed(1, {name: name for name in added}, header), self._records[0][1])]
        for number, (cells, end) in enumerate(self._records[1:], 2):
            changed = self._changed(number, new[number], header) if number in new else cells
            written.append((changed, end))
        text = "".join(f"{self._delimiter.join(cells)}{end}" for cells, end in written)
        return self._mark + text.encode(self._encoding)

    def _changed(self, number: int, new: Mapping[str, str | float], header: list[str]) -> Record:
        cells = list(self._records[number - 1][0])
        if not new:
            return cells
        cells += [""] * (len(header) - len(cells))
        for name, value in new.items():
            if number > 1 or header.index(name) >= len(self.header):
                cells[header.index(name)] = self._quoted(str(value))
        return cells

    def _quoted(self, value: str) -> str:
        value = value.encode(self._encoding, "replace").decode(self._encoding)
        if any(sign in value for sign in (self._delimiter, '"', "\r", "\n")):
            return '"' + value.replace('"', '""') + '"'
        return value


def _decoded(data: bytes, given: str | None) -> tuple[bytes, str, str]:
    """Return the mark of a file, its encoding and its text."""
    if given is not None and not any(data.startswith(mark) for mark, _ in ENCODINGS):
        try:
            return b"", *_decode(data, (codecs.lookup(given).name,))
        except (LookupError, TypeError, ValueError) as error:
            if isinstance(error, BadRequest):
                raise
            raise BadRequest(f"encoding={line(repr(given))} is not known") from None
    for mark, encoding in ENCODINGS:
        if data.startswith(mark):
            return mark, encoding, _decode(data.removeprefix(mark), (encoding,))[1]
    if b"\0" in data:
        raise BadRequest("this is no CSV that can be read; save it as CSV in UTF-8")
    return b"", *_decode(data, UNMARKED)


def _decode(data: bytes, encodings: tuple[str, ...]) -> tuple[str, str]:
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.encode(encoding) == data:
            return encoding, text
    raise BadRequest(f"its encoding is not {' or '.join(encodings)}; save it as CSV in UTF-8")


def _delimiter(text: str) -> str:
    unquoted = re.sub(r'"(?:[^"]|"")*"', "", text)
    first = LINE_ENDS.split(unquoted.lstrip("\r\n"), maxsplit=1)[0]
    return max(DELIMITERS, key=first.count)


def _records(text: str, delimiter: str) -> Iterator[tuple[Record, str]]:
    """Yield the cells of each row, as they are written, and the end of its line."""
    cell = re.compile(
        rf'(?P<cell>"(?:[^"]|"")*"[^{delimiter}\r\n]*|(?!")[^{delimiter}\r\n]*)'
        rf"(?P<end>{delimiter}|\r\n|\n|\r|\Z)"
    )
    place, cells = 0, list[str]()
    while place < len(text) or cells:
        found = cell.match(text, place)
        if found is None:
            raise BadRequest("a cell begins with a quote that nothing closes; close it")
        cells.append(found["cell"])
        place = found.end()
        if found["end"] != delimiter:
            yield cells, found["end"]
            cells = []


def _value(cell: str) -> str:
    """Return what a cell says."""
    if not cell.startswith('"'):
        return cell
    quoted = QUOTED.match(cell)
    assert quoted is not None  # noqa: S101 - see `_records`
    return quoted[1].replace('""', '"') + cell[quoted.end() :]
