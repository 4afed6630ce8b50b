"""The form for a table of requests: checked, priced, submitted as it was checked."""

import csv
import shutil

import pytest
from conftest import PATIENCE
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.notebook.batch_form import NOTHING


@pytest.fixture
def table(samples, tmp_path):
    """Write a table of so many rows, with its media beside it; return its path."""
    shutil.copy(samples.face, tmp_path / "face.png")
    shutil.copy(samples.speech, tmp_path / "speech.wav")

    def write(*keys, **cells):
        rows = [{"id": key, "source": "face.png", "audio": "speech.wav", **cells} for key in keys]
        path = tmp_path / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def filled(client, path, **values):
    """The form, filled in for a table of Lingdong's requests."""
    form = client.batch_form()
    form.field("rows").value = str(path)
    for name, value in ({"kind": "lingdong.Generate"} | values).items():
        form.field(name).value = value
    return form


def written(path):
    """The rows of the table as they are now."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_a_check_sends_nothing_and_says_what_it_costs(client, table):
    """Every row with its price; the button names the number and the sum."""
    form = filled(client, table("a", "b", "c", comment="mine"))

    form.button.click()
    wait_until(lambda: form.status.tone == "good")

    assert form.submit_button.description.startswith("Submit 1 new job, ≈ ")
    assert not form.submit_button.disabled
    assert "the same request as row 2" in form._plan.value
    assert "comment" in form._plan.value
    assert len(client.jobs) == 0


def test_what_was_checked_is_submitted(client, table):
    """With the progress, and the table that is written back."""
    path = table("a", "b")
    form = filled(client, path, project="Spring")
    form.check()

    form.submit_button.click()
    wait_until(lambda: form.batch is not None)
    form.batch.wait(PATIENCE)

    wait_until(lambda: "2 succeeded" in form._progress.value)
    assert "rows.csv" in form._progress.value
    assert [row["job_status"] for row in written(path)] == ["succeeded"] * 2
    assert {job.project for job in form.batch.jobs} == {"Spring"}
    assert form.submit_button.disabled


def test_what_is_wrong_is_told_by_row(client, table):
    """All of it, and nothing can be submitted."""
    form = filled(client, table("a", "b", audio="nowhere.wav"))

    form.button.click()
    wait_until(lambda: form.status.tone == "bad")

    assert form._plan.value.count("<li>") == 2
    assert "row 2" in form._plan.value
    assert "nowhere.wav" in form._plan.value
    assert (form.submit_button.disabled, form.submit_button.description) == (True, NOTHING)


def test_a_change_of_the_form_needs_another_check(client, table):
    """So that nothing is submitted that was not looked at."""
    form = filled(client, table("a"))
    form.check()

    form.field("project").value = "Autumn"

    assert form.submit_button.disabled
    with pytest.raises(ls.BadRequest, match="press Check"):
        form.submit()
    assert len(client.jobs) == 0


def test_a_table_that_changes_after_the_check_is_submitted_as_it_was_checked(client, table):
    """The rows that were seen, and their prices, are those that are paid."""
    form = filled(client, table("a"))
    form.check()
    table("a", "b", "c")

    batch = form.submit()

    assert len(batch.jobs) == 1
    batch.wait(PATIENCE)


def test_failed_rows_are_sent_again_if_that_is_ticked(client, table, sandbox):
    """Otherwise they are left alone."""
    path = table("a")
    sandbox.faults("lingdong", "failed", reason="out of paint")
    form = filled(client, path)
    form.check()
    form.submit().wait(PATIENCE)

    assert form.check().plan.new == []
    form.field("retry_failed").value = True
    form.check()
    batch = form.submit().wait(PATIENCE)

    assert [job.status for job in batch.jobs] == ["succeeded"]


def test_an_empty_form_says_what_is_missing(client):
    """Beside its field."""
    form = client.batch_form()

    with pytest.raises(ls.BadRequest):
        form.check()

    assert list(form.errors) == ["rows"]


def test_the_python_is_one_call(client):
    """It asks for confirmation itself."""
    form = filled(client, "rows.csv", key="id")

    assert form.code == (
        'client.batch(\n    rows="rows.csv",\n    kind="lingdong.Generate",\n    key="id",\n)'
    )


def test_it_is_among_the_tools(client):
    """As the last one."""
    tools = client.tools()

    assert tools.show(None).kind.__name__ == "TableOfRequests"


def test_the_state_is_written_a_last_time_when_the_client_closes(client, table):
    """Also of a batch that was submitted by a form."""
    path = table("a")
    form = filled(client, path)
    form.check()
    batch = form.submit()
    wait_until(batch.done)

    client.close()

    assert [row["job_status"] for row in written(path)] == ["succeeded"]
