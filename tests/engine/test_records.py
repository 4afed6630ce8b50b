"""The records of jobs: changed in one place, in the ledger first."""

import asyncio
import gc
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PATIENCE
from hosts import Host, says
from notebook.ledgers import client_of, made_up
from waiting import wait_until

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.engine.records import Records
from lipsync_nb.ledger import Ledger

PACKAGE = Path(ls.__file__).parent
TAKEN = {"id": "job-1", "status": "processing"}
DONE = {"id": "job-1", "status": "failed", "error": "no face"}


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        yield ledger


@pytest.fixture
def records(ledger):
    """The records of a ledger with one running job."""
    records = Records(ledger, "me")
    records.reserve([made_up(1, status="running")], reuse=False, allow=lambda *_: None)
    return records


JOB = made_up(1).id
FAILING = ls.Unreachable("no answer")


def full(ledger, *, is_full=True):
    """Make SQLite refuse, or take, whatever is written to a ledger."""

    def switch():
        with ledger.reading() as db:
            db.execute(f"PRAGMA query_only = {int(is_full)}")

    ledger.run(switch)


@pytest.fixture
def unwritten(tmp_path):
    """Give a client and its job, whose id at the vendor came when the disk was full."""

    def vendor(arrival):
        if arrival.method == "POST":
            full(client.ledger)
            return says(TAKEN)
        return says(DONE)

    with Host(vendor) as host:
        studio = ls.LipsyncStudio("key", base_url=host.url)
        client = ls.Client([studio], ledger=tmp_path / "jobs.sqlite", poll=(0.01, 0.05))
        request = ls.lipsync_studio.LipSyncImage(
            image="https://x.test/f.png", audio="https://x.test/a"
        )
        job = client.submit(request)
        wait_until(lambda: job.vendor_id)
        yield client, job
        client.close()


def test_an_id_that_the_disk_did_not_take_is_not_forgotten(unwritten, tmp_path):
    """It is shown until it is written, also to those who ask for the job meanwhile."""
    client, job = unwritten
    again = client.job(job.id)

    assert again.vendor_id == "job-1"
    assert "readonly database" in str(again.error)
    full(client.ledger, is_full=False)
    assert "no face" in str(job.exception(PATIENCE))
    client.close()

    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as db:
        assert db.execute("SELECT vendor_id FROM jobs").fetchall() == [("job-1",)]


def test_an_id_that_was_never_written_is_told_when_the_client_closes(
    unwritten, monkeypatch, capsys
):
    """It is nowhere else, and the job was paid."""
    monkeypatch.setattr("lipsync_nb.engine.engine.CLOSE_SECONDS", 0.1)
    client, job = unwritten

    client.close(wait=False)

    told = capsys.readouterr().err
    assert f"job {job.id} is job-1 at lipsync_studio" in told
    assert "readonly database" in told
    assert f'client.job("{job.id}").attach("job-1")' in told


def test_an_answer_to_a_job_that_was_removed_meanwhile_is_told_once(tmp_path, capsys, caplog):
    """It can be written nowhere, and the job was paid: the client does not try for ever."""
    ledger, shown = tmp_path / "jobs.sqlite", []

    def vendor(arrival):
        if arrival.method == "POST":
            with closing(sqlite3.connect(ledger)) as db:
                db.execute("DELETE FROM jobs")
                db.commit()
        return says(TAKEN)

    with Host(vendor) as host:
        studio = ls.LipsyncStudio("key", base_url=host.url)
        with ls.Client([studio], ledger=ledger, poll=(0.01, 0.05)) as client:
            request = ls.lipsync_studio.LipSyncImage(
                image="https://x.test/f.png", audio="https://x.test/a"
            )
            job = client.submit(request)
            wait_until(lambda: shown.append(capsys.readouterr().err) or "job-1" in "".join(shown))
            job_id = job.id

    told = "".join([*shown, capsys.readouterr().err])
    assert told.count(f"job {job_id} is job-1 at lipsync_studio") == 1
    assert "keep this id" in told
    assert len([each for each in caplog.records if each.levelname == "CRITICAL"]) == 1


def test_a_change_that_cannot_be_written_is_not_shown(records, ledger):
    """The ledger comes first."""
    full(ledger)

    with pytest.raises(ls.LedgerError):
        asyncio.run(records.update(JOB, lambda job: replace(job, progress=0.9)))

    assert records.get(JOB).progress == made_up(1, status="running").progress


