"""Jobs as futures: callbacks, iteration, equality, and clients that are closed."""

import asyncio
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from conftest import PATIENCE
from hosts import Host, answer, says
from waiting import wait_until

import lipsync_nb as ls

KEY = "sk_0123456789abcdef"
TAKEN = says({"id": "job-1", "status": "processing"})
FAILED = says({"id": "job-1", "status": "failed", "error": "no face"})
MEDIA = {"image": "https://media.test/face.png", "audio": "https://media.test/speech.wav"}

Connect = Callable[..., ls.Client]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Return a maker of clients of lipsync.studio at a host, which all share one ledger."""
    clients: list[ls.Client] = []

    def make(host: Host, **options: object) -> ls.Client:
        ours = {"ledger": tmp_path / "jobs.sqlite", "results": tmp_path / "videos"}
        ours |= {"poll": (0.02, 0.05), "backoff_scale": 0.01}
        vendor = ls.LipsyncStudio(KEY, base_url=host.url)
        clients.append(ls.Client([vendor], **(ours | options)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def request(**fields: object) -> ls.lipsync_studio.LipSyncImage:
    """Return a request that needs no upload."""
    return ls.lipsync_studio.LipSyncImage(**{**MEDIA, **fields})


def posts(host: Host) -> int:
    """Return how many paid requests came."""
    return sum(arrival.method == "POST" for arrival in host.arrived)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, ZeroDivisionError])
def test_what_a_callback_raises_stops_no_job(connect, caplog, error):
    """Not even ``sys.exit()``: it is logged, the other callbacks are called, other jobs go on."""
    heard: list[ls.Job] = []

    def fail(_: ls.Job) -> None:
        raise error("of the user's own")

    with Host(says({"id": "a"}), says({"id": "b"}), FAILED) as host:
        client = connect(host)
        jobs = [client.submit(request(seed=seed)) for seed in (1, 2)]
        jobs[0].add_done_callback(fail)
        jobs[0].add_done_callback(heard.append)

        for job in jobs:
            with pytest.raises(ls.JobFailed):
                job.result(PATIENCE)
        assert client.submit(request(seed=3)).exception(PATIENCE)
    assert heard == jobs[:1]
    assert "of the user's own" in caplog.text


def test_a_callback_may_ask_for_the_result(connect):
    """As with any future: it is there, or raises what it would raise elsewhere."""
    heard: list[object] = []
    with Host(TAKEN, FAILED) as host:
        job = connect(host).submit(request())
        job.add_done_callback(lambda done: heard.append(done.exception()))
        job.exception(PATIENCE)
        wait_until(lambda: heard)

    assert isinstance(heard[0], ls.JobFailed)


def test_as_completed_is_an_iterator(connect):
    """``next`` takes one; a wait that is given up loses none."""
    given_up = threading.Event()

    def reply(arrival):
        if arrival.method == "POST":
            return TAKEN
        given_up.wait(PATIENCE)
        return FAILED

    async def impatient(jobs):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(jobs)
        given_up.set()
        return [job async for job in jobs]

    with Host(reply) as host:
        made = connect(host).map([request(seed=n) for n in (1, 2)])
        rest = asyncio.run(impatient(ls.as_completed(made)))
        ended = ls.as_completed(made)

        assert set(rest) == set(made)
        assert {next(ended), next(ended)} == set(made)
        assert list(ended) == []


@contextmanager
def one_of_two(connect):
    """Yield a job that has failed, one that runs, and the event that ends it."""
    go_on, numbers = threading.Event(), count(1)

    def reply(arrival):
        if arrival.method == "POST":
            return says({"id": f"job-{next(numbers)}"})
        if arrival.target.endswith("/job-2"):
            go_on.wait(PATIENCE)
        return FAILED

    with Host(reply) as host:
        try:
            jobs = connect(host).map([request(seed=n) for n in (1, 2)])
            wait_until(lambda: all(job.vendor_id for job in jobs))
            yield *sorted(jobs, key=lambda job: job.vendor_id), go_on
        finally:
            go_on.set()


def test_wait_returns_what_is_done_and_what_is_not(connect):
    """As in concurrent.futures: after a time, or the first job; it raises nothing."""
    with one_of_two(connect) as (quick, slow, go_on):
        first = ls.wait([quick, slow], return_when="FIRST_COMPLETED")
        soon = ls.wait([slow, quick, slow], timeout=0.01)
        ended = ls.wait([quick])

        assert first == soon == ({quick}, {slow})
        assert (ended.done, ended.not_done) == ({quick}, set())
        go_on.set()
        assert ls.wait([quick, slow]) == ({quick, slow}, set())
    assert ls.wait([]) == (set(), set())


def test_wait_refuses_what_it_does_not_know(connect):
    """It names what it takes."""
    with one_of_two(connect) as (*jobs, _), pytest.raises(ls.BadRequest, match="ALL_COMPLETED"):
        ls.wait(jobs, return_when="FIRST_EXCEPTION")


def test_as_completed_can_be_limited_in_time(connect):
    """It yields what is done, then raises, and says how many jobs go on."""
    with one_of_two(connect) as (quick, slow, _):
        ended = ls.as_completed([slow, quick], timeout=1)

        assert next(ended) == quick
        with pytest.raises(TimeoutError, match="1 of 2 jobs"):
            next(ended)

        async def awaited():
            return [job async for job in ls.as_completed([slow, quick], timeout=0.2)]

        with pytest.raises(TimeoutError, match="1 of 2 jobs"):
            asyncio.run(awaited())


def test_one_job_is_one_thing(connect):
    """However it was come by: two handles of one job are equal, and one in a set."""
    with Host(TAKEN, FAILED) as host:
        client = connect(host)
        first, again = client.submit(request()), client.submit(request())
        other = client.submit(request(seed=7))

    assert first == again == client.job(first.id)
    assert first != other
    assert first != first.id
    assert len({first, again, other}) == 2


def test_a_closed_client_says_so(connect):
    """Nothing waits for a job that its client follows no longer."""
    with Host(TAKEN) as host:
        client = connect(host)
        job = client.submit(request())
        client.close()
        client.close()

        for act in (job.result, job.cancel, client.listen, client.resume):
            with pytest.raises(ls.LipSyncError, match="closed; create a new one"):
                act()
        assert next(ls.as_completed([job])) == job


def test_many_requests_are_all_checked_before_one_is_paid(connect, tmp_path):
    """A missing file among them costs nothing."""
    with Host(TAKEN) as host:
        client = connect(host)
        wrong = [request(), request(image=tmp_path / "missing.png")]

        with pytest.raises(ls.BadRequest, match=r"missing\.png"):
            client.map(wrong)
        assert client.jobs.empty
        assert posts(host) == 0


@pytest.mark.parametrize("thing", [ls.lipsync_studio.LipSyncImage, {"image": "face.png"}])
def test_what_is_not_a_request_is_refused(connect, thing):
    """A class, or plain fields, are a mistake that is reported."""
    with Host(TAKEN) as host, pytest.raises(ls.BadRequest, match="not a request, such as"):
        connect(host).submit(thing)


def test_keys_that_were_set_later_are_said_to_be_there(connect, monkeypatch):
    """The client has read the environment when it was made."""
    with Host(TAKEN) as host:
        client = connect(host)
        monkeypatch.setenv("YUNAI_API_KEY", KEY)

        with pytest.raises(ls.MissingCredentials, match=r"its keys are set: .*ls\.Yunai\(\)"):
            _ = client.vendors["yunai"]


def test_folders_may_begin_at_home_or_here(connect, monkeypatch, tmp_path):
    """A ledger is found again from wherever the next kernel is started."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with Host(TAKEN) as host:
        client = connect(host, ledger="here.sqlite", results="~/there")
        os.chdir("/")

    assert client.ledger.path == tmp_path / "here.sqlite"
    assert client.results == tmp_path / "there"


def test_an_error_keeps_its_class_in_the_ledger(connect):
    """An unreachable vendor is still that when the ledger is opened again."""
    with Host(TAKEN, answer(b"", 200)) as host:
        client = connect(host)
        job = client.submit(request())
        wait_until(lambda: job.error)
        assert type(job.error) is ls.ServerError
    wait_until(lambda: type(job.error) is ls.Unreachable)

    assert type(pickle.loads(pickle.dumps(job.error))) is ls.Unreachable
