"""The limit of unfinished jobs: who waits, for how long, and that nobody waits for ever."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from conftest import PATIENCE
from hosts import Arrival, Host, Reply, answer, says
from waiting import wait_until

import lipsync_nb as ls

MOST = 3
NOTE = f"waits, as lipsync_studio has {MOST} unfinished jobs (max_unfinished)"


class Studio(Host):
    """lipsync.studio, whose jobs end when they are told to.

    Attributes:
        seeds: The seeds of the jobs that were paid for, in this order.
        most: The most jobs that were unfinished at a time.
        refusals: The HTTP statuses with which the next requests are answered.
    """

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.most = 0
        self.refusals: list[int] = []
        self._ended: set[str] = set()
        self._lock = threading.Lock()
        super().__init__(self._reply)

    def end(self, number: int = 1) -> None:
        """End the oldest jobs that go on."""
        with self._lock:
            self._ended.update([job for job in self._ids if job not in self._ended][:number])

    @property
    def going(self) -> int:
        """How many jobs go on."""
        return len(self.seeds) - len(self._ended)

    @property
    def _ids(self) -> list[str]:
        return [f"job-{number}" for number in range(len(self.seeds))]

    def _reply(self, arrival: Arrival) -> Reply:
        with self._lock:
            if arrival.method != "POST":
                return self._state(arrival.target.rpartition("/")[2])
            if self.refusals:
                return says({"detail": "no"}, self.refusals.pop(0))
            self.seeds.append(seed_of(arrival))
            self.most = max(self.most, self.going)
            return says({"id": self._ids[-1], "status": "processing"})

    def _state(self, job_id: str) -> Reply:
        if job_id not in self._ids:
            return answer(b'{"detail": "no such job"}', 404, Content_Type="application/json")
        status = "failed" if job_id in self._ended else "processing"
        return says({"id": job_id, "status": status})


def seed_of(arrival: Arrival) -> int:
    """Return the seed of a request."""
    return int(json.loads(arrival.body)["formState"]["seed"])


@pytest.fixture
def studio() -> Iterator[Studio]:
    """The vendor."""
    with Studio() as studio:
        yield studio


@pytest.fixture
def connect(studio: Studio, tmp_path: Path) -> Iterator[Callable[..., ls.Client]]:
    """Return a maker of clients that share a ledger."""
    clients: list[ls.Client] = []

    def make(**options: object) -> ls.Client:
        vendor = ls.LipsyncStudio("a key of it", base_url=studio.url)
        ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos"}
        ours |= {"poll": (0.01, 0.05), "backoff_scale": 0.01, "max_unfinished": MOST}
        clients.append(ls.Client([vendor], **ours | options))
        return clients[-1]

    yield make
    for client in clients:
        client.close(wait=False)


SEEDS = count()


def requests(number: int) -> list[ls.lipsync_studio.LipSyncImage]:
    """Return requests that were never made before."""
    media = {"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}
    return [ls.lipsync_studio.LipSyncImage(**media, seed=next(SEEDS)) for _ in range(number)]


def went_out(studio: Studio, jobs: list[ls.Job]) -> bool:
    """Return whether these jobs were sent, in this order; the first ones at the same time."""
    wanted = [job.request.seed for job in jobs]
    first, rest = studio.seeds[:MOST], studio.seeds[MOST:]
    return (sorted(first), rest) == (wanted[:MOST], wanted[MOST:])


def test_no_more_are_at_the_vendor_than_may_be(connect, studio: Studio):
    """The others wait unsent, in the order of their entry, and each goes out when one ends."""
    client = connect()
    jobs = client.map(requests(12))

    for sent in range(MOST, 13):
        wait_until(lambda sent=sent: len(studio.seeds) == sent)
        assert [job.status for job in jobs[sent:]] == ["submitting"] * (12 - sent)
        studio.end()

    assert went_out(studio, jobs)
    assert studio.most == MOST
    studio.end(12)
    client.gather(jobs, errors="skip")


def test_a_job_that_waits_says_so_and_the_ledger_is_not_written(connect, studio: Studio):
    """Its note is gone once it is sent."""
    client = connect()
    jobs = client.map(requests(MOST + 1))
    wait_until(lambda: jobs[-1].note)

    assert jobs[-1].note == NOTE
    assert client.ledger.get(jobs[-1].id).note is None
    assert jobs[-1].error is None
    wait_until(lambda: len(studio.seeds) == MOST)
    studio.end()
    wait_until(lambda: jobs[-1].status != "submitting")
    assert NOTE not in (jobs[-1].note or "")


def test_a_vendor_without_a_limit_has_none(connect, studio: Studio):
    """Limits are by vendor."""
    client = connect(max_unfinished={"yunai": 1})

    client.map(requests(2 * MOST))

    wait_until(lambda: len(studio.seeds) == 2 * MOST)


def test_a_waiting_job_can_be_cancelled(connect, studio: Studio):
    """It is never sent, and takes nobody's turn."""
    client = connect()
    jobs = client.map(requests(MOST + 3))
    wait_until(lambda: len(studio.seeds) == MOST)

    jobs[MOST].cancel()
    studio.end(2)

    wait_until(lambda: len(studio.seeds) == MOST + 2)
    assert jobs[MOST].status == "cancelled"
    assert sorted(studio.seeds) == [job.request.seed for job in [*jobs[:MOST], *jobs[MOST + 1 :]]]


