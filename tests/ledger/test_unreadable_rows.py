"""A row that this version did not write: the client works, and says what is wrong with the row."""

import sqlite3
from contextlib import closing

import pytest

import lipsync_nb as ls
from lipsync_nb.notebook.card import job_card

JOB = "a" * 16
ROW = {
    "id": JOB,
    "vendor": "lipsync_studio",
    "kind": "LipSyncImage",
    "request": '{"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}',
    "fingerprint": "f",
    "status": "running",
    "created_at": 1.7e9,
    "vendor_status": "processing",
    "vendor_id": "v1",
    "revision": 1,
}
UNREADABLE = {
    "an unknown status": ({"status": "paused"}, "status is 'paused'"),
    "a status that is no text": ({"status": b"\x00"}, "status is"),
    "a text in a number": ({"cost": "much", "cost_unit": "beans"}, "cost is 'much'"),
    "a time in words": ({"created_at": "yesterday"}, "created_at is 'yesterday'"),
    "bytes in a text": ({"request": b"\xff"}, "request is"),
    "an id that is no text": ({"vendor_id": b"v1"}, "vendor_id is"),
    "two of them": ({"progress": "half", "path": b"x"}, "progress is 'half', path is"),
}


@pytest.fixture
def client_of(tmp_path):
    """Return a function that opens a client on a ledger with one changed row."""
    path, clients = tmp_path / "jobs.sqlite", []

    def client():
        studio = ls.LipsyncStudio("key", base_url="http://127.0.0.1:9/")
        clients.append(ls.Client([studio], ledger=path, results=tmp_path))
        return clients[-1]

    def changed(changes):
        client().close()
        row = ROW | changes
        marks = ", ".join("?" * len(row))
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", [*row.values()])
            db.commit()
        return client()

    yield changed
    for each in clients:
        each.close(wait=False)


def shows(client):
    """Use all that shows jobs."""
    frame = client.jobs
    client.table()._repr_mimebundle_()
    job = client.job(JOB)
    job_card(job.record)
    [noted] = frame.loc[frame["id"] == JOB, "note"].fillna("")
    assert noted == (job.note or "")
    return job


@pytest.mark.parametrize(("changes", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_is_a_job_of_unknown_status(client_of, changes, why):
    """All else works; no engine drives it, and waiting for it ends at once."""
    client = client_of(changes)
    job = shows(client)

    assert job.status == "unknown"
    assert why in job.note
    assert client.resume() == []
    with pytest.raises(ls.LedgerError, match="cannot be read"):
        job.result(10)
    with closing(sqlite3.connect(client.ledger.path)) as db:
        [kept] = db.execute("SELECT status FROM jobs").fetchone()
    assert kept == changes.get("status", "running")  # nothing was overwritten


def test_a_job_of_a_vendor_that_is_not_registered_says_so(client_of):
    """Its package was not imported here."""
    job = shows(client_of({"vendor": "nobody"}))

    assert job.status == "unknown"
    assert job.note == "no vendor 'nobody' is registered; import the package that has it"


def test_a_finished_job_of_a_vendor_that_is_not_registered_is_finished(client_of):
    """There is nothing to be done for it."""
    ended = {
        "vendor": "nobody",
        "status": "failed",
        "error": "no face",
        "error_type": "VendorError",
    }

    assert shows(client_of(ended)).status == "failed"


def test_a_job_whose_request_is_no_json_is_shown(client_of):
    """As it is."""
    client = client_of({"request": "no JSON"})
    job = client.job(JOB)

    assert job_card(job.record)["request"] == [["request", "no JSON"]]


def test_an_unreadable_row_is_not_paid_again_but_can_be_abandoned(client_of):
    """It may be the job of a request that was paid."""
    request = ls.lipsync_studio.LipSyncImage.model_validate_json(ROW["request"])
    client = client_of({"status": "paused", "fingerprint": request.fingerprint()})

    assert client.submit(request).id == JOB
    client.job(JOB).abandon()
    assert client.submit(request).id != JOB
