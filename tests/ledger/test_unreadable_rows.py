"""A row that this version did not write: the client works, and says what is wrong with the row."""

import sqlite3
from contextlib import closing

import pytest

import lipsync_nb as ls
from lipsync_nb.ledger import Ledger
from lipsync_nb.ledger.comparisons import Choice, Comparisons, Entry, Vote
from lipsync_nb.notebook.card import LONGEST_VALUE, job_card
from lipsync_nb.notebook.text import cut

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


class Expression(str):
    """An expression of SQL."""

    __slots__ = ()


UNREADABLE = {
    "an unknown status": ({"status": "paused"}, "status is 'paused'"),
    "a status that is no text": ({"status": b"\x00"}, "status is"),
    "a text in a number": ({"cost": "much", "cost_unit": "beans"}, "cost is 'much'"),
    "a time in words": ({"created_at": "yesterday"}, "created_at is 'yesterday'"),
    "bytes in a text": ({"request": b"\xff"}, "request is"),
    "an id that is no text": ({"vendor_id": b"v1"}, "vendor_id is"),
    "a text in another encoding": (
        {"vendor_id": Expression("CAST(x'ff' AS TEXT)")},
        "vendor_id is",
    ),
    "a revision in words": ({"revision": "abc"}, "revision is 'abc'"),
    "a revision of bytes": ({"revision": b"x"}, "revision is"),
    "the last revision": ({"revision": 2**63 - 1}, "revision is"),
    "a time that cannot be shown": ({"created_at": 1e300}, "created_at is"),
    "a time without end": ({"finished_at": float("inf")}, "finished_at is inf"),
    "a time before the big bang": ({"created_at": -1e18}, "created_at is"),
    "no end of costs": ({"cost": float("inf"), "cost_unit": "beans"}, "cost is inf"),
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
        marks = [value if isinstance(value, Expression) else "?" for value in row.values()]
        values = [value for value in row.values() if not isinstance(value, Expression)]
        insertion = f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join(marks)})"
        with closing(sqlite3.connect(path)) as db:
            db.execute(insertion, values)
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
    assert type(job.lost) is bool
    assert why in job.note
    assert client.resume() == []
    asks = [lambda: job.result(10), lambda: job.request, job.resubmit, lambda: job.attach("v2")]
    for ask in asks:
        with pytest.raises(ls.LedgerError, match="cannot be read"):
            ask()
    with closing(sqlite3.connect(client.ledger.path)) as db:
        [kept] = db.execute("SELECT status FROM jobs").fetchone()
    assert kept == changes.get("status", "running")  # nothing was overwritten


def test_a_job_of_a_vendor_that_is_not_registered_says_so(client_of):
    """Its package was not imported here."""
    job = shows(client_of({"vendor": "nobody", "status": "unknown", "vendor_id": None}))

    assert job.status == "unknown"
    assert job.note == "no vendor 'nobody' is registered; import the package that has it"
    for ask in (lambda: job.result(10), lambda: job.request, job.resubmit, lambda: job.attach("v")):
        with pytest.raises(ls.LedgerError, match="no vendor 'nobody' is registered"):
            ask()


def test_a_finished_job_of_a_vendor_that_is_not_registered_is_finished(client_of):
    """There is nothing to be done for it."""
    ended = {
        "vendor": "nobody",
        "status": "failed",
        "error": "no face",
        "error_type": "VendorError",
    }

    assert shows(client_of(ended)).status == "failed"


@pytest.mark.parametrize("request_", ["no JSON", "", "null", "5", "[1]", "[" * 100_000])
def test_a_job_whose_request_is_no_request_is_shown(client_of, request_):
    """As it is."""
    job = shows(client_of({"request": request_}))

    assert job_card(job.record)["request"] == [["request", cut(request_, LONGEST_VALUE)]]
    with pytest.raises(ls.BadRequest, match="LipSyncImage"):
        job.attach("v2")


def test_a_path_that_no_file_can_have_is_shown(client_of):
    """As the path of a file that was deleted."""
    job = shows(client_of({"status": "succeeded", "path": "x" * 5000}))

    assert job_card(job.record)["result"] is None


def test_an_unreadable_row_is_not_paid_again_but_can_be_abandoned(client_of):
    """It may be the job of a request that was paid."""
    request = ls.lipsync_studio.LipSyncImage.model_validate_json(ROW["request"])
    client = client_of({"status": "paused", "fingerprint": request.fingerprint()})

    assert client.submit(request).id == JOB
    client.job(JOB).abandon()
    assert client.submit(request).id != JOB


def test_an_abandoned_row_keeps_what_cannot_be_read(client_of):
    """Another version may read it, and its cost."""
    client = client_of({"cost": "5 beans", "cost_unit": "beans", "request": b"\xff"})
    client.job(JOB).abandon()
    with closing(sqlite3.connect(client.ledger.path)) as db:
        [kept] = db.execute("SELECT status, cost, request, note FROM jobs").fetchall()

    assert kept == ("abandoned", "5 beans", b"\xff", None)
    assert client.job(JOB).status == client.ledger.get(JOB).status == "abandoned"


@pytest.mark.parametrize("ended", ["succeeded", "failed", "cancelled"])
def test_an_unreadable_row_that_has_ended_cannot_be_abandoned(client_of, ended):
    """Its result stays."""
    client = client_of({"status": ended, "cost": "5 beans", "path": "/tmp/a.mp4"})

    with pytest.raises(ls.BadRequest, match=r"has ended already; this row .* cost is '5 beans'"):
        client.job(JOB).abandon()
    with closing(sqlite3.connect(client.ledger.path)) as db:
        [kept] = db.execute("SELECT status, cost, path FROM jobs").fetchall()
    assert kept == (ended, "5 beans", "/tmp/a.mp4")


def test_votes_and_entries_that_cannot_be_read_are_left_out(tmp_path):
    """The others count."""
    ledger = Ledger(tmp_path / "jobs.sqlite")
    comparisons = Comparisons(ledger)
    entry, vote = Entry("yunai", "LipSync", "a", "b"), Vote("a", "b", Choice.left, "me", 1.7e9)
    name = comparisons.add([entry])
    comparisons.vote(name, vote)
    with closing(sqlite3.connect(ledger.path)) as db:
        db.execute("INSERT INTO votes VALUES ('c', 'a', 'b', 'maybe', 'me', 1.7e9)")
        db.execute("INSERT INTO votes VALUES ('c', 'a', 'b', 'left', x'ff', 1.7e9)")
        db.execute(
            "INSERT INTO entries (comparison, vendor, kind, repeat, note) "
            "VALUES (?, CAST(x'ff' AS TEXT), 'k', 'x', '')",
            (name,),
        )
        db.commit()

    assert comparisons.votes({"a", "b"}) == [vote]
    assert comparisons.entries(name) == [entry]
    ledger.close()
