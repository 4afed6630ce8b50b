"""What a blocking wait shows: a line in a terminal, and nothing where nobody sees it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hosts import Arrival, Host, Reply, says
from jupyter_client.manager import start_new_kernel
from waiting import PATIENCE_S

terminal = pytest.importorskip("terminal", reason="this system has no pseudo-terminals")

BEGIN = """
import logging, signal, sys, threading
import lipsync_nb as ls

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
url, folder = sys.argv[1:]
studio = ls.LipsyncStudio("key", base_url=url)
client = ls.Client([studio], ledger=folder + "/jobs.sqlite", results=folder, poll=(0.1, 0.2))
media = {"image": "https://media.test/f.png", "audio": "https://media.test/a.wav"}
jobs = client.map(ls.lipsync_studio.LipSyncImage(**media, seed=seed) for seed in range(3))
"""
END = "\nclient.close(wait=False)\n"
WAITS = {
    "result": (
        "try: jobs[0].result()\nexcept ls.JobFailed: pass",
        "left (lipsync_studio",
    ),
    "wait": ("ls.wait(jobs)", "0 of 3 jobs done"),
    "gather": ("client.gather(jobs, errors='skip')", "0 of 3 jobs done"),
    "as_completed": ("for job in ls.as_completed(jobs): pass", "0 of 3 jobs done"),
}


class Studio(Host):
    """lipsync.studio, whose jobs fail when they are told to."""

    def __init__(self) -> None:
        self.over = threading.Event()
        super().__init__(self._reply)

    def _reply(self, arrival: Arrival) -> Reply:
        if arrival.method == "POST":
            return says({"id": f"job-{len(self.arrived)}", "status": "processing"})
        job_id = arrival.target.rpartition("/")[2]
        if self.over.is_set():
            return says({"id": job_id, "status": "failed", "error": "no face"})
        return says({"id": job_id, "status": "processing"})


@pytest.fixture
def studio() -> Iterator[Studio]:
    """A vendor whose jobs run on."""
    with Studio() as studio:
        yield studio


@pytest.mark.parametrize(("code", "shown"), WAITS.values(), ids=WAITS)
def test_a_wait_shows_a_line_that_goes(
    studio: Studio, tmp_path: Path, code: str, shown: str
) -> None:
    """It names the job or counts them, with the time that is expected; nothing of it is left."""
    with terminal.Terminal(BEGIN + code + END, studio.url, str(tmp_path)) as program:
        program.see(shown)
        program.see("left")
        studio.over.set()

        assert program.end() == 0
        assert program.left() == []


def test_a_terminal_without_a_size_shows_it_too(studio: Studio, tmp_path: Path) -> None:
    """Some say that they have no rows and no columns."""
    code = BEGIN + "ls.wait(jobs)" + END
    with terminal.Terminal(code, studio.url, str(tmp_path), size=(0, 0)) as program:
        program.see("left")
        studio.over.set()

        assert program.end() == 0
        assert program.left() == []


def test_a_pipe_gets_nothing(studio: Studio, tmp_path: Path) -> None:
    """What is read by programs has no lines that are drawn over each other."""
    code = BEGIN + "ls.wait(jobs, timeout=3)" + END
    command = [sys.executable, "-W", "error", "-c", code, studio.url, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_tqdm_s_own_variable_turns_it_off(studio: Studio, tmp_path: Path) -> None:
    """As for all programs that use tqdm."""
    code = BEGIN + "ls.wait(jobs, timeout=3)" + END
    off = {"TQDM_DISABLE": "1"}
    with terminal.Terminal(code, studio.url, str(tmp_path), environment=off) as program:
        assert program.end() == 0
        assert program.drawn == ""


def test_ctrl_c_leaves_no_line(studio: Studio, tmp_path: Path) -> None:
    """Only the traceback is seen."""
    with terminal.Terminal(BEGIN + "ls.wait(jobs)", studio.url, str(tmp_path)) as program:
        program.see("jobs done")
        program.process.send_signal(signal.SIGINT)

        assert program.end() != 0
        left = program.left()
        assert left[0].startswith("Traceback")
        assert left[-1] == "KeyboardInterrupt"
        assert not any("jobs done" in line for line in left)


LOGGING = """
logging.basicConfig(format="%(message)s")
def tell():
    for number in range(20):
        logging.getLogger("mine").warning("line %d", number)
        threading.Event().wait(0.1)
