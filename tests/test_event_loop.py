"""The library's own event loop: from scripts, threads, notebooks' loops, and forked children."""

import asyncio
import gc
import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from lipsync_nb import event_loop as loop


async def where():
    """Return the thread this runs in, and the loop."""
    await asyncio.sleep(0)
    return threading.current_thread(), asyncio.get_running_loop()


async def fail():
    """Fail."""
    raise KeyError("what")


def test_a_coroutine_runs_in_a_thread_of_the_librarys_own():
    """A daemon, so that no script is kept from ending."""
    thread, running = loop.run(where())

    assert thread is not threading.current_thread()
    assert (thread.name, thread.daemon) == ("lipsync_nb", True)
    assert running is loop.start()


def test_all_threads_share_one_loop():
    """As all clients of a process do, whoever comes first."""
    found, barrier = [], threading.Barrier(8)

    def look():
        barrier.wait()
        found.append(loop.run(where()))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_what_fails_there_is_raised_here():
    """With its own type."""
    with pytest.raises(KeyError, match="what"):
        loop.run(fail())
    assert isinstance(loop.spawn(fail()).exception(), KeyError)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_nothing_that_runs_there_ends_it(caplog, error):
    """What asyncio lets through is logged; what else was scheduled is still done."""

    def end():
        raise error("enough")

    async def end_in_a_task():
        end()

    loop.call(end)
    loop.spawn(end_in_a_task())
    thread, _ = loop.run(where())

    assert thread.is_alive()
    assert caplog.text.count("enough") >= 2


def test_within_a_running_loop_one_may_block():
    """In a notebook, each cell runs within Jupyter's loop."""

    async def cell():
        return loop.run(where())[1], asyncio.get_running_loop()

    library, notebook = asyncio.run(cell())

    assert library is not notebook


def test_within_a_running_loop_one_may_await():
    """And Jupyter's loop goes on meanwhile."""
    release = threading.Event()

    async def wait():
        await asyncio.to_thread(release.wait)
        return "done"

    async def cell():
        waiting = asyncio.wrap_future(loop.spawn(wait()))
        await asyncio.sleep(0.01)
        release.set()
        return await waiting

    assert asyncio.run(cell()) == "done"


def test_blocking_there_would_stop_it_so_it_is_refused():
    """A callback that waits for a job would wait for ever; nothing is left unawaited."""

    async def wrong():
        loop.run(where())

    with pytest.raises(RuntimeError, match="await instead"):
        loop.run(wrong())
    gc.collect()  # a coroutine that was never awaited would warn, and a warning is an error here


def test_a_time_limit_cancels_the_work():
    """It does not go on unseen."""
    ended = threading.Event()

    async def long():
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        loop.run(long(), timeout=1.0)
    assert ended.wait(10)


def test_an_interrupted_cell_cancels_its_work():
    """The stop button means stop."""
    program = """
import asyncio, os, signal, threading
from lipsync_nb import event_loop as loop

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it

async def long():
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        os.write(1, b"cancelled ")
        raise

try:
    loop.run(long())
except KeyboardInterrupt:
    os.write(1, b"interrupted ")
loop.run(asyncio.sleep(0.1))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert sorted(done.stdout.split()) == ["cancelled", "interrupted"]


def test_a_call_from_any_thread_comes_to_the_loop():
    """In the order of calling."""
    seen, last = [], threading.Event()
    for number in range(100):
        loop.call(seen.append, number)
    loop.call(last.set)

    assert last.wait(10)
    assert seen == list(range(100))


def test_work_may_be_cancelled_from_outside():
    """Through its future."""
    work = loop.spawn(asyncio.sleep(60))
    work.cancel()

    with pytest.raises(CancelledError):
        work.result(10)


FORKS = """
import asyncio, os, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads: the point here
from lipsync_nb import event_loop as loop

async def here():
    return threading.current_thread().name

loop.run(here())
for _ in range(5):
    stop = threading.Event()
    busy = threading.Thread(target=lambda: [loop.start() for _ in iter(stop.is_set, True)])
    busy.start()
    time.sleep(0.005)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if loop.run(here(), timeout=10) == "lipsync_nb" else 2
        finally:
            os._exit(status)
    stop.set()
    busy.join()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(loop.run(here()))
"""


def test_a_forked_child_has_a_loop_of_its_own():
    """The thread does not come along; also when the fork came at a bad moment."""
    command = [sys.executable, "-c", FORKS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["0"] * 5 + ["lipsync_nb"]


FORK = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import lipsync_nb as ls
from pathlib import Path
folder = Path(sys.argv[1])
client = ls.Client([], ledger=folder / "jobs.sqlite", results=folder)
child = os.fork()
if child == 0:
    sys.exit(0)  # with all that is done at the end of a program
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(client.jobs.shape[0])
client.close()
"""


def test_a_forked_child_leaves_its_parents_clients_alone(tmp_path):
    """At its end it neither hangs nor closes what is not its own."""
    done = subprocess.run(
        [sys.executable, "-c", FORK, tmp_path],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stderr == ""
    assert done.stdout.split() == ["0", "0"]


def program(body):
    """Run a program with all warnings as errors; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import asyncio\nimport lipsync_nb as ls\n{body}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


NESTED = """
from lipsync_nb import event_loop as loop

async def inner():
    await asyncio.sleep(0.01)
    return "inner"

async def cell():
    {when}
    print(asyncio.run(inner()), asyncio.run(inner()), loop.run(inner()))
    print(await asyncio.wrap_future(loop.spawn(inner())))

{before}
asyncio.run(cell())
print(loop.run(inner()))
"""


def test_a_cell_may_run_a_loop_when_it_is_allowed():
    """As in a notebook: called within the running loop."""
    body = NESTED.format(when="ls.allow_nested_loops()", before="")

    assert program(body) == ["inner"] * 5


def test_it_may_be_allowed_more_than_once():
    """And after the library's own loop has begun."""
    body = NESTED.format(when="ls.allow_nested_loops()", before="loop.run(inner())")

    assert program(body + "ls.allow_nested_loops()\n") == ["inner"] * 5


def test_it_may_be_allowed_where_no_loop_runs():
    """In a plain script, before anything else."""
    body = NESTED.format(when="", before="ls.allow_nested_loops()")

    assert program(body) == ["inner"] * 5


def test_nothing_is_patched_unless_it_is_asked_for():
    """Importing and using the package leaves asyncio as it is."""
    body = """
from lipsync_nb import event_loop as loop
before = asyncio.run, asyncio.Task, asyncio.get_event_loop
loop.run(asyncio.sleep(0))
print((asyncio.run, asyncio.Task, asyncio.get_event_loop) == before)
"""
    assert program(body) == ["True"]


UVLOOP = """
from pathlib import Path
import sys

uvloop = type(sys)("uvloop")
sys.modules["uvloop"] = uvloop

class Loop(asyncio.AbstractEventLoop):
    pass

class Running(asyncio.SelectorEventLoop):
    pass

for kind in (Loop, Running):
    kind.__module__ = "uvloop"

async def cell():
    try:
        ls.allow_nested_loops()
    except RuntimeError as error:
        print(error)

loop = Running()
loop.run_until_complete(cell())
loop.close()
"""


def test_uvloop_gets_a_clear_error():
    """It cannot be patched; nothing has been."""
    said = program(UVLOOP + "print(asyncio.run.__module__)\n")

    assert " ".join(said) == (
        "uvloop cannot be nested; start the kernel with asyncio's own loop asyncio.runners"
    )
