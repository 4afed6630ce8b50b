"""The state is written without the loss of anything that the user has written meanwhile."""

import os
from pathlib import Path

import pytest
from batch.tables import csv_of, sheet_of, workbook_of

import lipsync_nb as ls
from lipsync_nb.batch.status_file import StatusFile
from lipsync_nb.batch.table import STATUS, read_table

LINES = ["id,text", "a,Hello", "b,Bye"]


def status(keys, **cells):
    """Return the same state for several keys."""
    state = dict.fromkeys(STATUS, "") | {"job_status": "queued"} | cells
    return {key: {**state, "job_id": id_of(key)} for key in keys}


def id_of(key):
    """Return the id of a row's job."""
    return f"{ord(key):016x}"


def file_of(path: Path, key: str | None = None) -> StatusFile:
    """Return what writes the state to a table as it is now."""
    return StatusFile(read_table(path, key).using(["text"]))


def beside(path: Path) -> list[str]:
    """Return the names of the other files in a table's folder."""
    return sorted(each.name for each in path.parent.iterdir() if each != path)


@pytest.fixture
def table(tmp_path):
    """A CSV with two rows."""
    return csv_of(tmp_path / "rows.csv", LINES)


def test_what_the_user_has_changed_meanwhile_is_kept(table):
    """Other cells, other rows, another order, another delimiter: the keys tell which row it is."""
    file = file_of(table)
    file.write(lambda: status("ab", job_status="queued"))
    csv_of(table, ["text;id;Note", "New;c;", "Bye;b;mine", "Hello;a;"])

    file.write(lambda: status("ab", job_status="running"))

    assert table.read_text("utf-8-sig").splitlines() == [
        "text;id;Note;job_id;job_status;job_cost;job_cost_unit;job_path;job_error",
        "New;c;",
        f"Bye;b;mine;{id_of('b')};running;;;;",
        f"Hello;a;;{id_of('a')};running;;;;",
    ]
    assert beside(table) == []


def test_a_row_without_a_key_must_be_as_it_was(table, capfd):
    """Otherwise a row that was put in would get the state of another one."""
    csv_of(table, ["text", "Hello", "Bye"])
    file = file_of(table)
    csv_of(table, ["text", "First", "Bye"])

    file.write(lambda: status("23"))
    file.write(lambda: status("23"))

    assert table.read_text("utf-8-sig").splitlines()[1:] == [
        "First",
        f"Bye,{id_of('3')},queued,,,,",
    ]
    assert (table.parent / "rows.status.csv").read_text("utf-8-sig").splitlines()[1:] == [
        f"2,{id_of('2')},queued,,,,"
    ]
    assert capfd.readouterr().err.count("rows that were changed or removed: 1") == 1


@pytest.mark.parametrize("lock", ["~$rows.xlsx", ".~lock.rows.xlsx#"])
def test_a_file_that_is_open_elsewhere_is_left_alone(tmp_path, lock, capfd):
    """Its state is beside it, and in it once it is closed: then the other file is gone."""
    table = workbook_of(tmp_path / "rows.xlsx", [["id", "text"], ["a", "Hello"]])
    file, before = file_of(table), table.read_bytes()
    (tmp_path / lock).write_bytes(b"")

    file.write(lambda: status("a", job_error="=1"))
    during = table.read_bytes(), beside(table)
    (tmp_path / lock).unlink()
    file.write(lambda: status("a"))

    assert during == (before, sorted([lock, "rows.status.csv"]))
    assert "is open in another program; the state of the jobs is in" in capfd.readouterr().err
    assert beside(table) == []
    assert sheet_of(table)[1][:3] == ["a", "Hello", id_of("a")]


def test_a_file_of_the_user_is_not_taken_for_ours(table):
    """Another name is chosen."""
    theirs = table.with_name("rows.status.csv")
    theirs.write_text("mine")
    file = file_of(table)
    table.write_bytes(b"\0")

    file.write(lambda: status("a"))

    assert (theirs.read_text(), table.read_bytes()) == ("mine", b"\0")
    assert beside(table) == ["rows.status-2.csv", "rows.status.csv"]


