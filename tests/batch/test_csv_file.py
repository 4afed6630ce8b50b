"""CSV files are read as they are written in the world, and changed only where they are to be."""

import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.batch.csv_file import CsvFile

HEADER = ["id", "text", "Bemerkung"]
OURS = ["job_id", "job_status"]
CODES = {
    "utf-8": b"",
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
letters = st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufeff")
cell = st.one_of(st.text(letters, max_size=6), st.text('",;\t\r\n a', max_size=6))
tables = st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=5)


def written(rows, delimiter, end, *, quote_all):
    """Return rows as a CSV, with quotes where they are needed, or everywhere."""

    def quoted(value):
        needed = quote_all or any(sign in value for sign in f'{delimiter}"\r\n')
        return '"' + value.replace('"', '""') + '"' if needed else value

    return end.join(delimiter.join(map(quoted, row)) for row in rows)


@given(
    rows=tables,
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\r\n", "\n"]),
    code=st.sampled_from(sorted(CODES)),
    quote_all=st.booleans(),
    ends=st.booleans(),
)
def test_a_file_written_back_differs_only_in_our_columns(rows, delimiter, end, code, **style):
    """Whatever its cells, delimiter, encoding, quotes and line ends: without ours, it is itself."""
    text = written([HEADER, *rows], delimiter, end, quote_all=style["quote_all"])
    text += end if style["ends"] else ""
    encoding = code.removesuffix("-sig")
    data = CODES[code] + text.encode(encoding)
    file = CsvFile(data)
    filled = [(2 + n, list(row)) for n, row in enumerate(rows) if any(row)]
    new = {number: {"job_id": f"j{delimiter}{number}", "job_status": 'a"b'} for number, _ in filled}

    changed = file.with_cells(new)

    assert (file.header, file.rows, file.numbers) == (
        HEADER,
        [row for _, row in filled],
        [number for number, _ in filled],
    )
    again = changed.removeprefix(CODES[code]).decode(encoding)
    read = list(csv.reader(io.StringIO(again, newline=""), delimiter=delimiter))
    if new:
        assert read[0] == HEADER + OURS
    for number, row in filled:
        assert read[number - 1] == [*row, f"j{delimiter}{number}", 'a"b']
        own = f'{delimiter}"j{delimiter}{number}"{delimiter}"a""b"'
        again = again.replace(own, "", 1)
    assert (
        CODES[code] + again.replace(delimiter + delimiter.join(OURS), "").encode(encoding) == data
    )
    assert CsvFile(changed).with_cells(new) == changed


@given(st.binary(max_size=60))
def test_any_bytes_are_a_table_or_a_refusal(data):
    """Nothing else is raised, and nothing is changed by writing no cells."""
    try:
        file = CsvFile(data)
    except ls.BadRequest:
        return

    assert file.with_cells({}) == data


@pytest.mark.parametrize("text", ["文本;备注\n联通你好;一\n", "文本,备注\n“你好”,二\n"])
def test_what_excel_writes_in_china_is_read(text):
    """GB18030, and written back in it."""
    file = CsvFile(text.encode("gb18030"))

    changed = file.with_cells({2: {"job_error": "余额不足"}})

    assert file.header == ["文本", "备注"]
    assert changed.decode("gb18030").splitlines()[1].endswith("余额不足")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04\x00\x00", "no CSV"),
        (b"caf\xe9;x\n", "save it as CSV in UTF-8"),
        (b'id,text\n1,"never closed\n2,x\n', "quote that nothing closes"),
    ],
)
def test_what_is_no_csv_is_refused(data, why):
    """With the remedy."""
    with pytest.raises(ls.BadRequest, match=why):
        CsvFile(data)


def test_a_second_status_takes_the_place_of_the_first():
    """Also with line breaks within cells, and with the user's columns after ours."""
    data = b'id,job_status,note\r\n1,queued,"a\r\nb"\r\n2,queued,c\r\n'

    changed = CsvFile(data).with_cells({2: {"job_status": "succeeded"}})

    assert changed == b'id,job_status,note\r\n1,succeeded,"a\r\nb"\r\n2,queued,c\r\n'


def test_an_encoding_that_nothing_says_is_a_guess():
    """Texts of other encodings look like Chinese, so that somebody must look at them."""
    data = "id;text\n1;Müller möchte\n".encode("cp1252")

    assert CsvFile(data).guessed == "GB18030"
    assert CsvFile(data, "cp1252").guessed is None
    assert CsvFile(data, "cp1252").rows == [["1", "Müller möchte"]]
    with pytest.raises(ls.BadRequest, match="is not known"):
        CsvFile(data, "no such")


def test_characters_that_nobody_writes_are_refused():
    """Private ones: the file is in another encoding."""
    with pytest.raises(ls.BadRequest, match="give encoding="):
        CsvFile("text\n中\ue000\n".encode("gb18030"))
