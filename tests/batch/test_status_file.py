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
    return {key: {**dict.fromkeys(STATUS, ""), "job_id": f"j{key}", **cells} for key in keys}


def file_of(path: Path, key: str | None = None) -> StatusFile:
    """Return what writes the state to a table as it is now."""
    return StatusFile(read_table(path, key))


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
    file.write(status("ab", job_status="queued"))
    csv_of(table, ["text;id;Note", "New;c;", "Bye!;b;mine", "Hello!;a;"])

    file.write(status("ab", job_status="running"))

    assert table.read_text("utf-8-sig").splitlines() == [
        "text;id;Note;job_id;job_status;job_cost;job_cost_unit;job_path;job_error",
        "New;c;",
        "Bye!;b;mine;jb;running;;;;",
        "Hello!;a;;ja;running;;;;",
    ]
    assert beside(table) == []


def test_a_row_without_a_key_must_be_as_it_was(table, capfd):
    """Otherwise a row that was put in would get the state of another one."""
    csv_of(table, ["text", "Hello", "Bye"])
    file = file_of(table)
    csv_of(table, ["text", "First", "Bye"])

    file.write(status("23"))
    file.write(status("23"))

    assert table.read_text("utf-8-sig").splitlines()[1:] == ["First", "Bye,j3,,,,,"]
    assert (table.parent / "rows.status.csv").read_text("utf-8-sig").splitlines()[1:] == [
        "2,j2,,,,,"
    ]
    assert capfd.readouterr().err.count("rows that were changed or removed: 1") == 1


@pytest.mark.parametrize("lock", ["~$rows.xlsx", ".~lock.rows.xlsx#"])
def test_a_file_that_is_open_elsewhere_is_left_alone(tmp_path, lock, capfd):
    """Its state is beside it, and in it once it is closed: then the other file is gone."""
    table = workbook_of(tmp_path / "rows.xlsx", [["id", "text"], ["a", "Hello"]])
    file, before = file_of(table), table.read_bytes()
    (tmp_path / lock).write_bytes(b"")

    file.write(status("a", job_error="=1"))
    during = table.read_bytes(), beside(table)
    (tmp_path / lock).unlink()
    file.write(status("a"))

    assert during == (before, sorted([lock, "rows.status.csv"]))
    assert "is open in another program; the state of the jobs is in" in capfd.readouterr().err
    assert beside(table) == []
    assert sheet_of(table)[1][:3] == ["a", "Hello", "ja"]


def test_a_file_of_the_user_is_not_taken_for_ours(table):
    """Another name is chosen."""
    theirs = table.with_name("rows.status.csv")
    theirs.write_text("mine")
    file = file_of(table)
    table.write_bytes(b"\0")

    file.write(status("a"))

    assert (theirs.read_text(), table.read_bytes()) == ("mine", b"\0")
    assert beside(table) == ["rows.status-2.csv", "rows.status.csv"]


def test_a_file_that_is_gone_is_not_made_again(table):
    """The state is beside where it was."""
    file = file_of(table)
    table.unlink()

    file.write(status("a"))

    assert beside(table) == ["rows.status.csv"]


def test_nothing_is_written_if_nothing_is_new(table):
    """So that other programs do not ask whether to read it again."""
    file = file_of(table)
    file.write(status("ab"))
    before = table.stat()

    file.write(status("ab"))

    assert (table.stat().st_ino, table.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither such links nor such modes")
def test_links_and_modes_stay(table, tmp_path):
    """The file that a link leads to is written, with its mode."""
    table.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(table)

    file_of(link).write(status("ab"))

    assert link.is_symlink()
    assert table.stat().st_mode & 0o777 == 0o640
    assert "ja" in table.read_text("utf-8-sig")


def test_columns_of_an_earlier_run_are_no_input(table):
    """They are read as the ids of the jobs that the rows had."""
    file_of(table).write(status("ab"))

    again = read_table(table)

    assert again.columns == ("id", "text")
    assert again.earlier == {"a": "ja", "b": "jb"}
    with pytest.raises(ls.BadRequest, match="key='job_id'"):
        read_table(table, "job_id")
