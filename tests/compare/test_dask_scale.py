"""Measuring at scale: on Dask, and on the processes of this machine."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from cluster_work import began, dies_late, done, fails, hear
from faces import drawn_face, speech

import lipsync_nb as ls
from lipsync_nb.compare.metrics.decode import size_bytes
from lipsync_nb.compare.parallel import each_alone, results
from lipsync_nb.compare.places import WorkerLost
from lipsync_nb.media import Media
from lipsync_nb.sandbox.render import Style, render_portrait

distributed = pytest.importorskip("distributed")
config = pytest.importorskip("dask.config")
DaskCluster = pytest.importorskip("lipsync_nb.compare.dask_cluster").DaskCluster

PATIENCE = 120.0
WORKERS = {
    "dashboard_address": "127.0.0.1:0",
    "n_workers": 2,
    "threads_per_worker": 1,
    "silence_logs": 50,
}
CAMPAIGN_S = 3600.0
MB = 1_000_000
IN_FLIGHT = 4
"""Inputs under way on two threads."""


@pytest.fixture
def dask():
    """A client of two workers, which are started again as often as they die."""
    with (
        config.set({"distributed.deploy.lost-worker-timeout": "1h"}),
        distributed.LocalCluster(**WORKERS) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(params=["processes", "dask"])
def place(request):
    """The default processes, or a Dask client."""
    return None if request.param == "processes" else request.getfixturevalue("dask")


@pytest.fixture
def notes(tmp_path):
    """Where calls note that they began."""
    (tmp_path / "notes").mkdir()
    return tmp_path / "notes"


def rows_in(home: Path) -> int:
    """How many videos are in the cache."""
    return len([*home.rglob("*.json")])


def known_to(dask) -> int:
    """How many tasks and data the scheduler knows."""
    return dask.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))


def bytes_on(dask) -> int:
    """How many bytes the cluster holds, as far as its scheduler knows."""
    return dask.run_on_scheduler(
        lambda dask_scheduler: sum(max(0, each.nbytes) for each in dask_scheduler.tasks.values())
    )


def subscribers(dask_scheduler) -> list[str]:
    """Return which clients get the scheduler's events."""
    return sorted(dask_scheduler._broker._topics["all"].subscribers)


