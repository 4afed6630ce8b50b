"""No ledger is open while the process forks, in whatever state it is. See `lipsync_nb.ledger.fork`.

Each test forks in a program of its own: a fork beside the many threads of other tests may hang.
"""

import subprocess
import sys

import pytest
from notebook.ledgers import client_of, made_up

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc and forks")

BEGIN = """
import os, sqlite3, sys, threading, time
from pathlib import Path
from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger import file
from lipsync_nb.ledger.ledger import Ledger
from lipsync_nb.ledger.reading import JobsFile

path = Path(sys.argv[1]).resolve()
ledger = Ledger(path)

def is_open():
    links = [f"/proc/self/fd/{each}" for each in os.listdir("/proc/self/fd")]
    return any(os.path.islink(each) and os.readlink(each) == str(path) for each in links)

def forked(work):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

def beside(work):
    def again():
        while True:
            try:
                work()
            except LedgerError:
                return
    threads = [threading.Thread(target=again, daemon=True) for _ in range(2)]
    for each in threads:
        each.start()
    time.sleep(0.02)
    return threads
"""


def printed_by(program, tmp_path):
    """Run a program; return the words that it prints."""
    command = [sys.executable, "-W", "ignore", "-c", BEGIN + program + "\nos._exit(0)"]
    command.append(str(tmp_path / "jobs.sqlite"))
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.returncode == 0
    return done.stdout.split()


def test_it_is_open_before_and_after_but_not_in_the_child(tmp_path):
    """The parent opens it again when it is used."""
    program = """
print(is_open(), flush=True)
forked(lambda: print(is_open(), flush=True))
ledger.count()
print(is_open(), flush=True)
"""
    assert printed_by(program, tmp_path) == ["True", "False", "True"]


def test_a_ledger_that_is_opened_meanwhile(tmp_path):
    """Another thread waits with that until the process has forked."""
    program = """
def open_and_close():
    other = JobsFile(path, read_only=True)
    other.count()
    other.close()

def child():
    print(is_open(), JobsFile(path, read_only=True).count(), flush=True)

beside(open_and_close)
for _ in range(40):
    time.sleep(0.003)
    forked(child)
"""
    assert printed_by(program, tmp_path) == 40 * ["False", "0"]


def test_a_closed_ledger_stays_closed(tmp_path):
    """Although other threads use it at that time."""
    program = """
for number in range(20):
    threads = beside(lambda: ledger.heartbeat("x"))
    ledger.close()
    for each in threads:
        each.join()
    print(is_open(), flush=True)
    ledger = Ledger(path)
"""
    assert printed_by(program, tmp_path) == 20 * ["False"]


def test_a_read_after_a_fork_does_not_wait_for_a_writer(tmp_path):
    """Of another kernel; as no read does."""
    program = """
file.BUSY_SECONDS = 0.5
forked(lambda: None)
other = sqlite3.connect(path, isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print(ledger.count(), flush=True)
other.rollback()
"""
    assert printed_by(program, tmp_path) == ["0"]


def test_a_child_cannot_write_to_the_ledger_of_its_parent(tmp_path):
    """Nor if it was forked by a function that ran on the ledger's own thread."""
    program = """
def child():
    try:
        ledger.heartbeat("x")
    except LedgerError as error:
        print("refused" if "is closed" in str(error) else error, flush=True)

forked(child)
ledger.run(forked, child)
"""
    assert printed_by(program, tmp_path) == ["refused", "refused"]


def test_ctrl_c_during_a_fork(tmp_path):
    """Afterwards the ledger works, and so do further forks."""
    program = """
import signal
from contextlib import suppress

parent, interruptible = os.getpid(), False

def interrupt(*_):
    global interruptible
    if os.getpid() != parent:
        os._exit(0)
    if interruptible:
        interruptible = False
        raise KeyboardInterrupt

signal.signal(signal.SIGINT, interrupt)
if os.fork() == 0:
    for number in range(200):
        time.sleep(0.002 + number % 7 / 1000)
        os.kill(parent, signal.SIGINT)
    os._exit(0)
sys.unraisablehook = lambda _: None
until = time.monotonic() + 1.5
while time.monotonic() < until:
    with suppress(KeyboardInterrupt):
        interruptible = True
        if os.fork() == 0:
            os._exit(0)
        interruptible = False
    ledger.heartbeat("x")
signal.signal(signal.SIGINT, signal.SIG_IGN)
forked(lambda: None)
print(ledger.count(), flush=True)
"""
    assert printed_by(program, tmp_path) == ["0"]


def test_a_kept_error_does_not_keep_it_open(tmp_path):
    """In Python 3.11, its traceback would keep a cursor."""
    client_of(tmp_path, made_up(0)).close()
    program = """
from lipsync_nb.ledger import reading

reading.record_of = lambda row: 1 / 0
kept = []
try:
    ledger.all()
except ZeroDivisionError as error:
    kept.append(error)
forked(lambda: print(len(kept), is_open(), flush=True))
"""
    assert printed_by(program, tmp_path) == ["1", "False"]