def test_a_note_lasts_until_a_newer_row_is_known(records, ledger):
    """It is in no ledger; the same row, read once more, does not undo it."""
    records.annotate(JOB, lambda job: job.with_error(FAILING))

    assert records.load(JOB).error == "no answer"
    assert ledger.get(JOB).error is None
    assert asyncio.run(records.update(JOB, lambda job: replace(job, progress=0.9))).error is None
    assert records.get(JOB).error is None


def test_a_note_ends_with_the_next_change_that_goes_well(records):
    """Even if it changes nothing, as a poll that finds the job where it was."""
    records.annotate(JOB, lambda job: job.with_error(FAILING))

    assert asyncio.run(records.update(JOB, lambda job: job)).error is None
    assert records.get(JOB).error is None


def test_an_older_row_does_not_undo_a_newer_one(records, ledger):
    """As one that was read before another kernel wrote, and arrives later."""
    older = ledger.get(JOB)
    asyncio.run(records.update(JOB, lambda job: replace(job, progress=0.9)))

    assert not records.learn(older)
    assert records.get(JOB).progress == 0.9


def test_all_changes_are_reported_to_those_who_listen(records):
    """Written and noted ones, in their order, until they listen no longer."""
    heard = []
    stop = records.subscribe(heard.append)
    asyncio.run(records.update(JOB, lambda job: replace(job, progress=0.9)))
    records.annotate(JOB, lambda job: job.with_error(FAILING))
    records.load(JOB)
    stop()
    asyncio.run(records.update(JOB, lambda job: replace(job, progress=1.0)))

    assert [(record.progress, record.error) for record in heard] == [
        (0.9, None),
        (0.9, "no answer"),
    ]


def test_a_listener_that_fails_stops_nobody(records, caplog):
    """Neither the change nor those who listen after it."""
    heard = []
    records.subscribe(lambda _: 1 / 0)
    records.subscribe(heard.append)

    records.annotate(JOB, lambda job: job.with_error(FAILING))

    assert len(heard) == 1
    assert "a listener failed" in caplog.text


def test_a_jobs_state_is_changed_in_one_place():
    """No other module calls what writes a job into the ledger."""
    writes = re.compile(r"ledger\.(reserve|supersede|mark_sent|update|claim|rename_account)\b")
    writers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if writes.search(path.read_text())
    }

    assert writers == {"engine/records.py"}


def test_at_the_start_only_unfinished_jobs_are_in_memory(tmp_path):
    """And the jobs that they use, as cards show them; the rest is read when it is asked for."""
    waits = made_up(3, status="waiting", inputs=made_up(2).id)
    used = made_up(2, status="succeeded", makes="Text", result='{"text": "a"}')
    jobs = [made_up(1, status="failed"), used, waits]
    client_of(tmp_path, *jobs).close()

    with client_of(tmp_path) as client:
        here = {each.id: on_loop(client, each.id) for each in jobs}
        assert [here[each.id] is not None for each in jobs] == [False, True, True]
        assert client.records.get(made_up(1).id).status == "failed"
        assert on_loop(client, made_up(1).id) is not None


def test_a_renewed_key_gets_all_jobs_but_only_unfinished_ones_are_news(ledger):
    """100,000 finished ones would stop the event loop; those in memory have the account too."""
    records, heard = Records(ledger, "me"), []
    jobs = [
        made_up(1, status="running", account="old"),
        made_up(2, status="succeeded", path=None, account="old"),
        made_up(3, status="succeeded", path="/a.mp4", account="old"),
        made_up(4, status="failed", account="old"),
        made_up(5, status="failed", account=None),
    ]
    vendor = jobs[0].vendor
    jobs = [replace(job, vendor=vendor) for job in jobs]
    other = replace(made_up(6, status="running", account="old"), vendor="other")
    ledger.reserve([*jobs, other], reuse=False, allow=lambda *_: None)
    loop.finish(records.start())
    held = [records.hold(job.id) for job in jobs[2:4]]
    records.subscribe(heard.append)
    before = ledger.newest_revision()

    loop.finish(records.rename_account(vendor, "new"))
    for row in ledger.since(before):
        records.learn(row)

    accounts = [ledger.get(job.id).account for job in (*jobs, other)]
    assert accounts == ["new", "new", "new", "new", None, "old"]
    assert [each.record.account for each in held] == ["new", "new"]
    assert {job.id for job in heard} == {job.id for job in jobs[:2]}


