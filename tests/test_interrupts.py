"""Ctrl-C at any moment of `submit`, and an event loop that ends: nothing hangs, nothing is lost."""

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import Arrival, Host, Reply, says
from waiting import PATIENCE_S

ROUNDS = 4
INTERRUPTS = 500
"""In each round."""
FEW = 40
"""Interrupts of a small run, which has one round."""
IGNORED = re.compile(r"Exception ignored in: .*?\nKeyboardInterrupt: ?\n", re.DOTALL)
"""What Python writes when Ctrl-C comes while it calls back for an object that it has collected,
such as a closed connection: no exception can pass there."""
LONGEST_PAUSE = 0.02
"""Seconds between interrupts. A submission takes about as long."""

BEGIN = """
import asyncio, selectors, signal, sqlite3, sys, threading, time
from contextlib import closing
from pydantic_core import PydanticSerializationError
import lipsync_nb as ls
from lipsync_nb import event_loop as loop

url, folder, *arguments = sys.argv[1:]

def request(seed):
    media = {"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}
    return ls.lipsync_studio.LipSyncImage(**media, seed=seed)

def connected():
    studio = ls.LipsyncStudio("key", base_url=url)
    return ls.Client([studio], ledger=folder + "/jobs.sqlite", results=folder, poll=(600, 600))
"""

SUBMITS = """
submitting, interrupts, received = False, 0, set()

def interrupt(number, frame):
    global submitting
    if submitting:
        submitting = False  # one at a time
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, interrupt)
client = connected()
request(0).fingerprint()  # pydantic builds a model at its first use, and has no error for Ctrl-C
print("ready", flush=True)
for seed in range(10**9):
    try:
        submitting = True
        job = client.submit(request(seed))
        submitting = False
        received.add(job.id)
    except (KeyboardInterrupt, PydanticSerializationError):  # as pydantic calls it within JSON
        interrupts += 1
        if interrupts == int(arguments[0]):
            break

signal.signal(signal.SIGINT, signal.SIG_IGN)
rows = {row.id for row in client.ledger.all()}
with closing(sqlite3.connect(folder + "/jobs.sqlite", timeout=60, isolation_level=None)) as db:
    db.execute("BEGIN IMMEDIATE")  # no transaction is left open
assert received <= rows == set(client.jobs["id"])
until = time.monotonic() + 60
while set(client.jobs["status"]) != {"running"} and time.monotonic() < until:
    time.sleep(0.05)
print(len(rows), *sorted(set(client.jobs["status"])), flush=True)
client.close()
"""


def taken(arrival: Arrival) -> Reply:
    """Accept every job."""
    if arrival.method != "POST":
        return says({"id": arrival.target.rpartition("/")[2], "status": "processing"})
    return says({"id": f"job-{arrival.json['formState']['seed']}", "status": "processing"})


def program(host: Host, folder: Path, code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program."""
    command = [sys.executable, "-c", BEGIN + code, host.url, str(folder), *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, text=True)


@pytest.mark.campaign(small=lambda number: number == 0)
@pytest.mark.parametrize("number", range(ROUNDS))
def test_ctrl_c_leaves_a_job_that_goes_on_or_none(
    number: int, tmp_path: Path, figure: Callable[[str], None], *, whole: bool
) -> None:
    """Each row is known to the client and sent once; the ledger is locked by nobody."""
    interrupts, chance = INTERRUPTS if whole else FEW, random.Random(f"round {number}")
    with Host(taken) as host, program(host, tmp_path, SUBMITS, interrupts) as process:
        assert process.stdout.readline() == "ready\n"
        late = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < late:
            process.send_signal(signal.SIGINT)
            time.sleep(chance.uniform(0, LONGEST_PAUSE))
        process.kill()
        told, errors = process.communicate()

        assert not IGNORED.sub("", errors), errors
        jobs, *statuses = told.split()
        figure(f"{interrupts} interrupts: {jobs} jobs, all {statuses}")
        assert statuses == ["running"]
        assert sum(arrival.method == "POST" for arrival in host.arrived) == int(jobs)


ENDS = """
class Selector(selectors.DefaultSelector):
    broken = False

    def select(self, timeout=None):
        if self.broken:
            raise OSError("the selector is broken")
        return super().select(timeout)

selector = Selector()
loop._Selector = lambda: selector
client = connected()
job = client.submit(request(1))

def told(wait):
    try:
        wait()
    except ls.LipSyncError as error:
        print(type(error).__name__, error, flush=True)

async def awaiting():
    await job

waits = {
    "result": job.result,
    "await": lambda: asyncio.run(awaiting()),
    "as_completed": lambda: next(ls.as_completed([job])).result(),
    "cancel": job.cancel,
    "submit": lambda: client.submit(request(2)),
    "close": client.close,
    "Client": connected,
}

waiting = threading.Thread(target=told, args=[waits[arguments[0]]])
if arguments[1] == "before":
    waiting.start()
    time.sleep(0.5)
    selector.broken = True
    loop.call(int)
else:
    selector.broken = True
    loop.call(int)
    if arguments[1] == "after":
        loop._running.thread.join()
    waiting.start()
waiting.join()
print("end", flush=True)
"""


DIES = """
selector.broken = True
loop.call(int)
loop._running.thread.join()
"""


def test_a_program_says_at_its_end_that_the_loop_has_ended(tmp_path: Path) -> None:
    """Every user sees it, also without a handler for the log."""
    code = ENDS.partition("def told")[0] + DIES
    with Host(taken) as host, program(host, tmp_path, code) as process:
        try:
            _, told = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()

    assert process.returncode == 0
    assert told.splitlines() == [
        f"lipsync_nb: {ENDED}",
        f"lipsync_nb: <Client: lipsync_studio> did not close: {ENDED}",
    ]


def test_a_client_is_closed_although_the_loop_has_ended(tmp_path: Path) -> None:
    """Its error is raised, once."""
    code = ENDS.partition("waits =")[0] + DIES + CLOSES
    with Host(taken) as host, program(host, tmp_path, code) as process:
        try:
            told, errors = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()

    assert told.splitlines() == [f"LipSyncError {ENDED}", "closed"]
    assert errors == ""


CLOSES = """
told(client.close)
client.close()
try:
    client.ledger.release("me")
except ls.LedgerError:
    print("closed")
"""

ENDED = (
    "lipsync_nb's event loop has ended (OSError: the selector is broken); restart the kernel, and "
    "a new client continues the jobs"
)


@pytest.mark.parametrize(
    ("wait", "when"),
    [
        *((wait, "before") for wait in ("result", "await", "as_completed")),
        *((wait, "at once") for wait in ("result", "cancel")),
        *((wait, "after") for wait in ("result", "cancel", "submit", "close", "Client")),
    ],
)
def test_a_loop_that_ends_is_told_to_all_who_wait(tmp_path: Path, wait: str, when: str) -> None:
    """Before its end, at that moment, and after it; the program ends."""
    with Host(taken) as host, program(host, tmp_path, ENDS, wait, when) as process:
        try:
            told, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()

    assert process.returncode == 0
    assert told.splitlines() == [f"LipSyncError {ENDED}", "end"]
