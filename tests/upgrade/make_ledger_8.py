"""Make the ledger of the last version whose jobs made videos only: eight migrations were applied.

It was run once, with lipsync_nb of the commit 21347f6 and its tests, in its folder, as

    PYTHONPATH=.:tests python make_ledger_8.py ledger-8.sqlite

Like ``make_ledger.py``, which made the ledger of 0.1.0, it is kept to show what is in the ledger
and how it came there, and is not run again. The requests and ids are the same; here, jobs have
accounts, and one that was given up is abandoned.
"""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from test_upgrade import COMPARISON, FILES, ROWS, THEN, VOTES

import lipsync_nb as ls
from lipsync_nb.errors import LipSyncError
from lipsync_nb.jobs.validation import Validator
from lipsync_nb.ledger import schema
from lipsync_nb.ledger.comparisons import Choice, Comparisons, Entry, Vote
from lipsync_nb.ledger.ledger import Ledger
from lipsync_nb.ledger.record import Record

MIGRATIONS = 8
BEGAN = 1_767_225_600.0
"""The first day of 2026."""
APART = 600.0
"""Seconds between two jobs."""
ENGINE = "0" * 31 + "1"
"""An engine that is gone."""
KEY = "sk_0123456789abcdef"
VENDORS = {
    vendor.name: vendor
    for vendor in [
        ls.Lingdong(KEY, base_url="http://127.0.0.1:9"),
        ls.Yunai(KEY),
        ls.LipsyncStudio(KEY),
        ls.Xingyun(KEY, KEY),
        ls.Chanjing(KEY, KEY),
    ]
}
"""They are asked for estimates and accounts only."""


def vendor_id(job: Record) -> str:
    """Return a job's id at its vendor."""
    return f"{job.vendor}-{int(job.id[-2:], 16)}"


def sent(job: Record) -> Record:
    """Send it."""
    return replace(job, sent_at=job.created_at + 1, account=VENDORS[job.vendor].account)


def seen(job: Record, status: ls.JobStatus, word: str, after: float, **fields: object) -> Record:
    """Return a job that was sent, after the vendor reported of it."""
    snapshot = ls.Snapshot(status, word, vendor_id(job), **fields)
    return job.after(snapshot, job.created_at + after)


def queued(job: Record) -> Record:
    """Send it, and get its id."""
    snapshot = ls.Snapshot(ls.JobStatus.queued, "pending", vendor_id(job))
    return sent(job).accepted(snapshot, job.created_at + 2)


def running(job: Record) -> Record:
    """Poll it until it runs."""
    return seen(queued(job), ls.JobStatus.running, "processing", 10, progress=0.4)


def made(job: Record, cost: float | None = None) -> Record:
    """Poll it until it is made; its URL is one that has expired."""
    return seen(
        running(job),
        ls.JobStatus.succeeded,
        "completed",
        60,
        video_url=f"http://127.0.0.1:9/expired/{job.id}.mp4",
        duration_s=10.5,
        cost=None if cost is None else ls.Cost(cost, "credits"),
    )


def fetched(job: Record) -> Record:
    """Fetch its video, and inspect it."""
    name = f"{job.vendor}-{job.kind}-{job.id}.mp4"
    done = made(job, 105.0 if job.vendor == "lingdong" else None)
    return done.fetched(f"{THEN}/videos/{name}").inspected("pass")


def failed(job: Record) -> Record:
    """Poll it until it has failed, and is charged."""
    why = {"error": "no face was found", "cost": ls.Cost(31.0, "credits")}
    return seen(running(job), ls.JobStatus.failed, "failed", 30, **why)


def refused(job: Record) -> Record:
    """Send it to a vendor that does not take it."""
    error = ls.OutOfCredit("yunai: HTTP 402, the balance is used up", code=402)
    return sent(job).refused(error, job.created_at + 2)


def lost(job: Record) -> Record:
    """Send it, and lose the answer."""
    return sent(job).unanswered(ls.Unreachable("the connection broke", sent=True))


def unproven(job: Record) -> Record:
    """Lose it, and find a job in the vendor's list that may be it."""
    snapshot = ls.Snapshot(ls.JobStatus.running, "10", vendor_id(job), progress=0.1)
    return lost(job).found(snapshot, job.created_at + 20)


STATES: dict[str, Callable[[Record], Record]] = {
    "never sent": lambda job: job,
    "sent": sent,
    "sent, in a list": sent,
    "queued": queued,
    "queued with pictures": queued,
    "running": running,
    "running slides": running,
    "in a state no page lists": lambda job: seen(
        running(job), ls.JobStatus.unknown, "meditating", 20
    ),
    "made": lambda job: made(job, 19.0),
    "fetched": fetched,
    "fetched, paid anew": fetched,
    "fetched, and gone": fetched,
    "unfetchable": lambda job: made(job).with_error(
        ls.DownloadError("http://127.0.0.1:9/expired: HTTP 403")
    ),
    "failed": failed,
    "refused": refused,
    "cancelled": lambda job: job.cancelled(job.created_at + 1),
    "lost": lost,
    "lost, in a list": lost,
    "given up": lambda job: lost(job).superseded(ROWS["successor"].id, job.created_at + APART),
    "successor": running,
    "unproven": unproven,
}


def jobs(folder: Path) -> list[Record]:
    """Return all jobs, the oldest first.

    Args:
        folder: Where the media are.
    """
    validator = Validator(folder, ENGINE, has_host=True)
    all_jobs = []
    for number, (name, row) in enumerate(ROWS.items()):
        request = row.request(folder.joinpath)
        new = validator.record(request, VENDORS[request.vendor], known=True)
        there = new.request.replace(folder.as_posix(), f"{THEN}/media")
        new = replace(new, id=row.id, request=there, created_at=BEGAN + number * APART)
        all_jobs.append(STATES[name](new))
    return all_jobs


def entries() -> list[Entry]:
    """Return the comparison's entries: three jobs, and what a vendor could not make."""
    case = {"face": "anna", "script": "hello"}
    media = {"face_media": f"{THEN}/media/face.jpg", "speech_media": f"{THEN}/media/speech.wav"}
    places = {
        "fetched, paid anew": ("lingdong", "Generate"),
        "made": ("lipsync_studio", "LipSyncImage"),
        "fetched, and gone": ("yunai", "AvatarVideo"),
    }
    return [
        *(Entry(*place, **case, job=ROWS[name].id, **media) for name, place in places.items()),
        Entry("chanjing", "LipSync", **case, note="it takes clips only"),
    ]


def main(target: Path) -> None:
    """Write it."""
    if len(schema.MIGRATIONS) != MIGRATIONS:
        raise LipSyncError(f"this is for {MIGRATIONS} migrations, not {len(schema.MIGRATIONS)}")
    folder = Path(tempfile.mkdtemp())
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    target.unlink(missing_ok=True)
    with closing(Ledger(target)) as ledger:
        for job in jobs(folder):
            ledger.reserve([job], reuse=False, allow=lambda *_: None)
        comparisons = Comparisons(ledger)
        comparisons.add(COMPARISON, entries())
        for number, (left, right, choice, voter) in enumerate(VOTES):
            at = BEGAN + len(ROWS) * APART + number
            vote = Vote(ROWS[left].id, ROWS[right].id, Choice(choice), voter, at)
            comparisons.vote(COMPARISON, vote)
    shutil.rmtree(folder)
    with closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("UPDATE comparisons SET created_at = ?", (BEGAN + len(ROWS) * APART,))
        db.execute("DELETE FROM owners")
        db.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        db.execute("VACUUM")
    sys.stdout.write(f"{target.name}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
