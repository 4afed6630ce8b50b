"""What a thousand pending jobs cost, looked at when they are due.

Run with ``pytest tests/benchmarks``; the figures are printed with the timings.
"""

from time import process_time, sleep

import httpx
import pytest
from benchmarks import peer
from benchmarks.figures import report

import lipsync_nb as ls
from lipsync_nb.engine.poll_load import POLLS_PER_SECOND
from lipsync_nb.vendors.base import Vendor

JOBS = 1000
WINDOW_S = 20
SHARE = 0.25
"""Of one core."""


@pytest.fixture
def url():
    """A server's URL; its jobs never end."""
    with peer.running() as url:
        yield url


def submitted(client: ls.Client) -> None:
    """Submit the jobs, and wait until the vendor has them all."""
    media = {"video": "https://x.test/v.mp4", "audio": "https://x.test/a.wav"}
    client.map(ls.lipsync_studio.LipSyncVideo(**media, seed=n) for n in range(JOBS))
    while client.jobs["vendor_id"].isna().any():
        sleep(0.1)


def looks(url: str) -> int:
    """Return how often the vendor was asked for a job."""
    return int(httpx.get(f"{url}/looks").text)


def test_a_thousand_pending_jobs(benchmark, url, tmp_path):
    """Right after their submission, when they are looked at most often: a quarter of a core."""
    vendor = ls.LipsyncStudio(api_key="sk-0123456789", base_url=url)
    places = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path}
    with ls.Client([vendor], **places, poll=Vendor.poll_seconds) as client:
        submitted(client)
        before, began = looks(url), process_time()
        benchmark.pedantic(sleep, args=[WINDOW_S], rounds=1)
        share, asked = (process_time() - began) / WINDOW_S, looks(url) - before

    report(benchmark, "of a core", 100 * share, "%")
    report(benchmark, "a look", 1e6 * share * WINDOW_S / asked, "µs of processor")
    report(benchmark, "looks", asked / WINDOW_S, "a second")
    assert asked >= WINDOW_S * POLLS_PER_SECOND / 2
    assert share <= SHARE
