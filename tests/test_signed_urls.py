"""Signatures in URLs work like keys: none rests in a notebook, or in the ledger after the fetch."""

import json
import sqlite3
from contextlib import closing

import pytest
from conftest import PATIENCE
from vendors.cases import CASES

import lipsync_nb as ls
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.ledger.schema import MIGRATIONS
from lipsync_nb.media import Media
from lipsync_nb.notebook import fallback
from lipsync_nb.notebook.card import job_card

SECRET = "sig-0123456789"
SIGNED = f"https://user:{SECRET}@media.test/face.mp4?X-Amz-Signature={SECRET}&x=1#{SECRET}"
BARE = "https://media.test/face.mp4"


def test_a_result_is_shown_without_its_signature(client, samples, tmp_path):
    """By its repr, its job, the frame and the card; the file of the ledger forgets it, too."""
    seen = []
    client.records.subscribe(lambda record: seen.append(record.video_url))
    job = client.submit(CASES["lipsync_studio"].one(samples))
    video = job.result(PATIENCE)
    signed = next(url for url in seen if url and "?" in url)
    signature = signed.partition("?")[2]
    shown = [repr(video), str(video), video.url, repr(job), str(client.jobs.to_dict())]
    shown += [json.dumps(job_card(job.record, still=False)), fallback.job_html(job.record)]
    files = {path.name: path.read_bytes() for path in tmp_path.glob("jobs.sqlite*")}

    assert signature
    assert str(video) == str(video.path)
    assert signed.startswith(video.url)
    assert not [text for text in shown if signature in text]
    assert "jobs.sqlite-wal" in files
    assert not [name for name, content in files.items() if signature.encode() in content]


def test_a_request_is_shown_without_signatures():
    """But its URLs are kept, as the vendor needs them."""
    request = ls.chanjing.LipSync(video=SIGNED, audio=SIGNED, callback=SIGNED)
    shown = [repr(request), str(request), repr(request.video), str(request.video)]
    shown.append(json.dumps(fallback.form("Lip sync", ls.chanjing.LipSync, {"callback": SIGNED})))

    assert not [text for text in shown if SECRET in text]
    assert all(BARE in text for text in shown)
    assert request.model_dump(mode="json")["video"] == SIGNED
    assert Media(SIGNED).source == SIGNED


@pytest.mark.parametrize("wrong", [f"ftp://user:{SECRET}@x.test", f"https://:{SECRET}@/?{SECRET}"])
def test_a_wrong_url_is_not_repeated_with_its_secrets(wrong):
    """An error says what is wrong, and is printed."""
    with pytest.raises(ls.BadRequest) as raised:
        ls.chanjing.LipSync(video=BARE, audio=BARE, callback=wrong)

    assert SECRET not in str(raised.value)


def test_an_older_ledger_loses_the_signatures_of_what_was_fetched(tmp_path):
    """Others may still be needed."""
    path = tmp_path / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as db:
        for statement in sum(MIGRATIONS[:6], ()):
            db.execute(statement)
        row = "INSERT INTO jobs (id, vendor, kind, request, fingerprint, status, created_at, "
        row += "vendor_status, revision, video_url, poster_url, path)"
        row += " VALUES (?, 'yunai', 'AvatarVideo', '{}', 'f', 'succeeded', 1, '', 1, ?, ?, ?)"
        url = f"https://user:{SECRET}@cdn.test/a.mp4?Signature={SECRET}#{SECRET}"
        db.execute(row, ("fetched", url, url, "/a.mp4"))
        db.execute(row, ("due", url, url, None))
        db.execute("PRAGMA user_version = 6")
        db.commit()
    ledger = Ledger(path)
    urls = {job.id: (job.video_url, job.poster_url) for job in ledger.all()}
    ledger.close()

    assert urls == {"fetched": ("https://cdn.test/a.mp4",) * 2, "due": (url, url)}


def test_a_reader_of_the_ledger_does_not_keep_a_result_from_being_recorded(tmp_path):
    """The signature is then removed from SQLite's log with the next result."""
    ledger = Ledger(tmp_path / "jobs.sqlite")
    log = tmp_path / "jobs.sqlite-wal"
    for job_id in ("a", "b"):
        fields = {"request": "{}", "fingerprint": job_id, "video_url": SIGNED}
        job = Record(job_id, "yunai", "AvatarVideo", **fields, status="succeeded", created_at=1.0)
        ledger.reserve([job], reuse=False, allow=lambda *_: None)
    with closing(sqlite3.connect(ledger.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM jobs").fetchall()
        first = ledger.update("a", lambda job: job.fetched("/a.mp4"))
        kept = SECRET.encode() in log.read_bytes()
    ledger.update("b", lambda job: job.fetched("/b.mp4"))

    assert first == ledger.get("a")
    assert kept
    assert SECRET.encode() not in log.read_bytes() + ledger.path.read_bytes()
    ledger.close()
