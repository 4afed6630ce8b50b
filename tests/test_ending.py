"""The ends of clients, programs and kernels: what was submitted is sent, or said to be unsent."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hosts import Arrival, Host, Reply, says
from jupyter_client.manager import start_new_kernel
from waiting import PATIENCE_S, wait_until

import lipsync_nb as ls

REQUESTS = 24
"""More than are sent to one vendor at once."""
AT_ONCE = 16
NEVER_SENT = ("cancelled", "NeverSent")

BEGIN = f"""
import signal, sys
import lipsync_nb as ls

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
url, folder = sys.argv[1:]

def request(seed):
    media = {{"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}}
    return ls.lipsync_studio.LipSyncImage(**media, seed=seed)

requests = [request(seed) for seed in range({REQUESTS})]
studio = ls.LipsyncStudio("key", base_url=url)
client = ls.Client([studio], ledger=folder + "/jobs.sqlite", results=folder, poll=(60, 60))
"""


class Studio(Host):
    """lipsync.studio, which answers paid requests only when it is told to.

    It is named by its host's name, so that the name must be looked up.
    """

    def __init__(self) -> None:
        self.answers = threading.Event()
        super().__init__(self._reply)
        self.url = f"http://localhost:{self.port}"

    @property
    def paid(self) -> int:
        """How many paid requests came."""
        return sum(arrival.method == "POST" for arrival in self.arrived)

    def _reply(self, arrival: Arrival) -> Reply:
        if arrival.method != "POST":
            return says({"id": arrival.target.rpartition("/")[2], "status": "processing"})
        body = says({"id": f"job-{len(self.arrived)}-{id(arrival)}", "status": "processing"})

        def pieces() -> Iterator[bytes]:
            self.answers.wait(PATIENCE_S)
            yield from body.pieces()

        return Reply(pieces)


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A vendor that answers nothing yet."""
    with Studio() as studio:
        yield studio
        studio.answers.set()


@contextmanager
def program(studio: Studio, folder: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program to whose end nothing is added."""
    command = [sys.executable, "-W", "error", "-c", BEGIN + code, studio.url, str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def rows(folder: Path) -> Counter[tuple[str, str]]:
    """Count the jobs in the ledger by their status and their error's type."""
    with closing(sqlite3.connect(folder / "jobs.sqlite")) as db:
        return Counter(db.execute("SELECT status, ifnull(error_type, '') FROM jobs").fetchall())


ENDS = {
    "the last line": "client.map(requests)",
    "a with block": "with client: client.map(requests)",
    "close": "client.map(requests); client.close()",
    "an exception": "client.map(requests); 1 / 0",
    "a thread": "import threading; threading.Thread(target=client.map, args=[requests]).start()",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_program_ends_when_all_it_submitted_is_sent(
    studio: Studio, tmp_path: Path, end: str
) -> None:
    """A host's name must be looked up for it, although new threads cannot be started then."""
    with program(studio, tmp_path, end) as process:
        told = next(line for line in process.stderr if line.startswith("lipsync_nb"))
        studio.answers.set()
        process.communicate(timeout=PATIENCE_S)

    assert f"lipsync_nb: {REQUESTS} requests are still to be sent" in told
    assert studio.paid == REQUESTS
    assert not rows(tmp_path)["submitting", ""]
    assert process.returncode == (1 if "1 / 0" in end else 0)


def test_a_quick_end_says_nothing(studio: Studio, tmp_path: Path) -> None:
    """The number of unsent requests is of interest only to those who wait."""
    studio.answers.set()
    code = f"""
from lipsync_nb.jobs import ending
ending.QUIET_SECONDS = {PATIENCE_S}  # what is quick depends on the machine
client.submit(requests[0])
"""
    with program(studio, tmp_path, code) as process:
        _, told = process.communicate(timeout=PATIENCE_S)

    assert (studio.paid, told) == (1, "")


def left_unsent(studio: Studio, folder: Path) -> None:
    """Look at what a program leaves that did not wait: eight jobs, cancelled and not paid."""
    assert studio.paid == AT_ONCE
    found = rows(folder)
    assert found[NEVER_SENT] == REQUESTS - AT_ONCE
    assert found.total() == REQUESTS


INTERRUPTED = {
    "the last line": "client.map(requests)",
    "a with block": "with client: client.map(requests)",
    "close": "client.map(requests); client.close()",
}


@pytest.mark.parametrize("end", INTERRUPTED.values(), ids=INTERRUPTED)
def test_ctrl_c_leaves_what_is_not_sent(studio: Studio, tmp_path: Path, end: str) -> None:
    """The answers to what was sent are still awaited, and their ids kept."""
    with program(studio, tmp_path, end) as process:
        assert "still to be sent" in process.stderr.readline()
        wait_until(lambda: studio.paid == AT_ONCE)
        process.send_signal(signal.SIGINT)
        awaited = f"waiting for the answers to {AT_ONCE} requests"
        assert any(awaited in line for line in process.stderr)
        studio.answers.set()
        process.communicate(timeout=PATIENCE_S)

    left_unsent(studio, tmp_path)
    assert rows(tmp_path)["submitting", ""] == 0


CAUGHT = """
try:
    client.gather(client.map(requests))
except KeyboardInterrupt:
    print("KeyboardInterrupt", file=sys.stderr)
    sys.exit(130)
"""
"""As command line frameworks do, so that Python itself does not know how the program ended."""

STOPPED = {
    "a program": "client.gather(client.map(requests))",
    "a with block": "with client: client.gather(client.map(requests))",
    "asyncio": """
import asyncio

async def main():
    with client:
        await asyncio.gather(*client.map(requests))

asyncio.run(main())
""",
    "a program that catches it": CAUGHT,
    "a with block that catches it": "with client:" + CAUGHT.replace("\n", "\n    "),
}


def interrupted(studio: Studio, folder: Path, code: str, unsent: int = 0) -> str:
    """Run a program, and press Ctrl-C while it waits for its jobs; return its stderr.

    The vendor answers once a number of jobs is left unsent.
    """
    with program(studio, folder, code) as process:
        wait_until(lambda: studio.paid == AT_ONCE)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        wait_until(lambda: rows(folder)[NEVER_SENT] == unsent)
        studio.answers.set()
        _, told = process.communicate(timeout=PATIENCE_S)
    return told


@pytest.mark.parametrize("code", STOPPED.values(), ids=STOPPED)
def test_ctrl_c_that_ends_what_submitted_leaves_the_rest(
    studio: Studio, tmp_path: Path, code: str
) -> None:
    """One Ctrl-C is enough for a program that waits for its jobs."""
    told = interrupted(studio, tmp_path, code, REQUESTS - AT_ONCE)

    assert "KeyboardInterrupt" in told
    left_unsent(studio, tmp_path)


GOES_ON = {
    "it submits more": (CAUGHT.replace("sys.exit(130)", "client.submit(request(-1))"), 1),
    "it is a console": ("sys.ps1 = '>>> '\n" + CAUGHT, 0),
}


@pytest.mark.parametrize(("code", "more"), GOES_ON.values(), ids=GOES_ON)
def test_after_a_ctrl_c_that_does_not_end_the_program_all_is_sent(
    studio: Studio, tmp_path: Path, code: str, more: int
) -> None:
    """The program goes on to submit, or the Ctrl-C ended a statement only."""
    interrupted(studio, tmp_path, code)

    assert studio.paid == REQUESTS + more


def test_close_without_waiting_leaves_what_is_not_sent(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its jobs are cancelled, and say what to do; the next client says how many there are."""
    code = f"""
import time
jobs = client.map(requests)
while sum(job.record.sent_at is not None for job in jobs) < {AT_ONCE}:
    time.sleep(0.01)
time.sleep(0.5)  # it is written before it is sent
client.close(wait=False)
print([str(job.exception()) for job in jobs if job.status == "cancelled"][0])
print({{job.cost and job.cost.amount for job in jobs if job.status == "cancelled"}})
"""
    with program(studio, tmp_path, code) as process:
        wait_until(lambda: studio.paid == AT_ONCE)
        threading.Timer(1, studio.answers.set).start()
        said, _ = process.communicate(timeout=PATIENCE_S)

    assert "never sent, nothing was paid" in said
    assert "job.resubmit()" in said
    assert said.splitlines()[-1] == "{None}"
    left_unsent(studio, tmp_path)
    with connected(studio, tmp_path) as client:
        assert "8 requests of a client that has ended: never sent" in capsys.readouterr().err
        wait_until(lambda: len(client.jobs) == REQUESTS)
    with connected(studio, tmp_path):
        assert "never sent" not in capsys.readouterr().err
    assert studio.paid == AT_ONCE


def connected(studio: Studio, folder: Path, **options: object) -> ls.Client:
    """Return the next client on the ledger."""
    vendor = ls.LipsyncStudio("key", base_url=studio.url)
    return ls.Client(
        [vendor], ledger=folder / "jobs.sqlite", results=folder, poll=(60, 60), **options
    )


def killed(studio: Studio, folder: Path, number: signal.Signals) -> None:
    """Run a program, and end it while its vendor answers nothing."""
    with program(studio, folder, "client.map(requests)") as process:
        wait_until(lambda: studio.paid == AT_ONCE)
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_S)
    studio.answers.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_program_never_sent_is_sent_only_when_it_is_asked_for(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    """And once, however often it is asked for."""
    killed(studio, tmp_path, number)
    with connected(studio, tmp_path) as client:
        assert "8 requests of a client that has ended: never sent" in capsys.readouterr().err
        left_unsent(studio, tmp_path)

        jobs = client.resume(unsent=True)

        wait_until(lambda: studio.paid == REQUESTS)
        assert len(jobs) == REQUESTS - AT_ONCE
        assert client.resume(unsent=True) == []
    assert studio.paid == REQUESTS


def test_what_was_submitted_again_is_not_sent_once_more(studio: Studio, tmp_path: Path) -> None:
    """By the same cell, or by `resubmit`: under its id, and once."""
    killed(studio, tmp_path, signal.SIGKILL)
    with connected(studio, tmp_path) as client:
        old = [job for job in map(client.job, client.jobs["id"]) if job.status == "cancelled"]

        again = client.map([old[0].request, old[1].request])
        third = old[2].resubmit()

        assert [*again, third] == old[:3]
        with pytest.raises(ls.BadRequest, match="only a failed"):
            old[2].resubmit()
        assert len(client.resume(unsent=True)) == len(old) - 3
    assert studio.paid == REQUESTS


def test_what_cannot_be_sent_again_stops_nothing_else(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as jobs whose files are gone. It is said each time, until they are abandoned."""
    gone = ls.lipsync_studio.LipSyncImage(image="gone.png", audio="https://media.test/a.wav")
    killed(studio, tmp_path, signal.SIGKILL)
    with connected(studio, tmp_path) as client:
        spoilt = [job.id for job in client.ledger.never_sent()][:2]
        for job_id in spoilt:
            client.ledger.update(job_id, lambda job: replace(job, request=gone.model_dump_json()))

        assert len(client.resume(unsent=True)) == REQUESTS - AT_ONCE - 2
        assert "2 requests are not sent again: job" in capsys.readouterr().err
        assert client.resume(unsent=True) == []
        assert "2 requests are not sent again: job" in capsys.readouterr().err
        for job_id in spoilt:
            client.job(job_id).abandon()
        assert client.resume(unsent=True) == []
        assert "not sent" not in capsys.readouterr().err
        assert [client.job(job_id).status for job_id in spoilt] == ["abandoned"] * 2
    assert studio.paid == REQUESTS - 2


def test_a_waiting_kernel_learns_what_another_never_sent(studio: Studio, tmp_path: Path) -> None:
    """It takes the jobs over, but does not send them."""
    with connected(studio, tmp_path) as client:
        killed(studio, tmp_path, signal.SIGKILL)
        wait_until(lambda: rows(tmp_path)["cancelled", "NeverSent"] == REQUESTS - AT_ONCE)
        job = next(job for job in map(client.job, client.jobs["id"]) if job.status == "cancelled")

        with pytest.raises(ls.JobCancelled, match="never sent, nothing was paid"):
            job.result()
    left_unsent(studio, tmp_path)


def test_what_is_submitted_again_before_its_kernel_is_known_to_be_dead_is_sent(
    studio: Studio, tmp_path: Path
) -> None:
    """The cell is run again at once; its jobs are the killed kernel's, each is paid once."""
    with connected(studio, tmp_path) as client:
        killed(studio, tmp_path, signal.SIGKILL)
        left = [client.job(job.id) for job in client.ledger.all() if not job.sent_at]

        again = client.map([job.request for job in left])

        assert again == left
        assert len(left) == REQUESTS - AT_ONCE
        wait_until(lambda: all(job.vendor_id for job in left))
    assert rows(tmp_path)[NEVER_SENT] == 0
    assert studio.paid == REQUESTS


def test_a_kernel_that_is_restarted_sends_no_more(studio: Studio, tmp_path: Path) -> None:
    """A restart is how people stop a batch; the kernel ends by itself, at once."""
    manager, kernel = start_new_kernel(kernel_name="python3")
    try:
        code = f"import sys; sys.argv = ['', {studio.url!r}, {str(tmp_path)!r}]"
        kernel.execute_interactive(code + BEGIN + "jobs = client.map(requests)", timeout=PATIENCE_S)
        wait_until(lambda: studio.paid == AT_ONCE)
        threading.Timer(1, studio.answers.set).start()
        kernel.shutdown(restart=True)
        wait_until(lambda: not manager.is_alive())
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)

    left_unsent(studio, tmp_path)
