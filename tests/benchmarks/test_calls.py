"""What a poll and a submission cost over the same requests by httpx alone.

Run with ``pytest tests/benchmarks``; the figures are printed with the timings.
"""

import asyncio
import json
import sqlite3
import threading
from statistics import median
from time import perf_counter

import httpx
import pytest
from benchmarks import peer
from benchmarks.figures import report

import lipsync_nb as ls
from lipsync_nb import event_loop as loop

POLL_SHARE = 0.15
SUBMIT_RATIO = 2.0
WRITES = 3
"""Durable writes of a submission: the new job, that it is about to be sent, and the vendor's id."""
KEY = "sk-0123456789"
HEADERS = {"Authorization": f"Bearer {KEY}"}
NEVER = (3600.0, 3600.0)


@pytest.fixture(scope="module")
def url():
    """A server's URL."""
    with peer.running() as url:
        yield url


# What else the machine does only ever adds time: the least disturbed rounds are compared.


async def timed(work, times=10):
    """Return the seconds that one of so many pieces of work takes."""
    begun = perf_counter()
    for _ in range(times):
        await work()
    return (perf_counter() - begun) / times


def test_poll(url, benchmark):
    """A poll takes at most 15 % longer than the request alone."""
    vendor = ls.LipsyncStudio(api_key=KEY, base_url=url)
    request = ls.lipsync_studio.LipSyncVideo(
        video="http://x.test/v.mp4", audio="http://x.test/a.wav"
    )
    plain = httpx.AsyncClient(base_url=url, headers=HEADERS)
    ours, alone = [], []

    async def poll():
        return await vendor.api.send(vendor.poll(request, "job-1"))

    async def get():
        return (await plain.get("jobs/job-1")).raise_for_status().json()

    async def one_round():
        ours.append(await timed(poll))
        alone.append(await timed(get))

    benchmark.pedantic(lambda: loop.run(one_round()), rounds=200, warmup_rounds=5)
    loop.run(plain.aclose())
    loop.run(vendor.aclose())

    extra = 1e6 * (min(ours) - min(alone))
    report(benchmark, "alone", 1e6 * min(alone), "µs")
    report(benchmark, "extra", extra, "µs")
    assert extra <= POLL_SHARE * 1e6 * min(alone)


def test_submit(url, benchmark, tmp_path):
    """A submission takes at most twice as long as its request and its three durable writes."""
    vendor = ls.LipsyncStudio(api_key=KEY, base_url=url)
    taken = threading.Event()
    ours, alone = [], []
    body = {"formState": {"video": "http://x.test/v.mp4", "audio": "http://x.test/a.wav"}}

    async def post():
        async with httpx.AsyncClient(base_url=url, headers=HEADERS, verify=tls) as plain:
            return (await plain.post("lipsync-video", json=body)).raise_for_status().json()

    def write(db):
        for _ in range(WRITES):
            db.execute("INSERT INTO jobs VALUES (?)", (json.dumps(body) * 8,))

    tls = httpx.create_ssl_context()
    raw = sqlite3.connect(tmp_path / "raw.sqlite", isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"):
        raw.execute(statement)
    raw.execute("CREATE TABLE jobs (request TEXT)")
    with ls.Client([vendor], ledger=tmp_path / "a.sqlite", results=tmp_path, poll=NEVER) as client:
        client.records.subscribe(lambda record: record.vendor_id and taken.set())

        def one_round():
            request = ls.lipsync_studio.LipSyncVideo(
                video="http://x.test/v.mp4", audio="http://x.test/a.wav", seed=len(ours)
            )
            taken.clear()
            begun = perf_counter()
            client.submit(request)
            taken.wait(10)
            ours.append(perf_counter() - begun)
            begun = perf_counter()
            write(raw)
            asyncio.run_coroutine_threadsafe(post(), loop.start()).result()
            alone.append(perf_counter() - begun)

        benchmark.pedantic(one_round, rounds=100, warmup_rounds=3)

    raw.close()
    ratio = median(a / b for a, b in zip(ours, alone, strict=True))
    report(benchmark, "alone", 1e3 * median(alone), "ms")
    report(benchmark, "ratio", ratio, "")
    assert ratio <= SUBMIT_RATIO
