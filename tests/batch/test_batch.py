"""The rows of a table are checked together, confirmed, submitted once, and told of beside them."""

from dataclasses import replace

import pandas as pd
import pytest
from batch.tables import SMALL, csv_of, paid, sheet_of, workbook_of
from conftest import PATIENCE
from faces import speech
from media_files import sound
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb.status import JobStatus

LIP_SYNC = {"kind": ls.chanjing.LipSync, "confirm": True}


@pytest.fixture
def rows(samples, tmp_path):
    """Two rows that ask Chanjing for different things."""
    other = speech(tmp_path / "other.wav", "Goodbye, all of you.")
    video = {"video": str(samples.clip), **SMALL}
    return [{**video, "id": "a", "audio": samples.speech}, {**video, "id": "b", "audio": other}]


def states(batch):
    """Return what was planned for each row."""
    return [str(row.state) for row in batch.plan.rows]


def refused(client, sandbox, fault, row):
    """Return a batch of a row whose job fails by a fault."""
    sandbox.faults("chanjing", fault)
    batch = client.batch([row], **LIP_SYNC).wait(PATIENCE)
    sandbox.clear_faults()
    return batch


def test_a_job_for_each_row(client, rows):
    """By position, by key, and as a table with the state of each."""
    batch = client.batch(rows, **LIP_SYNC).wait(PATIENCE)

    assert [job.status for job in batch.jobs] == [JobStatus.succeeded] * 2
    assert batch.by_key["b"] == batch.jobs[1]
    assert [job.key for job in batch.jobs] == ["a", "b"]
    assert batch.failed == []
    assert list(batch.df["job_path"]) == [str(job.video.path) for job in batch.jobs]
    assert "2 rows: 2 succeeded" in repr(batch)
    assert "job_status" in batch._repr_html_()
    assert batch.done()


def test_a_frame_is_not_changed(client, rows):
    """The state is in ``batch.df``."""
    frame = pd.DataFrame(rows)
    before = frame.copy()

    batch = client.batch(frame, **LIP_SYNC)

    pd.testing.assert_frame_equal(frame, before)
    assert list(batch.df.columns)[: len(frame.columns)] == list(frame.columns)
    assert list(batch.df["id"]) == ["a", "b"]


def test_everything_that_is_wrong_is_told_at_once(client, rows):
    """Of all rows, with the field; nothing was submitted. Of very many, the number is told."""
    wrong = [
        rows[0] | {"audio": "none.wav"},
        rows[1] | {"volume": 1000},
        rows[1] | {"id": "c", "audio": rows[1]["video"], "title": "x" * 201},
        rows[1] | {"id": "d", "audio": rows[1]["video"]},
    ]
    many = [rows[0] | {"id": n, "volume": 0} for n in range(50)]

    with pytest.raises(ls.BadRequest) as raised:
        client.batch(wrong, **LIP_SYNC)
    with pytest.raises(ls.BadRequest, match="50 rows cannot be sent") as raised_many:
        client.batch(many, **LIP_SYNC)

    text = str(raised.value)
    assert text.startswith("4 rows cannot be sent; nothing was submitted")
    assert 'row 1 (key "a"): LipSync.audio: there is no file none.wav' in text
    assert 'row 2 (key "b"): LipSync.volume: ' in text
    assert 'row 3 (key "c"): title has 201 characters' in text
    assert 'row 4 (key "d"): LipSync.audio: ' in text
    assert "and 20 more" in str(raised_many.value)
    assert raised.value.fields[0][0] == 'row 1 (key "a")'
    assert client.jobs.empty


def test_what_costs_is_confirmed_first(client, rows):
    """The error has the sums, what is not used and what may be meant; its plan is a table."""
    table = [row | {"Comment": "x", "scren_width": 3} for row in rows]

    with pytest.raises(ls.NotConfirmed) as raised:
        client.batch(table, kind=ls.chanjing.LipSync)

    text = str(raised.value)
    assert "2 new jobs" in text
    assert "chanjing: ≈ 4.00 beans" in text
    assert "not used: Comment, scren_width (did you mean screen_width?)" in text
    assert "confirm with batch(…, confirm=True)" in text
    assert list(raised.value.plan.df["state"]) == ["new", "new"]
    assert raised.value.plan.df["cost"].sum() == 4
    assert client.jobs.empty
    assert client.batch(rows, kind="chanjing.LipSync", confirm_above=4).jobs