def test_a_file_that_is_gone_is_not_made_again(table):
    """The state is beside where it was."""
    file = file_of(table)
    table.unlink()

    file.write(lambda: status("a"))

    assert beside(table) == ["rows.status.csv"]


def test_nothing_is_written_if_nothing_is_new(table):
    """So that other programs do not ask whether to read it again."""
    file = file_of(table)
    file.write(lambda: status("ab"))
    before = table.stat()

    file.write(lambda: status("ab"))

    assert (table.stat().st_ino, table.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither such links nor such modes")
def test_links_and_modes_stay(table, tmp_path):
    """The file that a link leads to is written, with its mode."""
    table.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(table)

    file_of(link).write(lambda: status("ab"))

    assert link.is_symlink()
    assert table.stat().st_mode & 0o777 == 0o640
    assert id_of("a") in table.read_text("utf-8-sig")


def test_columns_of_an_earlier_run_are_no_input(table):
    """They are read as the ids of the jobs that the rows had."""
    file_of(table).write(lambda: status("ab"))

    again = read_table(table)

    assert again.columns == ("id", "text")
    assert again.earlier == {key: id_of(key) for key in "ab"}
    with pytest.raises(ls.BadRequest, match="key='job_id'"):
        read_table(table, "job_id")


def test_a_row_whose_request_was_changed_is_left_alone(table, capfd):
    """What was made is not what it asks for now. That is told, and the state is elsewhere."""
    file = file_of(table)
    file.write(lambda: status("ab"))
    table.write_bytes(table.read_bytes().replace(b"Hello", b"Hullo"))

    file.write(lambda: status("ab", job_status="succeeded"))

    assert table.read_text("utf-8-sig").splitlines()[1:] == [
        f"a,Hullo,{id_of('a')},queued,,,,",
        f"b,Bye,{id_of('b')},succeeded,,,,",
    ]
    assert "rows that were changed or removed: 1" in capfd.readouterr().err
    assert beside(table) == ["rows.status.csv"]


def test_the_id_of_another_job_is_not_written_over(table):
    """Such as one of another ledger."""
    file = file_of(table)
    csv_of(table, ["id,text,job_id", "a,Hello,00000000000000ff", "b,Bye,"])

    file.write(lambda: status("ab"))

    assert table.read_text("utf-8-sig").splitlines()[1:] == [
        "a,Hello,00000000000000ff",
        f"b,Bye,{id_of('b')},queued,,,,",
    ]


def test_the_newest_writer_of_a_file_writes_it(table):
    """Also over the ids of those before it, whose file beside the table it removes."""
    first = file_of(table)
    lock = table.with_name(".~lock.rows.csv#")
    lock.write_bytes(b"")
    first.write(lambda: status("ab"))
    lock.unlink()
    second = file_of(table)

    second.write(lambda: status("ab", job_status="running"))
    first.write(lambda: status("ab", job_status="failed"))

    assert first.is_superseded
    assert not second.is_superseded
    assert table.read_text("utf-8-sig").count("running") == 2
    assert beside(table) == []


def test_a_file_that_is_written_at_the_same_moment_is_read_again(table):
    """And the state is put into what it has then."""
    file = file_of(table)
    written = iter([b"\xef\xbb\xbfid,text\r\na,Hello\r\nb,Bye\r\nc,New\r\n"])

    class Racing(type(file)):
        def _replace(self, old, new):
            for data in written:
                self._path.write_bytes(data)
            super()._replace(old, new)

    file.__class__ = Racing
    file.write(lambda: status("ab"))

    assert table.read_text("utf-8-sig").count("queued") == 2
    assert "c,New" in table.read_text("utf-8-sig")
    assert beside(table) == []


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("job_id", "CAMPAIGN-7"),
        ("job_status", "open"),
        ("job_id,job_status", "00000000000000ff,open"),
        ("job_error", "mine"),
    ],
)
def test_columns_of_the_user_that_are_named_as_ours_are_refused(table, head, row):
    """Before anything is sent, and with what to do."""
    csv_of(table, [f"id,text,{head}", f"a,Hello,{row}"])

    with pytest.raises(ls.BadRequest, match=r"row 2 has .* rename your column"):
        read_table(table)
