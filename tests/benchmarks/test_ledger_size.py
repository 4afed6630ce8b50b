"""What a large batch and a large ledger cost.

Run with ``pytest tests/benchmarks``; the figures are printed with the timings.
"""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil
import pytest
from benchmarks import peer
from benchmarks.figures import report
from faces import portrait, speech

import lipsync_nb as ls
from lipsync_nb.ledger import Ledger
from lipsync_nb.status import JobStatus

BATCH = 2_000
ROWS = 100_000
BUDGET_SHARE = 0.2
"""A submission under a budget takes at most this share of the time to read all jobs."""
MEDIA = {"video": "https://x.test/v.mp4", "audio": "https://x.test/a.wav"}
KEY = "sk-0123456789"
NEVER = (3600.0, 3600.0)
SUBMISSIONS = 20


@pytest.fixture
def url():
    """A server's URL; its jobs never end."""
    with peer.running() as url:
        yield url


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A ledger of many finished jobs with costs, one every 20 seconds until now."""
    path = tmp_path_factory.mktemp("large") / "jobs.sqlite"
    with peer.running() as url, client_of(url, path) as client:
        client.submit(speaking(path.parent))
    ledger = Ledger(path)
    [job] = ledger.all()
    done = replace(
        job, status=JobStatus.failed, vendor_id=None, owner=None, cost=1.0, cost_unit="credits"
    )
    names = list(done.__dataclass_fields__)
    marks = ", ".join(f":{name}" for name in names)

    def row(number: int) -> dict[str, object]:
        values = {name: getattr(done, name) for name in names}
        values |= {"id": f"{number:016x}", "fingerprint": str(number), "revision": number}
        return values | {"created_at": job.created_at - 20 * number}

    def fill() -> None:
        with ledger.writing(durable=True) as db:
            statement = f"INSERT INTO jobs ({', '.join(names)}) VALUES ({marks})"
            db.executemany(statement, map(row, range(1, ROWS)))

    ledger.run(fill)
    ledger.close()
    return path


def client_of(url: str, ledger: Path, **options: object) -> ls.Client:
    """Return a client whose jobs are not polled again."""
    vendors = [ls.LipsyncStudio(KEY, base_url=url), ls.Lingdong(KEY, base_url=url)]
    return ls.Client(vendors, ledger=ledger, results=ledger.parent, poll=NEVER, **options)


def request(seed: int) -> ls.lipsync_studio.LipSyncVideo:
    """Return a request of its own for each seed."""
    return ls.lipsync_studio.LipSyncVideo(**MEDIA, seed=seed)


def speaking(folder: Path) -> ls.lingdong.Generate:
    """Return a request whose cost is known."""
    audio = speech(folder / "speech.wav", "Hello.")
    return ls.lingdong.Generate(source=portrait(folder / "face.png"), audio=audio)


def resident_mb() -> float:
    """Return the memory of this process in megabytes."""
    return psutil.Process(os.getpid()).memory_info().rss / 1e6


def seconds(work) -> float:
    """Return how long some work takes."""
    began = perf_counter()
    work()
    return perf_counter() - began


def submissions(client: ls.Client, job: ls.lingdong.Generate) -> list[float]:
    """Return how long each of some submissions takes."""
    return [seconds(lambda: client.submit(job, fresh=True)) for _ in range(SUBMISSIONS)]


def test_a_large_batch(benchmark, url, tmp_path):
    """All of it is sent before the client is closed."""
    before = resident_mb()
    client = client_of(url, tmp_path / "jobs.sqlite")
    requests = [request(seed) for seed in range(BATCH)]

    entered = seconds(lambda: client.map(requests))
    closed = benchmark.pedantic(lambda: seconds(client.close), rounds=1)

    report(benchmark, f"map of {BATCH} jobs", entered, "s")
    report(benchmark, "until all are sent and the client is closed", closed, "s")
    report(benchmark, "memory", resident_mb() - before, "MB more")
    ledger = Ledger(tmp_path / "jobs.sqlite")
    assert sum(job.vendor_id is not None for job in ledger.all()) == BATCH
    ledger.close()


def test_a_large_ledger(benchmark, url, large, tmp_path):
    """A submission under a budget sums the costs in SQL."""
    path = Path(shutil.copy(large, tmp_path / "jobs.sqlite"))
    before = resident_mb()
    opened = []
    took = seconds(lambda: opened.append(client_of(url, path)))
    [client] = opened
    report(benchmark, f"opening a ledger of {ROWS} jobs", took, "s")
    report(benchmark, "memory", resident_mb() - before, "MB more")
    reading = seconds(lambda: client.jobs)
    report(benchmark, "client.jobs", reading, "s")
    job = speaking(tmp_path)
    plain = submissions(client, job)
    client.close()
    with client_of(url, path, budget={"lingdong": 1e9}) as careful:
        budget = submissions(careful, job)
        last = benchmark.pedantic(lambda: seconds(careful.close), rounds=1)

    report(benchmark, "submit", 1e3 * median(plain), "ms")
    report(benchmark, "submit under a budget", 1e3 * median(budget), "ms")
    report(benchmark, "close", last, "s")
    assert median(budget) <= BUDGET_SHARE * reading