def until(happened: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for something."""
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("home")
def test_what_is_given_as_bytes_is_sent_once(dask):
    """A speech of thirty videos is sent once, and the cluster forgets all in the end."""
    pairs = [(bytes([number]) * 99, b"the same speech") for number in range(30)]
    rows = ls.measure_all(pairs, dask)

    sent = [what for _, what in dask.get_events("all") if what.get("action") == "scatter"]
    assert sum(what["count"] for what in sent) == 31
    assert rows["notes"].str.contains("not readable").all()
    until(lambda: known_to(dask) == 0)


def test_few_inputs_are_on_the_cluster_at_a_time(dask):
    """Two per thread, and their bytes, however many there are."""
    inputs = {str(number): (Media(bytes([number]) * MB),) for number in range(50)}
    held = [bytes_on(dask) for _ in results(size_bytes, inputs, dask)]

    assert len(held) == 50
    assert max(held) <= (IN_FLIGHT + 2.5) * MB, "some are just being forgotten"


def test_an_input_that_kills_its_process_costs_no_other(place, notes):
    """Two of forty do: they are given up after three tries, and the others have results."""
    inputs = {str(number): (notes, number, 7, 23) for number in range(40)}
    found = dict(results(done, inputs, place, retries=2))

    assert {key for key, result in found.items() if isinstance(result, Exception)} == {"7", "23"}
    assert {int(key) for key, result in found.items() if result == int(key)} | {7, 23} == {
        *range(40)
    }
    counts = began(notes)
    assert 2 <= counts[7] <= 6
    assert sum(count > 1 for count in counts.values()) <= 2 + 6 * IN_FLIGHT


def test_two_calls_on_one_client(dask, notes):
    """When one ends, the other still takes back what its dead workers had."""
    inputs = {str(number): (notes, number, 30) for number in range(40)}
    first = results(done, inputs, dask, retries=2)
    found = dict([next(first)])
    assert dict(results(done, {"a": (notes, 100)}, dask)) == {"a": 100}
    found |= dict(first)

    assert isinstance(found.pop("30"), WorkerLost)
    assert found == {str(number): number for number in range(40) if number != 30}
    assert began(notes)[30] <= 6


def test_what_is_tried_alone_is_not_lost_to_the_one_before(dask, notes):
    """Dask has begun the deadly one on a second worker, where the next one is sent."""
    inputs = {str(number): (notes, number, 0) for number in range(3)}
    with closing(DaskCluster(dask, inputs.values())) as place:
        found = dict(each_alone(dies_late, inputs, place))

    assert isinstance(found.pop("0"), WorkerLost)
    assert found == {"1": 1, "2": 2}


def test_a_handler_of_the_users_is_kept(dask, notes):
    """It gets the events of Dask during a call, during a second one, and afterwards."""
    seen = []
    dask.subscribe_topic("all", lambda event: seen.append(event[1]))

    def is_told(what):
        dask.log_event("all", what)
        until(lambda: what in seen, 20)

    until(lambda: dask.run_on_scheduler(subscribers))
    is_told("before")
    inputs = {str(number): (notes, number) for number in range(20)}
    first = results(done, inputs, dask)
    next(first)
    is_told("during a call")
    second = results(done, inputs, dask)
    next(second)
    is_told("during two calls")
    first.close()
    is_told("during the second")
    second.close()
    is_told("afterwards")


def test_a_handler_that_comes_during_a_call_stays(dask, notes):
    """The end of the call does not take it away."""
    seen = []
    running = results(done, {str(number): (notes, number) for number in range(20)}, dask)
    next(running)
    dask.subscribe_topic("all", lambda event: seen.append(event[1]))
    running.close()
    dask.submit(int).result(PATIENCE)  # what the end of the call sent has come before this
    dask.log_event("all", "afterwards")

    until(lambda: "afterwards" in seen, 20)


def test_a_client_keeps_nothing_of_a_call(dask, notes):
    """What a call had is given back, and the scheduler sends its client no more events."""
    place = DaskCluster(dask, [(notes, 1)])
    kept = weakref.ref(place)
    place.close()
    del place
    gc.collect()

    assert kept() is None
    until(lambda: not dask.run_on_scheduler(subscribers))


def test_a_cluster_without_workers_is_waited_for(notes, caplog):
    """A log says so at once; a worker that starts does the work."""
    options = WORKERS | {"n_workers": 0}
    with (
        ThreadPoolExecutor(1) as thread,
        distributed.LocalCluster(**options) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = thread.submit(lambda: dict(results(done, {"a": (notes, 1)}, client)))
        until(lambda: "has no worker; waiting for one" in caplog.text)
        cluster.scale(1)
        assert found.result(PATIENCE) == {"a": 1}

    assert caplog.text.count("has no worker") == 1


def test_a_cluster_that_never_has_a_worker():
    """It is given up after some time; the error says for how long none was there."""
    options = WORKERS | {"n_workers": 0}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        place = DaskCluster(client, [], patience_s=0.3)
        time.sleep(0.4)
        with pytest.raises(ls.Unreachable, match=r"has had no worker for 0\.005 minutes"):
            place.check()
        place.close()


def test_a_closed_client(dask):
    """The error says that it is closed, and what to give."""
    with distributed.Client(dask.scheduler.address) as client:
        pass
    with pytest.raises(ls.BadRequest, match=r"executor: this client is closed; give a new one"):
        next(results(size_bytes, {"a": (Media(b"1"),)}, client))


def test_an_error_that_may_pass_is_tried_again(place, notes):
    """As often as was said, and any other error is not."""
    errors = [(OSError, 0), (OSError, 2), (OSError, 9), (TimeoutError, 1), (ls.BadRequest, 9)]
    inputs = {str(number): (notes, number, *each) for number, each in enumerate(errors)}
    found = dict(results(fails, inputs, place, retries=2))

    assert [type(found[key]) for key in sorted(found)] == [int, int, OSError, int, ls.BadRequest]
    assert began(notes) == {0: 1, 1: 3, 2: 3, 3: 2, 4: 1}


@pytest.mark.usefixtures("home")
def test_a_recogniser_that_kills_its_worker(dask, studio):
    """Its video has a row with the reason; the others have their rates."""
    video = studio.video().read_bytes()
    rows = ls.measure_all(
        [video, video + b"deadly", video + b"fine"], dask, transcribe=hear, text="one two four"
    )

    assert rows["wer"].isna().tolist() == [False, True, False]
    assert rows["notes"].str.contains("wer: not transcribed: WorkerLost").tolist() == [
        *(False, True, False)
    ]
    assert rows["duration_s"].notna().all()


@pytest.mark.timeout(CAMPAIGN_S)
@pytest.mark.campaign
def test_a_thousand_clips_while_workers_die(dask, home, tmp_path, whole, figure):
    """Every clip has the row of `measure`; only what a dead worker had is computed again.

    Half of the clips are given by path, half as bytes; two workers are killed on the way.
    """
    count = 1000 if whole else 40
    clips = small_clips(tmp_path, count)
    killer = ThreadPoolExecutor(1)
    with killer, distributed.get_task_stream(dask) as stream:
        killed = killer.submit(kill_workers, dask, lambda: rows_in(home) / count)
        began_s = time.monotonic()
        rows = ls.measure_all(clips, dask)
        took_s = time.monotonic() - began_s

    computed = Counter(task["key"].rpartition("-")[0] for task in stream.data)
    again = sum(times - 1 for times in computed.values())
    figure(
        f"measuring {count} clips on two Dask workers, two of which die: {took_s:.0f} s, "
        f"{again} computed twice"
    )
    assert killed.result() == 2
    assert len(rows) == rows_in(home) == len(computed) == count
    assert not rows["notes"].str.startswith("not measured").any()
    for index in range(0, count, count // 6):
        row = ls.measure(*clips[index])
        found = rows.loc[index]
        assert found["notes"] == row["notes"]
        for name in ("av_offset_ms", "sync_corr", "audio_lag_ms", "duration_s", "sharp_face"):
            assert found[name] == pytest.approx(row[name], nan_ok=True)
    assert again <= 2 * IN_FLIGHT, "only what two workers had"
    until(lambda: known_to(dask) == 0)


def small_clips(folder: Path, count: int) -> list[tuple[Path | bytes, Path | bytes]]:
    """Talking clips of a second and a half, each of its own content, with their speech.

    Half are given as bytes.
    """
    said = speech(folder / "said.wav", "Hello there, my friend.")
    films = []
    for seed in range(3):
        face, film = drawn_face(folder / f"{seed}.png", seed), folder / f"{seed}.mp4"
        render_portrait(face, said, film, Style(height=240, av_offset_ms=40 * seed))
        films.append(film.read_bytes())
    pairs: list[tuple[Path | bytes, Path | bytes]] = []
    for number in range(count):
        content = films[number % 3] + number.to_bytes(4, "big")  # players ignore what follows
        path = folder / f"clip {number}.mp4"
        path.write_bytes(content)
        pairs.append((path, said) if number % 2 else (content, said.read_bytes()))
    return pairs


def kill_workers(dask, share: Callable[[], float]) -> int:
    """Kill a worker after a third of the videos, and the other after two thirds."""
    for part in (1 / 3, 2 / 3):
        until(lambda part=part: share() >= part, CAMPAIGN_S)
        os.kill(
            next(iter(dask.run(os.getpid).values())), getattr(signal, "SIGKILL", signal.SIGTERM)
        )
    return 2


@pytest.mark.usefixtures("home")
def test_a_path_that_workers_do_not_see(dask, studio):
    """Nothing is measured; the error names the path, a worker and the remedy."""
    if not Path("/dev/fd").is_dir():
        pytest.skip("there is no path that only one process sees")
    with studio.video().open("rb") as file:
        seen_here = Path(f"/dev/fd/{file.fileno()}")
        with pytest.raises(ls.BadRequest, match=r"there.* on the worker tcp.*or give bytes"):
            ls.measure_all([seen_here], dask)

    assert known_to(dask) == 0


def test_the_scheduler_is_gone(home):
    """The error says so; what was measured is kept, and only the rest is measured then."""
    videos = [bytes([number]) * 99 for number in range(200)]
    cluster = distributed.LocalCluster(**WORKERS)
    with (
        ThreadPoolExecutor(1) as ender,
        distributed.Client(cluster.scheduler_address, timeout=3) as client,
    ):
        ender.submit(lambda: (until(lambda: rows_in(home) > 2), cluster.close()))
        with pytest.raises(ls.Unreachable, match=r"scheduler at tcp.* is gone, .* in the cache"):
            ls.measure_all(videos, client)

    kept = rows_in(home)
    assert 2 < kept < 200
    with ThreadPoolExecutor(1) as thread:
        ls.measure_all(videos, thread)
    assert rows_in(home) == 200


INTERRUPTED = """
import os, pathlib, signal, threading, time
import distributed
import lipsync_nb as ls

def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with distributed.LocalCluster(**%(workers)r) as cluster, distributed.Client(cluster) as client:
        def interrupt():
            while len([*pathlib.Path(os.environ["LIPSYNC_NB_HOME"]).rglob("*.json")]) < 3:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt).start()
        try:
            ls.measure_all([bytes([number]) * 99 for number in range(250)], client)
        except KeyboardInterrupt:
            print("interrupted")
        deadline = time.monotonic() + 30
        def keys(dask_scheduler):
            return [*dask_scheduler.tasks]
        def calls():
            return [key for key in client.run_on_scheduler(keys) if not key.startswith("bytes-")]
        while calls() and time.monotonic() < deadline:
            time.sleep(0.1)
        print("calls:", len(calls()), len(client.run_on_scheduler(keys)) <= 1)

