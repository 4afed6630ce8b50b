"""How often real jobs of the sandbox are polled over HTTP, and how late their ends are seen.

The same jobs are polled at fixed intervals, too. Times are shorter than vendors' by a factor, the
intervals by the same one. Polls are counted by the sandbox, which also knows when its jobs ended.
Run with ``pytest tests/benchmarks/test_polling_http.py``; the figures are printed.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from time import time

import numpy as np
import pytest
from faces import portrait, speech

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.engine.durations import fitted
from lipsync_nb.ledger.record import Record
from lipsync_nb.sandbox import Sandbox
from lipsync_nb.sandbox.settings import JOBS_AT_ONCE
from lipsync_nb.sandbox.store import Store
from lipsync_nb.vendors.base import Request

VENDORS = ("lingdong", "lipsync_studio", "yunai")
SCALE = 20.0
"""How many times quicker the sandbox's jobs are than vendors', which take about 80 s."""
POLL = (2.0 / SCALE, 30.0 / SCALE)
FIXED = (2.0 / SCALE, 5.0 / SCALE)
"""Seconds between polls."""
KNOWN = 10
"""Jobs of a vendor from which on its history counts."""
MOST_POLLS = 12
"""Of a job, with a history."""
LEAST_WITHIN, MOST_WITHIN = 0.70, 0.90
"""Share of jobs that are in an interval of 80 %."""
ROUNDS, FEW_ROUNDS = 14, 4
"""Times that each request is sent, in a full run and in a small one."""
WORDS = ("Hello there, ", "my friend, how are you today? ", "It is late, ", "and I go home. ")


class Peer:
    """Polls the jobs of a client at fixed intervals, as soon as their vendors have them.

    Attributes:
        polls: By vendor, all its polls.
        seen: By interval and job, its polls and when it was seen to have ended, in Unix time.
    """

    def __init__(self, client: ls.Client) -> None:
        self._client = client
        self._followed: dict[str, list[Future[None]]] = {}
        self.polls: Counter[str] = Counter()
        self.seen: dict[tuple[float, str], tuple[int, float]] = {}
        client.records.subscribe(self._changed)

    def wait(self) -> None:
        """Wait until all jobs have ended."""
        wait([each for several in self._followed.values() for each in several])

    def _changed(self, record: Record) -> None:
        if record.vendor_id is None or record.id in self._followed:
            return
        self._followed[record.id] = [
            asyncio.run_coroutine_threadsafe(self._follow(record, every), loop.start())
            for every in FIXED
        ]

    async def _follow(self, record: Record, every: float) -> None:
        vendor = self._client.vendors[record.vendor]
        request = vendor.recorded(record.kind, record.request)
        polls, over = 0, False
        due = asyncio.get_running_loop().time()
        while not over:
            due += every
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            polls += 1
            self.polls[record.vendor] += 1
            seen = await vendor.api.send(vendor.poll(request, str(record.vendor_id)))
            over = seen.status.terminal
        self.seen[every, record.id] = polls, time()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The folder for all files."""
    return tmp_path_factory.mktemp("polled")


@pytest.fixture(scope="module")
def sandbox(folder) -> Iterator[Sandbox]:
    """A sandbox whose jobs take a few seconds."""
    with Sandbox(folder / "sandbox", rates=False) as sandbox:
        yield sandbox


def requests(folder: Path) -> list[Request[ls.Video]]:
    """Return requests of several lengths of speech, of each vendor in turn."""
    face = portrait(folder / "face.png")
    spoken = ["".join(WORDS[:number]) for number in range(1, len(WORDS) + 1)]
    sounds = [speech(folder / f"{number}.wav", text) for number, text in enumerate(spoken)]
    made: list[Request[ls.Video]] = []
    for sound in sounds:
        made += [
            ls.lingdong.Generate(source=face, audio=sound),
            ls.lipsync_studio.LipSyncImage(image=face, audio=sound),
            ls.yunai.AvatarVideo(avatar=face, audio=sound),
        ]
    return made


def client_of(sandbox: Sandbox, folder: Path) -> ls.Client:
    """Return a client that sends its jobs when the vendors begin them at once."""
    options = {"poll": POLL, "max_unfinished": JOBS_AT_ONCE}
    return ls.Client.sandbox(sandbox, ledger=folder / "jobs.sqlite", results=folder, **options)


def render(sandbox: Sandbox, folder: Path, wanted: list[Request[ls.Video]]) -> None:
    """Let the sandbox render everything once, so that it is quick from now on."""
    sandbox.configure(pace=0)
    with client_of(sandbox, folder) as client:
        client.gather(client.map(wanted))
    sandbox.configure(pace=1)


def polls_of(sandbox: Sandbox, vendor: str) -> int:
    """Return how often a vendor was polled."""
    return int(sandbox.stats(vendor)["steps"].get("poll", 0))