def test_an_unknown_cost_is_above_every_limit(client, samples, tmp_path):
    """As in comparisons. A sum that is not certain is given from its least to its most."""
    unknown = {"avatar": samples.face, "audio": samples.speech}
    ranged = {"video": samples.clip, "audio": sound(tmp_path / "long.wav", seconds=8)}

    with pytest.raises(ls.NotConfirmed, match="yunai: cost not known"):
        client.batch([unknown], kind=ls.yunai.AvatarVideo, confirm_above=1e9)
    with pytest.raises(ls.NotConfirmed, match=r"studio: ≈ 20\.00 to 32\.00 credits"):
        client.batch([ranged, ranged | {"seed": 1}], kind=ls.lipsync_studio.LipSyncVideo)


def test_a_second_run_sends_what_is_new(connect, rows):
    """Also in another kernel; what is done or goes on costs nothing."""
    first = connect()
    first.batch(rows[:1], **LIP_SYNC).wait(PATIENCE)
    first.close()
    client = connect()

    batch = client.batch(rows, **LIP_SYNC).wait(PATIENCE)
    third = client.batch(rows, kind=ls.chanjing.LipSync)

    assert states(batch) == ["done", "new"]
    assert states(third) == ["done", "done"]
    assert third.jobs == batch.jobs
    assert paid(client) == 2


def test_equal_rows_share_a_job(client, rows):
    """And its cost counts once, even if everything is made again."""
    twice = [rows[0], rows[0] | {"id": "c"}]

    batch = client.batch(twice, **LIP_SYNC)
    again = client.batch(twice, fresh=True, **LIP_SYNC)

    assert batch.jobs[0] == batch.jobs[1]
    assert len(set(again.jobs) | set(batch.jobs)) == 2
    assert batch.plan.costs["chanjing", "beans"].amount == 2
    assert batch.plan.df["note"][1] == "the same request as row 1"


def test_a_row_that_was_changed_is_new(client, rows):
    """The plan says so: by the user's key, in the same project."""
    client.batch(rows, project="spring", **LIP_SYNC)
    changed = [rows[0] | {"volume": 50}, rows[1]]

    with pytest.raises(ls.NotConfirmed, match="row 1: changed since the last time") as raised:
        client.batch(changed, kind=ls.chanjing.LipSync, project="spring")
    other = client.batch(changed, project="autumn", **LIP_SYNC)

    assert raised.value.plan.df["state"][0] == "changed"
    assert states(other)[0] == "new"


def test_what_has_failed_is_sent_again_on_request(client, sandbox, rows):
    """Otherwise its row is that of the failed job. A job that replaces it counts for the row."""
    failed = refused(client, sandbox, "failed", rows[0])
    assert [job.status for job in failed.failed] == [JobStatus.failed]

    left = client.batch(rows[:1], kind=ls.chanjing.LipSync)
    again = client.batch(rows[:1], retry_failed=True, **LIP_SYNC).wait(PATIENCE)

    assert (states(left), left.jobs) == (["failed"], failed.jobs)
    assert "retry_failed=True" in str(left.plan)
    assert states(again) == ["new"]
    assert again.jobs[0].status is JobStatus.succeeded


def test_what_was_cancelled_before_it_was_sent_goes_out(connect, rows):
    """Under the same id, as it was never paid."""
    client = connect()
    before = client.batch(rows, **LIP_SYNC)
    ids = [job.id for job in before.jobs]
    client.close(wait=False)
    client = connect()

    after = client.batch(rows, **LIP_SYNC).wait(PATIENCE)

    assert [job.id for job in after.jobs] == ids
    assert [job.status for job in after.jobs] == [JobStatus.succeeded] * 2


def test_over_the_budget_nothing_is_sent(connect, rows):
    """Of no row."""
    client = connect(budget={"chanjing": 3})

    with pytest.raises(ls.BudgetExceeded):
        client.batch(rows, **LIP_SYNC)

    assert client.jobs.empty


def test_columns_say_what_a_job_belongs_to(client, rows):
    """Its project, title and notes; the project of the call is for the others."""
    table = [rows[0] | {"Title": "Hello", "notes": "n", "project": "mine"}, rows[1]]

    one, two = client.batch(table, project="ours", **LIP_SYNC).jobs

    assert (one.project, one.title, one.notes) == ("mine", "Hello", "n")
    assert (two.project, two.title, two.notes) == ("ours", None, None)


