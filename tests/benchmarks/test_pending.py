"""What a thousand pending jobs cost, polled when they are due.

Run with ``pytest tests/benchmarks/test_pending.py``; the figures are printed with the timings.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from time import process_time, sleep, time

import httpx
import pytest
from benchmarks import peer
from benchmarks.figures import report

import lipsync_nb as ls
from lipsync_nb.engine.poll_load import POLLS_PER_SECOND
from lipsync_nb.ledger import Ledger
from lipsync_nb.ledger.ledger import COLUMNS
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.status import JobStatus
from lipsync_nb.vendors.base import Request, Vendor

JOBS = 1000
WINDOW_S = 20
SHARE = 0.25
"""Of one core."""
PAST = 50
"""Past jobs, of those whose jobs have a history."""
TOOK_S = (20.0, 300.0)
"""Seconds that they took: so long that an end is likely at any time, which needs most polls."""
KEY = "sk-0123456789"
MEDIA = {"video": "https://x.test/v.mp4", "audio": "https://x.test/a.wav"}
ENDLESS = 1e4
"""The pace at which no job of the sandbox ends."""


@pytest.fixture
def url() -> Iterator[str]:
    """A server's URL; its jobs never end."""
    with peer.running() as url:
        yield url


def requests(count: int) -> list[ls.lipsync_studio.LipSyncVideo]:
    """Return so many requests, each different."""
    return [ls.lipsync_studio.LipSyncVideo(**MEDIA, seed=seed) for seed in range(count)]


def submitted(client: ls.Client, wanted: Iterable[Request[ls.Video]]) -> None:
    """Submit jobs, and wait until the vendor has them all."""
    client.map(wanted, fresh=True)
    while client.jobs["vendor_id"].isna().any():
        sleep(0.1)


def looks(url: str) -> int:
    """Return how often the vendor was asked for a job."""
    return int(httpx.get(f"{url}/looks").text)


def client_of(url: str, folder: Path) -> ls.Client:
    """Return a client that polls as it does at most vendors."""
    places = {"ledger": folder / "jobs.sqlite", "results": folder}
    return ls.Client([ls.LipsyncStudio(KEY, base_url=url)], **places, poll=Vendor.poll_seconds)


def with_history(url: str, folder: Path) -> None:
    """Make a ledger of jobs that have succeeded."""
    with client_of(url, folder) as client:
        submitted(client, requests(1))
        client.job(client.jobs["id"][0]).abandon()
    ledger = Ledger(folder / "jobs.sqlite")
    [job] = ledger.all()
    marks = ", ".join(f":{name}" for name in COLUMNS)

    def row(number: int) -> dict[str, object]:
        took = TOOK_S[0] + (TOOK_S[1] - TOOK_S[0]) * number / PAST
        ended = {"accepted_at": time() - took, "finished_at": time(), "status": JobStatus.succeeded}
        return asdict(replace(job, id=f"{number:016x}", fingerprint=str(number), **ended))

    def fill() -> None:
        with ledger.writing(durable=True) as db:
            statement = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({marks})"
            db.executemany(statement, map(row, range(PAST)))

    ledger.run(fill)
    ledger.close()


def measured(benchmark, asked: Callable[[], int]) -> float:
    """Return how much of a core the jobs need, and report it."""
    before, began = asked(), process_time()
    benchmark.pedantic(sleep, args=[WINDOW_S], rounds=1)
    share, polls = (process_time() - began) / WINDOW_S, asked() - before
    report(benchmark, "of a core", 100 * share, "%")
    report(benchmark, "a request", 1e6 * share * WINDOW_S / polls, "µs of processor")
    report(benchmark, "requests", polls / WINDOW_S, "a second")
    return share


@pytest.mark.parametrize("past", [0, PAST])
def test_a_thousand_pending_jobs(past, benchmark, url, tmp_path):
    """Right after their submission: a quarter of a core, whether or not there is a history."""
    if past:
        with_history(url, tmp_path)
    with client_of(url, tmp_path) as client:
        submitted(client, requests(JOBS))
        before = looks(url)
        share = measured(benchmark, lambda: looks(url))
        asked = looks(url) - before

    assert asked >= WINDOW_S * POLLS_PER_SECOND / 2
    assert share <= SHARE


def test_a_thousand_jobs_on_a_list(benchmark, tmp_path):
    """A vendor that lists its jobs is asked for its list: a quarter of a core, too."""
    places = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path}
    with (
        Sandbox(tmp_path / "sandbox", pace=ENDLESS, rates=False) as sandbox,
        ls.Client.sandbox(sandbox, **places, poll=Vendor.poll_seconds) as client,
    ):
        chanjing = client.vendors["chanjing"]
        chanjing.rates = {}
        person, voice = chanjing.people()["id"][0], chanjing.voices()["id"][0]
        spoken = {"text": "Hello.", "voice": voice}
        submitted(client, [ls.chanjing.AvatarVideo(person={"id": person}, tts=spoken)] * JOBS)
        share = measured(benchmark, lambda: sandbox.stats("chanjing")["steps"]["poll"])

    assert share <= SHARE