def ends(sandbox: Sandbox) -> dict[str, float]:
    """Return when the sandbox's jobs ended, by their vendors' ids, in Unix time."""
    store = Store(sandbox.home / "sandbox.sqlite")
    try:
        return {job["id"]: job["finished"] for job in store.all("job")}
    finally:
        store.close()


@pytest.fixture(scope="module")
def jobs(sandbox, folder, whole) -> "Jobs":
    """Jobs that have ended: the first, whose history only begins, then those that have one."""
    wanted = requests(folder)
    render(sandbox, folder, wanted)
    (folder / "timed").mkdir()
    with client_of(sandbox, folder / "timed") as client:
        return Jobs(client, sandbox, wanted, ROUNDS if whole else FEW_ROUNDS)


class Jobs:
    """Makes the videos, and tells how it went.

    Attributes:
        peer: Polled them, too.
    """

    def __init__(
        self, client: ls.Client, sandbox: Sandbox, wanted: list[Request[ls.Video]], rounds: int
    ) -> None:
        self._client, self._sandbox = client, sandbox
        self.peer = Peer(client)
        least = -(-KNOWN * len(VENDORS) // len(wanted))
        self.first = self._made(wanted * least)
        self.later = self._made(wanted * rounds)

    def _made(self, wanted: list[Request[ls.Video]]) -> "Polled":
        before = self._polls()
        made = self._client.map(wanted, fresh=True)
        self._client.gather(made)
        self.peer.wait()
        records = [self._client.records.get(job.id) for job in made]
        return Polled(records, (self._polls() - before) / len(made), ends(self._sandbox))

    def _polls(self) -> int:
        all_of_them = sum(polls_of(self._sandbox, vendor) for vendor in VENDORS)
        return all_of_them - self.peer.polls.total()

    def past(self, vendor: str) -> list[tuple[float | None, float]]:
        """Return the speech and the time of a vendor's jobs, in seconds."""
        return [
            (each.duration_s, each.finished_at - each.accepted_at)
            for each in self.first.records + self.later.records
            if each.vendor == vendor and each.finished_at and each.accepted_at
        ]


class Polled:
    """Jobs that have ended.

    Attributes:
        records: The jobs.
        polls: Polls of each, in the mean.
        delays: Seconds from the end of each until it was seen.
        took: Seconds from their acceptance to their end.
    """

    def __init__(self, records: list[Record], polls: float, ends: dict[str, float]) -> None:
        self.records, self.polls = records, polls
        self._ends = [ends[str(each.vendor_id)] for each in records]
        seen = [each.finished_at for each in records]
        self.delays = np.array(seen) - self._ends
        self.took = np.array(self._ends) - [each.accepted_at for each in records]

    def fixed(self, peer: Peer, every: float) -> tuple[float, float]:
        """Return the mean polls and delay of a fixed interval."""
        seen = [peer.seen[every, each.id] for each in self.records]
        delays = np.array([when for _, when in seen]) - self._ends
        return float(np.mean([polls for polls, _ in seen])), float(delays.mean())


@pytest.mark.campaign
def test_delays(jobs, figure):
    """With a history there are few polls, and they are worth at least twice as much as fixed ones.

    At fixed intervals, the product of polls and delay is always about half a job's time.
    """
    for name, some in (("first", jobs.first), ("later", jobs.later)):
        figure(f"{len(some.records)} {name} jobs of {SCALE * some.took.mean():.0f} s; all scaled")
        figure(f"  ours        {some.polls:5.1f} polls {SCALE * some.delays.mean():5.2f} s")
        for every in FIXED:
            polls, delay = some.fixed(jobs.peer, every)
            figure(f"  every {SCALE * every:3.1f} s {polls:5.1f} polls {SCALE * delay:5.2f} s")
    polls, delay = jobs.later.fixed(jobs.peer, max(FIXED))

    assert jobs.later.polls <= MOST_POLLS
    assert jobs.later.polls * jobs.later.delays.mean() <= polls * delay / 2


@pytest.mark.campaign
def test_held_back_jobs(jobs, figure):
    """The 80 % interval of the others holds 70 to 90 % of the jobs, held back one by one."""
    within = [held for vendor in VENDORS for held in held_back(jobs.past(vendor))]

    figure(f"of {len(within)} held-back jobs, {np.mean(within):.0%} are in the interval of 80 %")
    assert LEAST_WITHIN <= np.mean(within) <= MOST_WITHIN


def held_back(past: list[tuple[float | None, float]]) -> list[bool]:
    """Return whether each job is in the interval that the others give."""
    within = []
    for number, (length, took) in enumerate(past):
        expected = fitted(past[:number] + past[number + 1 :]).duration(length)
        within.append(expected.quantile(0.1) <= took <= expected.quantile(0.9))
    return within