def on_loop(client, job_id):
    """Return what the event loop finds of a job, where it must not wait for the ledger."""

    async def find():
        return client.records.find(job_id)

    return loop.run(find())


def test_finished_jobs_that_nobody_holds_leave_the_memory(tmp_path, monkeypatch):
    """Those that somebody holds stay, and answer after the client was closed."""
    monkeypatch.setattr("lipsync_nb.engine.records.RECENT", 2)
    jobs = [made_up(number, status="failed") for number in range(6)]
    with client_of(tmp_path, *jobs) as client:
        held = client.job(made_up(0).id)
        for each in jobs:
            client.records.get(each.id)
        gc.collect()
        here = [on_loop(client, each.id) is not None for each in jobs]

    assert here == [True, False, False, False, True, True]
    assert held.status == "failed"


def test_the_inputs_of_a_waiting_job_stay_in_memory(tmp_path, monkeypatch):
    """The event loop looks at them with each change, and must not wait for the ledger."""
    monkeypatch.setattr("lipsync_nb.engine.records.RECENT", 1)
    used = made_up(0, status="succeeded", makes="Text", result='{"text": "a"}', successor=JOB)
    last = replace(used, id=JOB, successor=None)
    running = made_up(2, status="running")
    waits = made_up(3, status="waiting", inputs=f"{used.id} {running.id}")
    others = [made_up(number, status="failed") for number in range(4, 8)]
    with client_of(tmp_path, last, used, running, waits, *others) as client:
        followed = []
        waiting = loop.spawn(client.session.inputs.wait(waits.id, followed.append))
        wait_until(lambda: len(followed) == 2)
        for each in others:
            client.records.get(each.id)
        gc.collect()

        assert [on_loop(client, each.id) is not None for each in (used, last)] == [True, True]
        waiting.cancel()


def test_an_annotated_job_stays_in_memory(tmp_path, monkeypatch):
    """Its annotation is nowhere else."""
    monkeypatch.setattr("lipsync_nb.engine.records.RECENT", 1)
    with client_of(tmp_path, *(made_up(number, status="failed") for number in range(4))) as client:
        client.records.annotate(made_up(0).id, lambda job: job.with_error(FAILING))
        for number in range(1, 4):
            client.records.get(made_up(number).id)
        gc.collect()

        assert client.records.get(made_up(0).id).error == "no answer"


def test_reading_an_old_job_is_no_news(tmp_path):
    """Otherwise a table that reads its rows would be told to show them again."""
    client_of(tmp_path, made_up(1, status="failed")).close()
    with client_of(tmp_path) as client:
        seen = []
        client.records.subscribe(seen.append)

        client.records.get(made_up(1).id)

        assert seen == []


def test_jobs_that_ended_here_are_no_news_after_another_kernel_has_written(tmp_path, monkeypatch):
    """They are not published again, although they have left the memory."""
    monkeypatch.setattr("lipsync_nb.engine.records.RECENT", 2)
    monkeypatch.setattr("lipsync_nb.engine.records.ROWS_AT_ONCE", 3)
    with client_of(tmp_path) as client, closing(Ledger(client.ledger.path)) as other:
        ended = [replace(made_up(n, status="failed"), owner=client.engine.id) for n in range(8)]
        client.records.reserve(ended, reuse=False, allow=lambda *_: None)
        seen = []
        client.records.subscribe(lambda record: seen.append(record.id))

        other.reserve([made_up(9, status="failed")], reuse=False, allow=lambda *_: None)
        wait_until(lambda: made_up(9).id in seen)
        other.update(made_up(0).id, lambda job: job.noted("seen by another kernel"))
        wait_until(lambda: made_up(0).id in seen)

    assert seen == [made_up(9).id, made_up(0).id]


def test_another_kernel_notices_that_jobs_were_pruned(tmp_path):
    """It shows them no more."""
    jobs = [made_up(number, status="failed") for number in range(3)]
    with client_of(tmp_path, *jobs) as client:
        client.records.get(made_up(0).id)
        with closing(Ledger(client.ledger.path)) as other:
            other.prune(made_up(0).created_at + 43)
            wait_until(lambda: on_loop(client, made_up(0).id) is None)

        with pytest.raises(ls.LedgerError, match="no job"):
            client.job(made_up(0).id)
        assert list(client.jobs["id"]) == [made_up(number).id for number in (1, 2)]