speaking = threading.Thread(target=tell)
speaking.start()
ls.wait(jobs, timeout=3)
speaking.join()
"""


def test_what_is_logged_stays_legible(studio: Studio, tmp_path: Path) -> None:
    """Each line has a line of its own, also of other packages and threads."""
    with terminal.Terminal(BEGIN + LOGGING + END, studio.url, str(tmp_path)) as program:
        assert program.end() == 0

        assert "jobs done" in program.drawn
        assert program.left() == [f"line {number}" for number in range(20)]


THREADS = """
logging.basicConfig(format="%(message)s")
threads = [threading.Thread(target=ls.wait, args=[[job]]) for job in jobs]
for thread in threads: thread.start()
"""
MINE = """
from tqdm import tqdm
logging.basicConfig(format="%(message)s")
jobs = tqdm(ls.as_completed(jobs), total=3, desc="mine", leave=False)
threads = [threading.Thread(target=lambda: list(jobs))]
threads[0].start()
"""
TELL = """
threading.Event().wait(2)
for number in range(10):
    logging.getLogger("mine").warning("line %d", number)
    threading.Event().wait(0.3)
print("told", flush=True)
for thread in threads: thread.join()
"""


@pytest.mark.parametrize(
    ("code", "seen"), [(THREADS, "LipSyncImage"), (MINE, "mine: ")], ids=["ours", "mine"]
)
def test_what_is_logged_stays_legible_below_many_bars(
    studio: Studio, tmp_path: Path, code: str, seen: str
) -> None:
    """Those of other threads, and the user's own, which is drawn again."""
    with terminal.Terminal(BEGIN + code + TELL + END, studio.url, str(tmp_path)) as program:
        program.see("line 9")
        after = program.drawn.rpartition("line 8")[0].rpartition("line 2")[2]
        assert seen in after
        assert program.process.stdout.readline() == "told\n"
        studio.over.set()

        assert program.end() == 0
        assert program.left() == [f"line {number}" for number in range(10)]


SECOND = """
logging.basicConfig(format="%(message)s")
first = threading.Thread(target=ls.wait, args=[jobs[:1], 2])
second = threading.Thread(target=ls.wait, args=[jobs[1:2], 5])
first.start()
threading.Event().wait(0.3)
second.start()
first.join()
threading.Event().wait(1)
for number in range(10):
    logging.getLogger("mine").warning("line %d", number)
second.join()
"""


def test_what_is_logged_stays_legible_above_the_second_bar(studio: Studio, tmp_path: Path) -> None:
    """It stays where it is when the first one ends."""
    with terminal.Terminal(BEGIN + SECOND + END, studio.url, str(tmp_path)) as program:
        program.end()
        assert "about 1 min left" in program.drawn
        assert program.left() == [f"line {number}" for number in range(10)]


def test_a_narrow_terminal_shows_what_matters(studio: Studio, tmp_path: Path) -> None:
    """The status and the time that is left; the vendor's name is cut."""
    code, size = BEGIN + "ls.wait(jobs[:1])" + END, (24, 30)
    with terminal.Terminal(code, studio.url, str(tmp_path), size=size) as program:
        program.see("running, about 1 min left")
        studio.over.set()

        assert program.end() == 0
        assert program.left() == []
        assert program.drawn.lstrip().startswith("running")


IN_VAIN = """
import logging
from lipsync_nb.jobs.progress import DELAY_SECONDS, WaitingLine
handler = logging.StreamHandler()
logging.getLogger().addHandler(handler)
def state():
    raise KeyboardInterrupt
line = WaitingLine(state)
threading.Event().wait(DELAY_SECONDS)
try:
    with line.shown(): line.tick()
except KeyboardInterrupt:
    print(handler.filters)
"""