def test_rows_can_be_for_several_vendors(client, samples):
    """Each by its own columns."""
    table = [
        {"kind": "chanjing.LipSync", "video": samples.clip, "audio": samples.speech, **SMALL},
        {"kind": "lingdong.Generate", "source": samples.face, "audio": samples.speech},
    ]

    batch = client.batch(table, confirm=True)

    assert [job.vendor for job in batch.jobs] == ["chanjing", "lingdong"]
    assert {*batch.plan.costs} == {("chanjing", "beans"), ("lingdong", "credits")}


def test_the_state_is_written_beside_the_rows_of_a_csv(client, samples, tmp_path):
    """And the same call again reads the file with it."""
    speech(tmp_path / "b.wav", "Hello.")
    lines = ["video;audio;Größe;screen_width", f'{samples.clip};b.wav;"a\nb";240']
    path = csv_of(tmp_path / "rows.csv", lines)
    before = path.read_bytes()

    batch = client.batch(path, **LIP_SYNC).wait(PATIENCE)

    job, after = batch.jobs[0], path.read_bytes().decode("utf-8-sig")
    own = f";{job.id};succeeded;{job.cost.amount:g};beans;{job.video.path};"
    names = ";job_id;job_status;job_cost;job_cost_unit;job_path;job_error"
    assert after.replace(own, "").replace(names, "").encode("utf-8-sig") == before
    assert states(client.batch(path, kind=ls.chanjing.LipSync)) == ["done"]
    assert paid(client) == 1


def test_the_state_is_written_beside_the_rows_of_a_workbook(client, samples, tmp_path):
    """Whose keys are numbers, and whose charts stay."""
    head = ["id", "video", "audio", "screen_width"]
    table = [head, [7.0, str(samples.clip), str(samples.speech), 240]]
    path = workbook_of(tmp_path / "rows.xlsx", table)

    batch = client.batch(path, **LIP_SYNC).wait(PATIENCE)

    head, row = sheet_of(path)
    assert dict(zip(head, row, strict=True))["job_status"] == "succeeded"
    assert batch.by_key["7"].key == "7"
    assert states(client.batch(path, kind=ls.chanjing.LipSync)) == ["done"]


def test_the_state_is_written_when_the_client_is_closed(connect, samples, tmp_path):
    """By a program that asks for no result."""
    path = csv_of(tmp_path / "rows.csv", ["video,audio", f"{samples.clip},{samples.speech}"])
    client = connect()
    client.batch(path, **LIP_SYNC)

    client.close()

    assert "submitting" not in path.read_text("utf-8-sig")


def test_the_state_is_written_in_the_background(client, samples, tmp_path):
    """While nobody waits."""
    path = csv_of(tmp_path / "rows.csv", ["video,audio", f"{samples.clip},{samples.speech}"])

    client.batch(path, **LIP_SYNC)

    wait_until(lambda: "succeeded" in path.read_text("utf-8-sig"))


def test_a_newer_batch_of_a_file_writes_it(client, samples, tmp_path):
    """A row that was changed between two batches never gets the job of its earlier request."""
    speech(tmp_path / "b.wav", "Goodbye.")
    path = csv_of(tmp_path / "rows.csv", ["id,video,audio", f"1,{samples.clip},{samples.speech}"])
    first = client.batch(path, **LIP_SYNC)
    path.write_bytes(path.read_bytes().replace(str(samples.speech).encode(), b"b.wav"))

    second = client.batch(path, **LIP_SYNC)
    second.wait(PATIENCE)
    first.wait(PATIENCE)

    text = path.read_text("utf-8-sig")
    assert states(second) == ["changed"]
    assert second.jobs[0].id in text
    assert first.jobs[0].id not in text


def test_another_table_with_the_same_keys_is_left_alone(client, samples, tmp_path):
    """It has nothing of the jobs of the table that was there before."""
    path = csv_of(tmp_path / "rows.csv", ["id,video,audio", f"1,{samples.clip},{samples.speech}"])
    batch = client.batch(path, **LIP_SYNC).wait(PATIENCE)
    csv_of(path, ["id,name", "1,Anna"])

    batch.write()

    assert path.read_text("utf-8-sig").splitlines() == ["id,name", "1,Anna"]


