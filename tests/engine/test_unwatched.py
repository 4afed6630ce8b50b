"""Jobs that ended while no kernel ran."""

import sqlite3
from contextlib import closing
from pathlib import Path

from hosts import Arrival, Host, Reply, says
from waiting import wait_until

import lipsync_nb as ls

MEDIA = {"image": "https://x.test/face.png", "audio": "https://x.test/a.wav"}
NIGHT = 10 * 3600.0
"""Seconds."""


class Studio(Host):
    """A vendor whose jobs run until it is `over`."""

    def __init__(self) -> None:
        self.over = False
        super().__init__(self._reply)

    def _reply(self, arrival: Arrival) -> Reply:
        if arrival.method == "POST":
            return says({"id": "job-1", "status": "processing"})
        return says(
            {"id": "job-1", "status": "failed", "error": "no face"}
            if self.over
            else {"id": "job-1", "status": "processing"}
        )


def client_of(studio: Studio, folder: Path) -> ls.Client:
    """Return a client of the vendor."""
    vendor = ls.LipsyncStudio("sk-0123456789", base_url=studio.url)
    return ls.Client([vendor], ledger=folder / "jobs.sqlite", results=folder, poll=(0.1, 60.0))


def test_an_end_that_nobody_saw_is_noted_as_such(tmp_path: Path) -> None:
    """After a night, the job is asked for at once; its time tells nothing of the vendor."""
    with Studio() as studio:
        with client_of(studio, tmp_path) as client:
            job = client.submit(ls.lipsync_studio.LipSyncImage(**MEDIA))
            wait_until(lambda: job.vendor_id)
        with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as db:
            for column in ("created_at", "sent_at", "accepted_at", "started_at"):
                db.execute(f"UPDATE jobs SET {column} = {column} - {NIGHT}")
            db.commit()
        studio.over = True
        with client_of(studio, tmp_path) as client:
            again = client.job(job.id)
            wait_until(again.done)

            assert (again.record.unwatched_s or 0) >= NIGHT


def test_an_end_that_was_waited_for_is_known_to_an_interval(tmp_path: Path) -> None:
    """So it is learned from."""
    with Studio() as studio, client_of(studio, tmp_path) as client:
        job = client.submit(ls.lipsync_studio.LipSyncImage(**MEDIA))
        wait_until(lambda: job.status == "running")
        studio.over = True
        wait_until(job.done)

        assert 0 <= (job.record.unwatched_s or 0) < 10