def test_an_abandoned_job_gives_its_turn_to_another(connect, studio: Studio):
    """Nothing more is asked of its vendor."""
    client = connect()
    first = client.map(requests(MOST))
    wait_until(lambda: studio.going == MOST)
    for job in first:
        wait_until(lambda job=job: job.vendor_id)
        job.abandon()

    client.map(requests(MOST))

    wait_until(lambda: len(studio.seeds) == 2 * MOST)


def test_a_refused_job_gives_its_turn_to_another(connect, studio: Studio):
    """And so does one whose answer was lost, as the vendor may never have had it."""
    client = connect()
    studio.refusals = [422] * MOST + [500] * MOST

    jobs = client.map(requests(3 * MOST))

    wait_until(lambda: len(studio.seeds) == MOST)
    ended = [job.status for job in jobs if job.status in {"failed", "unknown"}]
    assert sorted(ended) == ["failed"] * MOST + ["unknown"] * MOST


def test_a_vendor_that_stops_answering_holds_up_nobody_for_ever(connect, studio: Studio):
    """A job counts until its deadline."""
    client = connect(deadline=0.5)

    jobs = client.map(requests(2 * MOST))

    wait_until(lambda: len(studio.seeds) == 2 * MOST)
    wait_until(lambda: [job.status for job in jobs] == ["running"] * 2 * MOST)


def test_jobs_of_another_kernel_count(connect, studio: Studio):
    """As they are of the same account."""
    one, other = connect(), connect()
    first = one.map(requests(MOST))
    wait_until(lambda: len(studio.seeds) == MOST)
    for job in first:
        wait_until(lambda job=job: other.job(job.id).vendor_id)

    late = other.map(requests(1))
    wait_until(lambda: late[0].note == NOTE)
    assert len(studio.seeds) == MOST
    studio.end()

    wait_until(lambda: went_out(studio, [*first, *late]))


def test_closing_waits_until_all_were_sent(connect, studio: Studio):
    """The jobs that are at the vendor go on meanwhile."""
    client = connect()
    jobs = client.map(requests(2 * MOST))
    closing = threading.Thread(target=client.close)
    closing.start()
    wait_until(lambda: len(studio.seeds) == MOST)
    assert closing.is_alive()

    studio.end(MOST)
    closing.join(PATIENCE)

    assert not closing.is_alive()
    assert sorted(studio.seeds) == [job.request.seed for job in jobs]


def test_what_waited_when_its_client_ended_is_not_sent(connect, studio: Studio):
    """Unless it is asked for; then it waits for its turn again."""
    client = connect()
    jobs = client.map(requests(MOST + 2))
    wait_until(lambda: len(studio.seeds) == MOST)
    client.close(wait=False)
    again = connect()
    assert [again.job(job.id).status for job in jobs[MOST:]] == ["cancelled"] * 2

    again.resume(unsent=True)

    wait_until(lambda: again.job(jobs[-1].id).note)
    assert len(studio.seeds) == MOST
    studio.end(2)
    wait_until(lambda: len(studio.seeds) == MOST + 2)
    assert studio.most == MOST


def test_a_job_that_is_attached_again_counts(connect, studio: Studio):
    """As long as its vendor works on it."""
    client = connect(max_unfinished=1)
    [job] = client.map(requests(1))
    vendor_id = wait_until(lambda: job.vendor_id)
    job.abandon()
    job.attach(vendor_id)

    [late] = client.map(requests(1))

    wait_until(lambda: late.note)
    studio.end()
    wait_until(lambda: len(studio.seeds) == 2)


def test_a_program_that_ends_sends_all(studio: Studio, tmp_path: Path):
    """Though it must wait for its vendor."""
    code = f"""
import lipsync_nb as ls
studio = ls.LipsyncStudio("a key of it", base_url={studio.url!r})
options = dict(ledger={str(tmp_path / "j.sqlite")!r}, results={str(tmp_path)!r}, poll=(0.01, 0.05))
client = ls.Client([studio], max_unfinished={MOST}, **options)
media = dict(image="https://media.test/f.png", audio="https://media.test/a.wav")
client.map([ls.lipsync_studio.LipSyncImage(**media, seed=n) for n in range({2 * MOST})])
"""
    with subprocess.Popen([sys.executable, "-W", "error", "-c", code]) as program:
        wait_until(lambda: len(studio.seeds) == MOST)
        studio.end(MOST)
        assert program.wait(PATIENCE) == 0

    assert sorted(studio.seeds) == list(range(2 * MOST))
