"""Workbooks are read by their values, and written without the loss of anything else."""

import io
import re
import zipfile

import openpyxl
import pytest
from batch.tables import sheet_of, workbook_of
from openpyxl.chart import BarChart, Reference

import lipsync_nb as ls
from lipsync_nb.batch.sheet_xml import SheetXml, column_of, letters
from lipsync_nb.batch.table import read_table
from lipsync_nb.batch.workbook import Workbook

SHEET = "xl/worksheets/sheet1.xml"
ROWS = [["id", "text", None], [1.0, "Hello"], [None, None], ["007", "你好 & <b>", 2.5]]


def parts(data):
    """Return the parts of a file."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def stored(path, formula, value):
    """Store the value of a formula, as Excel does."""
    content = parts(path.read_bytes())
    tag = f"<f>{formula}</f>"
    content[SHEET] = (
        content[SHEET]
        .replace(f"{tag}<v />".encode(), f"{tag}<v>{value}</v>".encode())
        .replace(f"{tag}<v></v>".encode(), f"{tag}<v>{value}</v>".encode())
    )
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in content.items():
            packed.writestr(name, data)


def test_only_the_sheet_is_written_and_only_our_cells(tmp_path):
    """Charts, styles and other sheets are the same bytes, and so are the sheet's other cells."""
    data = workbook_of(tmp_path / "rows.xlsx", ROWS).read_bytes()
    book = Workbook(data)

    new = book.with_cells({2: {"job_id": "a<b", "job_cost": 1.5}, 4: {"job_id": "=1"}})

    before, after = parts(data), parts(new)
    assert {name for name in before if before[name] != after[name]} == {SHEET}
    assert any("chart" in name for name in after)
    (tmp_path / "new.xlsx").write_bytes(new)
    assert sheet_of(tmp_path / "new.xlsx") == [
        ["id", "text", None, "job_id", "job_cost"],
        [1, "Hello", None, "a<b", 1.5],
        [None, None, None, None, None],
        ["007", "你好 & <b>", 2.5, "=1", None],
    ]
    assert Workbook(new).rows[0][:2] == [1, "Hello"]
    assert Workbook(new).with_cells({2: {"job_id": "a<b", "job_cost": 1.5}}) == new


def test_rows_have_the_numbers_that_people_see(tmp_path):
    """Empty rows are left out. A column without a name, but with cells, is a column."""
    book = Workbook(workbook_of(tmp_path / "rows.xlsx", ROWS).read_bytes())

    assert (book.header, book.numbers) == (["id", "text", ""], [2, 4])


def test_another_sheet_is_read_by_its_name(tmp_path):
    """And a wrong name is an error that lists the sheets."""
    data = workbook_of(tmp_path / "rows.xlsx", ROWS).read_bytes()

    with pytest.raises(ls.BadRequest, match="the sheets are Sheet, Sums"):
        Workbook(data, "Summs")
    with pytest.raises(ls.BadRequest, match="formulas in C1; open the file in Excel"):
        Workbook(data, "Sums")


def test_a_formula_counts_by_the_value_that_is_stored(tmp_path):
    """Which is kept when cells are written, so that the file can be read again."""
    path = workbook_of(tmp_path / "rows.xlsx", [["id", "text"], [1, "=CONCAT(A2)"]])
    with pytest.raises(ls.BadRequest, match="no value is stored for the formulas in B2"):
        Workbook(path.read_bytes())
    stored(path, "CONCAT(A2)", "12")

    new = Workbook(path.read_bytes()).with_cells({2: {"job_id": "x"}})

    assert Workbook(new).rows == [[1, 12, "x"]]
    assert openpyxl.load_workbook(io.BytesIO(new)).active["B2"].value == "=CONCAT(A2)"


@pytest.mark.parametrize(
    "xml",
    [
        '<sheetData><row r="1" spans="1:2"><c r="A1"/><c r="C1" s="3"/></row></sheetData>',
        "<sheetData><row><c/><c/><c/></row></sheetData>",
        '<x:sheetData xmlns:x="u"><x:row r="1"><x:c r="A1" t="a>b"/></x:row></x:sheetData>',
        '<sheetData><row r="1"/><row r="2"/></sheetData>',
        '<sheetData><row r="1"><c r="A1"><v>1</v></c ></row></sheetData>',
        '<a><sheetData><row r="1"><c r="A1"/></row></sheetData><from><x:row>7</x:row></from></a>',
        '\ufeff<?xml version="1.0"?><!-- é --><sheetData><row r="1"><c r="A1"/></row></sheetData>',
    ],
)
def test_cells_are_put_in_order_into_whatever_a_program_has_written(xml):
    """Short tags, prefixes, missing names, styles of empty cells, wrong hints."""
    changed = SheetXml(xml.encode()).with_cells({1: {2: "b", 3: 4}})

    (row, *_) = SheetXml(changed).rows.values()
    columns = [cell.column for cell in row.cells]
    assert columns == sorted(set(columns))
    assert {2, 3} <= set(columns)
    assert b"spans" not in changed
    assert [cell.style for cell in row.cells if cell.column == 3] == ["3" if "s=" in xml else None]
    assert [cell.value for cell in row.cells if cell.column == 3] == ["4"]


def test_columns_have_names_as_in_spreadsheets():
    """All of the first thousand."""
    assert [letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_of(f"{letters(n)}7") == n for n in range(1, 1000))


@pytest.mark.parametrize("data", [b"", b"PK", bytes.fromhex("d0cf11e0a1b11ae1"), b"id,text"])
def test_what_is_no_workbook_is_refused(data):
    """With the remedy."""
    with pytest.raises(ls.BadRequest, match="save it"):
        Workbook(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "iso-8859-1"])
def test_a_sheet_in_another_encoding_is_refused(tmp_path, encoding):
    """As cells are written in UTF-8: the workbook would be destroyed."""
    path = workbook_of(tmp_path / "rows.xlsx", [["id", "text"], ["a", "Hello"]])
    content = parts(path.read_bytes())
    body = re.sub(r"^<\?xml[^>]*\?>", "", content[SHEET].decode())
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-le")}"?>'
    content[SHEET] = (head + body).encode(encoding)
    with zipfile.ZipFile(path, "w") as new:
        for part, data in content.items():
            new.writestr(part, data)

    with pytest.raises(ls.BadRequest, match=r"not in UTF-8|cannot be read"):
        read_table(path)


def test_a_sheet_without_room_for_the_state_is_refused(tmp_path):
    """No program could open it with more columns."""
    path = workbook_of(tmp_path / "rows.xlsx", [["id", "text"], ["a", "Hello"]])
    book = openpyxl.load_workbook(path)
    book.active.cell(1, 16_380, "last")
    book.save(path)

    with pytest.raises(ls.BadRequest, match="16,378 leave room"):
        read_table(path)


def test_the_first_sheet_with_cells_that_is_shown_is_read(tmp_path):
    """Not a hidden one, and no chart."""
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.active.append(["hidden"])
    chart = BarChart()
    chart.add_data(Reference(book.active, min_col=1, max_col=1, min_row=1))
    book.create_chartsheet("Chart", 0).add_chart(chart)
    shown = book.create_sheet("Shown")
    for row in (["id"], ["a"]):
        shown.append(row)
    book.active = shown
    book.save(tmp_path / "rows.xlsx")

    found = Workbook((tmp_path / "rows.xlsx").read_bytes())

    assert (found.sheet, found.rows) == ("Shown", [["a"]])
    with pytest.raises(ls.BadRequest, match="sheet=Chart: the sheets are"):
        Workbook((tmp_path / "rows.xlsx").read_bytes(), "Chart")
