"""Errors and jobs cross processes; a client is made in the process that uses it."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest
from conftest import PATIENCE
from hosts import Host, says
from test_job import Connect, connect, request

import lipsync_nb as ls
from lipsync_nb.jobs.job import Job

__all__ = ["connect"]

FAILED = says({"id": "job-1", "status": "failed", "error": "没有人脸"})
METHODS = multiprocessing.get_all_start_methods()


class Particular(ls.JobFailed):
    """A user's own, with a further argument."""

    def __init__(self, message: str, job: object, *, code: int) -> None:
        super().__init__(message, job)  # type: ignore[arg-type]
        self.code = code


@pytest.fixture
def failed(connect: Connect) -> Job:
    """A job that its vendor says has failed."""
    with Host(says({"id": "job-1", "status": "processing"}), FAILED) as host:
        job = connect(host).submit(request())
        assert job.exception(PATIENCE)
    return job


def every_error(job):
    """Return an error of each kind, with all that it can carry."""
    wrapped = ls.JobFailed("failed", job)
    wrapped.__cause__ = ls.OutOfCredit("no credit", code=40002)
    wrapped.add_note("a note")
    return [
        wrapped,
        Particular("particular", job, code=7),
        *(kind(kind.__name__, job) for kind in (ls.JobTimeout, ls.JobCancelled, ls.JobAbandoned)),
        ls.SubmitUnknown("unknown", job),
        ls.NotConfirmed("too dear", None),
        ls.BadRequest("wrong", [("image", "too large")]),
        ls.RateLimited("slower", code=429, retry_after=2.0),
        ls.Unreachable("gone", sent=False),
        ls.NeverSent(),
        ls.LedgerError("locked"),
        ls.MissingExtra("pip install"),
    ]


def crossed(error):
    """Return an error that went through a pickle."""
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("again", [crossed, copy.copy, copy.deepcopy])
def test_an_error_keeps_all_that_it_carries(failed, again):
    """Its class, text, notes, cause, and attributes, among them its job."""
    for error in every_error(failed):
        new = again(error)

        assert type(new) is type(error)
        assert (str(new), new.args) == (str(error), error.args)
        assert vars(new) == vars(error)
        assert repr(new.__cause__) == repr(error.__cause__)
    group = again(ExceptionGroup("two", every_error(failed)[:2]))
    assert [type(each) for each in group.exceptions] == [ls.JobFailed, Particular]


def fail(job: Job) -> None:
    """Raise the job's error, in whichever process this is."""
    job.result(PATIENCE)


def facts(job: Job) -> tuple[object, ...]:
    """Return what a job says of itself in another process, and that process."""
    return os.getpid(), repr(job.error), job.status, job.request


@pytest.mark.parametrize("method", [method for method in METHODS if method != "fork"])
def test_a_job_is_the_same_in_a_worker_and_fails_as_here(failed, method):
    """By each way to start one. Its error comes back with the job, which is of the client here."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        process, error, *told = pool.submit(facts, failed).result(PATIENCE)
        with pytest.raises(ls.JobFailed, match="没有人脸") as raised:
            pool.submit(fail, failed).result(PATIENCE)

    assert process != os.getpid()
    assert error == repr(failed.error)
    assert told == [failed.status, failed.request]
    assert raised.value.job == failed
    assert raised.value.job.ledger == failed.ledger
    assert raised.value.job.session is failed.session


POOLED = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor
import lipsync_nb as ls
client = ls.Client([], ledger=sys.argv[1], results=os.path.dirname(sys.argv[1]))
job = client.job(sys.argv[2])
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
    try:
        pool.submit(job.result, 60).result(60)
    except ls.JobFailed as error:
        print(error.job == job, error.job.session is job.session, flush=True)
"""


