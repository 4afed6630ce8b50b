"""What a large batch and a large ledger cost.

Run with ``pytest tests/benchmarks``; the figures are printed with the timings.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, time

import pandas as pd
import psutil
import pytest
from benchmarks import peer
from benchmarks.figures import report
from faces import portrait, speech

import lipsync_nb as ls
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.ledger.pruning import LONGEST_BUDGET
from lipsync_nb.ledger.schema import MIGRATIONS
from lipsync_nb.status import JobStatus

BATCH = 2_000
ROWS = 100_000
UNFINISHED = 5_000
RUNNING = {
    "status": JobStatus.running,
    "owner": "a kernel that has ended",
    "path": None,
    "finished_at": None,
}
BEFORE = 10
"""Migrations of the ledgers that had to be read as a whole."""
MEDIA = {"video": "https://x.test/v.mp4", "audio": "https://x.test/a.wav"}
KEY = "sk-0123456789"
NEVER = (3600.0, 3600.0)
SUBMISSIONS = 20
ROUNDS = 5
OPENING_S, OPENING_MB = 0.5, 150
TABLE_S = 0.3
MOST_OF_READ_SQL = 1.3
"""Times as long as pandas takes to read the same rows, in seconds of the processor."""
SUBMISSION_MS = 10.0
OF_PLAIN = 1.5
"""A submission under a budget may take so many times as long as one without, where a disk takes
longer than `SUBMISSION_MS` for both."""
OPENING = """
import sys
from time import perf_counter
import pandas, psutil
import lipsync_nb as ls
from lipsync_nb.notebook.table import Table

def opened(path):
    return ls.Client([], ledger=path, results=path + ".videos")

opened(sys.argv[1] + ".other").close()  # what is made once in a process
memory, begun = psutil.Process().memory_info().rss, perf_counter()
client = opened(sys.argv[1])
print(perf_counter() - begun)
print((psutil.Process().memory_info().rss - memory) / 1e6)
begun = perf_counter()
client.table()
print(perf_counter() - begun)
client.close()
"""


@pytest.fixture
def url():
    """A server's URL; its jobs never end."""
    with peer.running() as url:
        yield url


@pytest.fixture(scope="module")
def older(tmp_path_factory) -> Path:
    """A ledger of finished jobs with costs, one every 20 seconds until now, of an older version."""
    path = tmp_path_factory.mktemp("large") / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.create_function("bare_url", 1, lambda url: url, deterministic=True)
        for statement in sum(MIGRATIONS[:BEFORE], ()):
            db.execute(statement)
        names = list(row(1))
        marks = ", ".join(f":{name}" for name in names)
        statement = f"INSERT INTO jobs ({', '.join(names)}) VALUES ({marks})"
        db.executemany(statement, map(row, range(1, ROWS + 1)))
        db.execute(f"PRAGMA user_version = {BEFORE}")
        db.commit()
    return path


@pytest.fixture(scope="module")
def large(older, tmp_path_factory) -> Path:
    """The same ledger of this version."""
    path = Path(shutil.copy(older, tmp_path_factory.mktemp("new") / "jobs.sqlite"))
    Ledger(path).close()
    return path


def row(number: int) -> dict[str, object]:
    """Return a job as a row; nine of ten have a result."""
    at = time() - 20 * (ROWS - number)
    ok = number % 10 > 0
    said = asdict(
        Record(
            f"{number:016x}",
            "lingdong",
            "Generate",
            f'{{"source": "/home/me/face{number}.png", "audio": "/home/me/line{number}.wav"}}',
            f"{number:064x}",
            JobStatus.succeeded if ok else JobStatus.failed,
            at,
            vendor_id=f"task-{number:016x}",
            video_url=f"https://cdn.test/{number}.mp4",
            error=None if ok else "no face was found",
            cost=1.0,
            cost_unit="credits",
            cost_estimated=False,
            duration_s=8.0 + number % 7,
            path=f"/home/me/{number}.mp4" if ok else None,
            sent_at=at,
            accepted_at=at + 1,
            finished_at=at + 80,
            project="autumn",
            title=f"line {number}",
            revision=number,
        )
    )
    del said["readable"]
    return said


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


def cpu_seconds(work) -> float:
    """Return how long the processor is busy with some work, whatever else the machine does."""
    began = process_time()
    work()
    return process_time() - began


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


def test_an_older_large_ledger(benchmark, older, tmp_path):
    """It is brought to this version when it is opened."""
    path = Path(shutil.copy(older, tmp_path / "jobs.sqlite"))

    took = benchmark.pedantic(lambda: seconds(lambda: Ledger(path).close()), rounds=1)

    report(benchmark, f"the first opening of an older ledger of {ROWS} jobs", took, "s")