def test_ctrl_c_before_the_first_line_leaves_nothing(studio: Studio, tmp_path: Path) -> None:
    """No bar without a text, and no filter on the user's handlers."""
    with terminal.Terminal(BEGIN + IN_VAIN + END, studio.url, str(tmp_path)) as program:
        assert program.process.stdout.readline() == "[]\n"
        program.end()
        assert program.drawn == ""


def test_a_cell_s_line_takes_none_of_the_users(studio: Studio, tmp_path: Path) -> None:
    """A bar of tqdm within the loop over the jobs is drawn where it would be without ours."""
    code = """
from tqdm.std import tqdm
from lipsync_nb.jobs.progress_bar import CellBar
ours = CellBar("running", 0.5)
mine = tqdm(total=2)
print(mine.pos)
mine.close()
"""
    with terminal.Terminal(BEGIN + code + END, studio.url, str(tmp_path)) as program:
        assert program.process.stdout.readline() == "0\n"


def test_two_threads_show_two_lines(studio: Studio, tmp_path: Path) -> None:
    """Both go, and the others' output is not touched."""
    code = """
threads = [threading.Thread(target=ls.wait, args=[[job]]) for job in jobs[:2]]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("over")
"""
    with terminal.Terminal(BEGIN + code + END, studio.url, str(tmp_path)) as program:
        program.see("running")
        studio.over.set()

        assert program.end() == 0
        assert program.left() == []
        assert program.process.stdout.read() == "over\n"


def test_the_end_of_a_client_shows_what_is_to_be_sent(tmp_path: Path) -> None:
    """The same line, in place of one line for each number."""
    answers = threading.Event()

    def slow(arrival: Arrival) -> Reply:
        if arrival.method == "POST":
            answers.wait(PATIENCE_S)
        return says({"id": "job-1", "status": "processing"})

    with (
        Host(slow) as host,
        terminal.Terminal(BEGIN + "client.close()", host.url, str(tmp_path)) as program,
    ):
        program.see("requests are still to be sent; Ctrl-C leaves the rest unsent")
        answers.set()

        program.end()
        assert not any("to be sent" in line for line in program.left())


def test_a_wait_within_a_callback_of_asyncio_shows_nothing(studio: Studio, tmp_path: Path) -> None:
    """A program that awaits draws its own."""
    code = """
import asyncio
async def main():
    await asyncio.wait({asyncio.ensure_future(asyncio.wait_for(aw(job), 3)) for job in jobs})
async def aw(job):
    await job
asyncio.run(main())
"""
    with terminal.Terminal(BEGIN + code + END, studio.url, str(tmp_path)) as program:
        program.end()

        assert "LipSyncImage" not in program.drawn


IN_A_THREAD = """
other = threading.Thread(target=ls.wait, args=[jobs])
other.start()
ls.wait(jobs[:1])
other.join()
"""
CELLS = {
    "result": ("try: jobs[0].result()\nexcept ls.JobFailed: pass", "failed after "),
    "as_completed": ("for job in ls.as_completed(jobs): pass", "3 of 3 jobs done (3 failed)"),
    "thread": (IN_A_THREAD, "failed after "),
}


@pytest.mark.parametrize(("code", "end"), CELLS.values(), ids=CELLS)
def test_a_cell_shows_it_as_text(studio: Studio, tmp_path: Path, code: str, end: str) -> None:
    """One output is updated, and tells the end; a thread shows nothing, as its cell may be over."""
    begin = BEGIN.replace("sys.argv[1:]", repr((studio.url, str(tmp_path))))
    begin = begin.replace("signal.signal", "# signal.signal")
    shown: list[tuple[str, str]] = []

    def look(message: dict[str, Any]) -> None:
        content = message["content"]
        assert message["msg_type"] not in {"stream", "error"}, content
        if "data" in content:
            shown.append((content["transient"]["display_id"], content["data"]["text/plain"]))
            studio.over.set()

    manager, kernel = start_new_kernel()
    try:
        kernel.execute_interactive(begin + code, output_hook=look, timeout=PATIENCE_S)
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)

    assert len({output for output, _ in shown}) == 1
    assert ", about 1 min left" in shown[0][1]
    assert end in shown[-1][1]
    assert "left" not in shown[-1][1]