@pytest.mark.skipif("fork" not in METHODS, reason="there is no fork")
def test_an_error_comes_back_from_a_forked_worker(failed):
    """Of a program of its own: a fork beside the many threads of other tests may never return."""
    command = [sys.executable, "-c", POOLED, str(failed.ledger), failed.id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.stdout == "True True\n", done.stderr


def test_an_error_comes_back_from_loky(failed):
    """It sends functions by their value."""
    loky = pytest.importorskip("loky")
    with loky.ProcessPoolExecutor(1) as pool, pytest.raises(ls.JobFailed, match="没有人脸"):
        pool.submit(fail, failed).result(PATIENCE)


def test_an_error_comes_back_from_dask(failed):
    """The same class, not a bare exception."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as dask,
        pytest.raises(ls.JobFailed, match="没有人脸") as raised,
    ):
        dask.submit(fail, failed).result(PATIENCE)
    assert raised.value.job == failed


def test_a_client_cannot_be_sent_and_says_what_to_do(connect):
    """A worker makes its own."""
    with Host(FAILED) as host:
        client = connect(host)
        for way in (pickle.dumps, copy.deepcopy):
            with pytest.raises(ls.LipSyncError, match="make one in the worker"):
                way(client)


FORKED = """
import os, sys
import lipsync_nb as ls
client = ls.Client([], ledger=sys.argv[1], results=os.path.dirname(sys.argv[1]))
job = client.job(sys.argv[2])
if os.fork() == 0:
    print(type(job.exception(60)).__name__, flush=True)
    try:
        client.submit(job.request)
    except ls.LipSyncError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif("fork" not in METHODS, reason="there is no fork")
def test_a_client_of_the_parent_says_what_to_do(failed):
    """In a forked child it has no threads; its jobs can be asked all the same."""
    command = [sys.executable, "-c", FORKED, str(failed.ledger), failed.id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    kind, said = done.stdout.splitlines()
    assert kind == "JobFailed"
    assert said.startswith("this client belongs to another process; make one in the worker")


BUSY = """
import os, sys, threading
import lipsync_nb as ls
client = ls.Client([], ledger=sys.argv[1], results=os.path.dirname(sys.argv[1]))
job = client.job(sys.argv[2])

def write():
    while True:
        client.ledger.heartbeat("another")

threading.Thread(target=write, daemon=True).start()
for number in range(30):
    if os.fork() == 0:
        print(job.status, flush=True)
        os._exit(0)
    os.wait()
os._exit(0)
"""


@pytest.mark.skipif("fork" not in METHODS, reason="there is no fork")
def test_a_fork_beside_a_busy_ledger(failed):
    """A child does not wait for what a thread of its parent was doing."""
    command = [sys.executable, "-c", BUSY, str(failed.ledger), failed.id]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)

    assert done.stdout.split() == 30 * ["failed"]


OUTLIVED = """
import os, sys
import lipsync_nb as ls
places = {"ledger": sys.argv[1], "results": os.path.dirname(sys.argv[1])}
client = ls.Client([], **places)
(told, tell), (ended, end) = os.pipe(), os.pipe()
if os.fork() == 0:
    own = ls.Client([], **places).job(sys.argv[2])
    own.title = "first"
    os.write(tell, b".")
    os.read(ended, 1)
    own.title = "last"
    os._exit(0)
os.read(told, 1)
client.close()
os.write(end, b".")
os.wait()
"""


@pytest.mark.skipif("fork" not in METHODS, reason="there is no fork")
def test_what_a_forked_worker_writes_is_kept(failed):
    """Also what it writes after the parent has closed the ledger: it would pay for it again."""
    failed.session.records.ledger.close()  # the last to close it tidies it up
    command = [sys.executable, "-c", OUTLIVED, str(failed.ledger), failed.id]
    subprocess.run(command, capture_output=True, timeout=120, check=True)

    with ls.Client([], ledger=failed.ledger, results=failed.ledger.parent) as later:
        assert later.job(failed.id).title == "last"


FORKING = """
import os, sys
import lipsync_nb as ls
client = ls.Client([], ledger=sys.argv[1], results=os.path.dirname(sys.argv[1]))
job = client.job(sys.argv[2])
for title in "ab":
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    job.title = title
    print(client.job(job.id).title)
os.rename(sys.argv[1], sys.argv[1] + ".moved")
if os.fork() == 0:
    os._exit(0)
os.wait()
job.title = "c"
print(job.title)
"""


@pytest.mark.skipif("fork" not in METHODS, reason="there is no fork")
def test_the_parent_goes_on(failed):
    """It opens the ledger again; one that was moved was not closed, as there is no way back."""
    command = [sys.executable, "-c", FORKING, str(failed.ledger), failed.id]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)

    assert done.stdout.split() == ["a", "b", "c"]


def test_a_job_of_a_ledger_that_is_not_here_says_so(failed, tmp_path):
    """As on another machine; what it is can be shown all the same."""
    job = crossed(failed)
    job.ledger = tmp_path / "elsewhere" / "jobs.sqlite"

    assert repr(job) == f"<Job {failed.id} of {job.ledger}>"
    with pytest.raises(ls.LedgerError, match="no such file on this machine"):
        job.result()
    assert not job.ledger.exists()


def test_a_plan_can_be_read_elsewhere(connect):
    """But is submitted by the client that made it only."""
    with Host(FAILED) as host:
        client = connect(host)
        face = "https://media.test/face.png"
        with pytest.raises(ls.NotConfirmed) as raised:
            client.compare(face, "https://media.test/speech.wav", confirm=False)
    new = crossed(raised.value)

    assert str(new.plan) == str(raised.value.plan)
    assert new.plan.df.equals(raised.value.plan.df)
    with pytest.raises(ls.LipSyncError, match="comes from another process"):
        new.plan.submit()