def test_opening_a_large_ledger(benchmark, large, tmp_path):
    """Only unfinished jobs are read, and the table reads the newest; in a process of its own."""
    path = shutil.copy(large, tmp_path / "jobs.sqlite")
    command = [sys.executable, "-c", OPENING, path]

    def opening():
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [float(figure) for figure in done.stdout.split()]

    runs: list[list[float]] = []
    benchmark.pedantic(lambda: runs.append(opening()), rounds=ROUNDS)
    opened, memory, table = (min(figures) for figures in zip(*runs, strict=True))
    report(benchmark, f"opening a ledger of {ROWS} jobs", opened, "s")
    report(benchmark, "memory", memory, "MB more")
    report(benchmark, "client.table()", table, "s")
    assert opened <= OPENING_S
    assert memory <= OPENING_MB
    assert table <= TABLE_S


def test_opening_with_unfinished_jobs(benchmark, url, tmp_path):
    """The jobs of a kernel that has ended are taken over when another one opens their ledger."""
    path = tmp_path / "jobs.sqlite"
    with closing(Ledger(path)) as ledger:
        jobs = [Record(**row(number) | RUNNING) for number in range(1, UNFINISHED + 1)]
        ledger.reserve(jobs, reuse=False, allow=lambda *_: None)
    client_of(url, tmp_path / "other.sqlite").close()  # what is made once in a process
    before, clients = resident_mb(), []

    took = benchmark.pedantic(
        lambda: seconds(lambda: clients.append(client_of(url, path))), rounds=1
    )
    report(benchmark, f"opening a ledger with {UNFINISHED} unfinished jobs", took, "s")
    report(benchmark, "memory", resident_mb() - before, "MB more")
    assert len(clients[0].records.unfinished()) == UNFINISHED
    clients[0].close()


def test_the_table_of_a_large_ledger(benchmark, large):
    """`client.jobs` beside pandas, which reads the same rows without their types."""
    ours, pandas = [], []

    def one_round():
        with closing(sqlite3.connect(large)) as db:
            pandas.append(cpu_seconds(lambda: pd.read_sql("SELECT * FROM jobs", db)))
        ours.append(cpu_seconds(lambda: client.jobs))

    with ls.Client([], ledger=large, results=large.parent) as client:
        benchmark.pedantic(one_round, rounds=ROUNDS)
        summed = seconds(client.costs)
    report(benchmark, f"client.jobs of {ROWS} jobs", min(ours), "s of CPU")
    report(benchmark, "pandas.read_sql", min(pandas), "s of CPU")
    report(benchmark, "ratio", min(ours) / min(pandas), "x")
    report(benchmark, "client.costs()", summed, "s")
    assert min(ours) <= MOST_OF_READ_SQL * min(pandas)


def test_submitting_to_a_large_ledger(benchmark, url, large, tmp_path):
    """A submission under a budget adds up the hours of 30 days, not their jobs."""
    path, job = Path(shutil.copy(large, tmp_path / "jobs.sqlite")), speaking(tmp_path)
    with client_of(url, path) as client:
        plain = submissions(client, job)
    with client_of(url, path, budget={"lingdong": 1e9}) as careful:
        budget = benchmark.pedantic(lambda: submissions(careful, job), rounds=1)

    report(benchmark, "submit", 1e3 * median(plain), "ms")
    report(benchmark, "submit under a budget", 1e3 * median(budget), "ms")
    assert 1e3 * median(budget) <= max(SUBMISSION_MS, 1e3 * OF_PLAIN * median(plain))


def test_pruning_a_large_ledger(benchmark, large, tmp_path):
    """And the export of what there was before; jobs with a cost stay for 31 days."""
    path = Path(shutil.copy(large, tmp_path / "jobs.sqlite"))
    with closing(sqlite3.connect(path)) as db:
        for name in ("created_at", "sent_at", "accepted_at", "finished_at"):
            db.execute(f"UPDATE jobs SET {name} = {name} - {LONGEST_BUDGET}")
        db.commit()
    with ls.Client([], ledger=path, results=tmp_path) as client:
        exported = seconds(lambda: client.ledger.export(tmp_path / "jobs.parquet"))
        took = benchmark.pedantic(lambda: seconds(lambda: client.ledger.prune(time())), rounds=1)
        left = client.ledger.count()

    report(benchmark, "export to Parquet", exported, "s")
    report(benchmark, f"pruning {ROWS - left} of {ROWS} jobs", took, "s")
    assert left == ROWS - ROWS // 10 + 1  # the last change stays