if __name__ == "__main__":
    main()
""" % {"workers": WORKERS}  # noqa: UP031 - braces are Python here
"""Ctrl-C comes after three of many videos."""


@pytest.mark.skipif(sys.platform == "win32", reason="there, Ctrl-C reaches a console's processes")
def test_ctrl_c_takes_back_what_waits(home):
    """The cluster has no call left, and at most the bytes that were being sent.

    What was measured is kept.
    """
    command = [sys.executable, "-c", INTERRUPTED]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert ended.stdout == "interrupted\ncalls: 0 True\n", ended.stderr
    assert 3 <= rows_in(home) < 250


SHOWN = """
from concurrent.futures import ThreadPoolExecutor
import lipsync_nb as ls
with ThreadPoolExecutor(1) as thread:
    ls.measure_all([b"no video", b"none either"], thread, cache=False)
"""


@pytest.mark.usefixtures("home")
def test_the_bar_is_not_shown_in_a_log():
    """If stderr is no terminal, nothing is written to it."""
    ended = subprocess.run(
        [sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True
    )

    assert ended.stderr == ""


@pytest.mark.usefixtures("home")
def test_the_bar_is_shown_in_a_terminal():
    """It counts the videos."""
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with subprocess.Popen([sys.executable, "-c", SHOWN], stderr=theirs) as process:
        os.close(theirs)
        shown = []
        reader = threading.Thread(target=read_all, args=(ours, shown))
        reader.start()
        assert process.wait(PATIENCE) == 0
        reader.join(PATIENCE)

    assert "measured: 100%" in b"".join(shown).decode()


def read_all(terminal: int, into: list[bytes]) -> None:
    """Read what is written to a terminal until it is closed."""
    try:
        while piece := os.read(terminal, 1 << 16):
            into.append(piece)
    except OSError:  # how Linux tells the end
        pass
    os.close(terminal)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"retries": -1}, "retries: -1 is no number of tries"),
        ({"retries": True}, "retries: True is no number of tries"),
        ({"executor": "tcp://scheduler:8786"}, "has no submit.*a client of Dask: Client"),
    ],
)
def test_what_cannot_be(home, options, said):
    """It is told before anything is measured."""
    with pytest.raises(ls.BadRequest, match=said):
        ls.measure_all([b"no video"], **options)
    assert not home.exists()