def test_a_job_that_there_is_gets_the_details_of_its_row(client, samples):
    """What it has already stays."""
    request = ls.chanjing.LipSync(video=samples.clip, audio=samples.speech, **SMALL)
    job = client.submit(request, notes="mine")
    row = {"id": "K1", "video": samples.clip, "audio": samples.speech, **SMALL}

    batch = client.batch([row | {"title": "T", "project": "P", "notes": "other"}], **LIP_SYNC)

    assert batch.jobs == [job]
    assert (job.title, job.project, job.key, job.notes) == ("T", "P", "K1", "mine")


def test_what_waits_to_be_sent_is_not_called_paid(connect, rows):
    """While its kernel runs, a second call adds nothing."""
    client = connect(max_unfinished=1)
    first = client.batch(rows, **LIP_SYNC)

    second = client.batch(rows, kind=ls.chanjing.LipSync)

    assert states(second)[1] == "waiting to be sent"
    assert str(second.plan).startswith("0 new jobs, ")
    assert " waiting to be sent" in str(second.plan)
    assert second.jobs == first.jobs


def test_what_an_ended_kernel_has_not_sent_needs_confirmation(client, samples):
    """It is counted as new, and goes out under its id."""
    request = ls.chanjing.LipSync(video=samples.clip, audio=samples.speech, **SMALL)
    left = replace(client.session.check(request), owner="ended")
    client.ledger.reserve([left], reuse=False, allow=lambda *_: None)
    rows = [{"video": samples.clip, "audio": samples.speech, **SMALL}]

    with pytest.raises(ls.NotConfirmed, match=r"1 new job\n  chanjing: ≈ 2.00 beans"):
        client.batch(rows, kind=ls.chanjing.LipSync)
    batch = client.batch(rows, **LIP_SYNC).wait(PATIENCE)

    assert [job.id for job in batch.jobs] == [left.id]
    assert [job.status for job in batch.jobs] == [JobStatus.succeeded]
    assert paid(client) == 1


@pytest.mark.parametrize("given", [{"confirm": "no"}, {"confirm": 1}, {"confirm_above": "5"}])
def test_what_confirms_nothing_is_refused(client, rows, given):
    """A text is no answer, and no number."""
    with pytest.raises(ls.BadRequest, match=f"{next(iter(given))}=.*: expected"):
        client.batch(rows, kind=ls.chanjing.LipSync, **given)

    assert client.jobs.empty


def test_a_file_whose_encoding_is_a_guess_needs_confirmation(client, samples, tmp_path):
    """Whatever it costs; and the plan says so. With the encoding it does not."""
    lines = f"video,audio,说明\n{samples.clip},{samples.speech},中文\n"
    path = tmp_path / "rows.csv"
    path.write_bytes(lines.encode("gb18030"))
    options = {"kind": ls.chanjing.LipSync, "confirm_above": None}

    with pytest.raises(ls.NotConfirmed, match="was read as GB18030"):
        client.batch(path, **options)
    batch = client.batch(path, encoding="gb18030", **options).wait(PATIENCE)

    assert "succeeded" in path.read_text("gb18030")
    assert batch.table.guessed is None


def test_a_long_batch_is_shown_in_part(client, rows):
    """Its first and its last rows, and how many there are between them."""
    table = [rows[0] | {"id": f"row{number}"} for number in range(70)]

    shown = client.batch(table, **LIP_SYNC)._repr_html_()

    assert "… 10 more rows …" in shown
    assert all(f"row{number}<" in shown for number in (0, 29, 40, 69))
    assert not any(f"row{number}<" in shown for number in (30, 39))


def test_a_row_whose_request_is_not_certain_hides_no_other_error(client, rows):
    """If other rows say theirs, it is told with them."""
    table = [rows[0] | {"kind": None}, rows[1] | {"kind": "chanjing.LipSync", "audio": "none.wav"}]

    with pytest.raises(ls.BadRequest, match=r"there is no file none\.wav"):
        client.batch(table)


def test_a_closed_client_takes_no_batch(connect, rows):
    """And says so."""
    client = connect()
    client.close()

    with pytest.raises(ls.LipSyncError, match="this client is closed"):
        client.batch(rows, **LIP_SYNC)


def test_columns_of_the_state_have_types_if_they_are_empty(client, rows):
    """As texts, also while nothing is known."""
    frame = client.batch(rows, **LIP_SYNC).df

    assert str(frame["job_error"].dtype).startswith("str")
    assert str(frame["job_cost"].dtype) == "float64"
