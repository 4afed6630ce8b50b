"""Measuring many videos: on any executor, each only once."""

import os
import subprocess
import sys
import textwrap
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path

import cv2
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import lipsync_nb as ls
from lipsync_nb.compare.columns import COLUMNS
from lipsync_nb.media import Media


class Counting(Executor):
    """Run each function at once in `submit`, and count the calls."""

    def __init__(self):
        self.done = 0

    def submit(self, work, /, *args, **kwargs):
        """Run the function."""
        future = Future()
        self.done += 1
        future.set_result(work(*args, **kwargs))
        return future


@pytest.fixture(scope="module")
def pairs(studio):
    """Videos and their speeches. The first and the last are the same, and one is no video."""
    said, video = studio.said("en-emma"), studio.video()
    cut = video.read_bytes()[: video.stat().st_size // 2]
    return [(video, said), (cut, said), b"no video", (video, said)]


@pytest.fixture(scope="module")
def expected(pairs):
    """The same rows from `measure`."""
    rows = [ls.measure(*(pair if isinstance(pair, tuple) else (pair,))) for pair in pairs]
    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    return pd.DataFrame([dict(row) for row in rows]).astype(dtypes)


@pytest.mark.usefixtures("home")
def test_processes_by_default(pairs, expected):
    """They give the same rows as `measure`, in the order of the pairs, with typed columns."""
    assert_frame_equal(ls.measure_all(pairs), expected)


@pytest.mark.usefixtures("home")
def test_threads(pairs, expected):
    """A pool of threads gives the same rows."""
    with ThreadPoolExecutor(2) as threads:
        assert_frame_equal(ls.measure_all(pairs, threads), expected)


def test_a_cluster(pairs, expected, home):
    """Two dask workers give the same rows, and the cache is on this machine."""
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        workers = client.get_executor()
        assert_frame_equal(ls.measure_all(pairs, workers), expected)

    assert len([*home.rglob("*.json")]) == 3


@pytest.mark.usefixtures("home")
def test_the_same_content_is_measured_once(pairs, expected):
    """The path does not matter. Another speech, or none, is measured anew."""
    executor = Counting()
    ls.measure_all(pairs, executor)
    again = ls.measure_all([(pairs[0][0].read_bytes(), pairs[0][1]), *pairs[1:]], executor)

    assert executor.done == 3
    assert_frame_equal(again, expected)
    ls.measure_all([pairs[0][0]], executor)
    assert executor.done == 4


def test_rows_may_be_kept_elsewhere_or_nowhere(pairs, home, tmp_path):
    """The argument ``cache`` gives the folder, or turns the cache off."""
    executor = Counting()
    for _ in range(2):
        ls.measure_all(pairs[2:3], executor, cache=False)
    for _ in range(2):
        ls.measure_all(pairs[2:3], executor, cache=tmp_path / "rows")

    assert executor.done == 3
    assert not home.exists()


def test_a_damaged_row_is_measured_again(pairs, home):
    """A damaged file in the cache counts as missing."""
    executor = Counting()
    ls.measure_all(pairs[2:3], executor)
    (kept,) = home.rglob("*.json")
    kept.write_text(kept.read_text()[:20])

    ls.measure_all(pairs[2:3], executor)

    assert executor.done == 2


class Failing(ThreadPoolExecutor):
    """Run functions in a thread; one video fails with the given error."""

    def __init__(self, error):
        super().__init__(1)
        self.error, self.done = error, 0

    def submit(self, work, /, video, *others):
        """Run the function, or fail."""
        self.done += 1
        return super().submit(self.fail if video.data == b"bad" else work, video, *others)

    def fail(self, *_):
        """Raise the error."""
        raise self.error


@pytest.mark.parametrize(
    "error",
    [MemoryError(), cv2.error("OpenCV: (-215:Assertion failed)\n"), BrokenExecutor("it died")],
)
def test_one_failure_is_one_row(error, home, caplog):
    """It has no metrics, and the reason is in the notes and in the log. It is measured again."""
    videos = [b"no video", b"bad", b"none either"]
    with Failing(error) as failing:
        rows = ls.measure_all(videos, failing)
        again = ls.measure_all(videos, failing)

    reason = f"not measured: {type(error).__name__}: {error}".strip()
    assert rows["notes"][1].strip() == reason
    assert rows.drop(columns="notes").loc[1].isna().all()
    assert rows["notes"].str.contains("not readable").tolist() == [True, False, True]
    assert caplog.records[0].exc_info[1] is error
    assert_frame_equal(again, rows)
    assert failing.done == 4
    assert len([*home.rglob("*.json")]) == 2


class Deadly(bytes):
    """Bytes that end the process that unpickles them."""

    def __reduce__(self):
        """Exit when unpickled."""
        return os._exit, (1,)

    @classmethod
    def of(cls, content):
        """Return media with such bytes."""
        media = Media(content)
        media.data = cls(content)
        return media


@pytest.mark.usefixtures("home")
def test_a_video_that_kills_its_process_does_not_stop_the_others(pairs, expected):
    """The other videos are measured, also those that were in the same pool."""
    rows = ls.measure_all([Deadly.of(b"deadly"), *pairs, Deadly.of(b"too")])
    dead = rows["notes"].str.startswith("not measured: TerminatedWorkerError")

    assert dead.tolist() == [True, *[False] * len(pairs), True]
    assert_frame_equal(rows[~dead].reset_index(drop=True), expected)


def test_nothing_is_measured_if_a_path_is_wrong(pairs, home):
    """A wrong path is an error before anything is measured."""
    executor = Counting()
    with pytest.raises(ls.BadRequest, match="nowhere"):
        ls.measure_all([*pairs, "nowhere.mp4"], executor)

    assert executor.done == 0
    assert not home.exists()


@pytest.mark.usefixtures("home")
def test_an_empty_file_is_a_row_with_the_reason(tmp_path):
    """An empty file and empty bytes are the same content, and are measured once."""
    (tmp_path / "empty.mp4").touch()
    executor = Counting()
    rows = ls.measure_all([tmp_path / "empty.mp4", b""], executor)

    assert executor.done == 1
    assert rows["notes"].str.contains("the file is empty").all()


@pytest.mark.usefixtures("home")
def test_a_changed_file_is_measured_again(tmp_path):
    """A file with the same name and other content is measured."""
    executor, path = Counting(), tmp_path / "video.mp4"
    for content in (b"no video", b"another one"):
        path.write_bytes(content)
        ls.measure_all([path], executor)

    assert executor.done == 2


def test_no_videos_no_rows():
    """The frame is empty, with all columns."""
    assert [*ls.measure_all([]).columns] == [*(column.name for column in COLUMNS), "notes"]


INTERRUPTED = """
import os, pathlib, signal, time
from concurrent.futures import ThreadPoolExecutor
import lipsync_nb as ls

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it

class Interrupted(ThreadPoolExecutor):
    def submit(self, work, *files):
        def wait_and_work(video, *others):
            if video.data[0] == 2:
                while len([*pathlib.Path(os.environ["LIPSYNC_NB_HOME"]).rglob("*.json")]) < 2:
                    time.sleep(0.01)
                signal.raise_signal(signal.SIGINT)
                time.sleep(1)
            return work(video, *others)
        return super().submit(wait_and_work, *files)

with Interrupted(1) as executor:
    try:
        ls.measure_all([bytes([byte]) * 9 for byte in range(5)], executor)
    except KeyboardInterrupt:
        print("interrupted")
"""
"""Ctrl-C comes after two of five videos."""


@pytest.mark.usefixtures("home")
def test_an_interrupted_run_goes_on_where_it_stopped():
    """The two videos measured before Ctrl-C are not measured again."""
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "interrupted"

    executor = Counting()
    ls.measure_all([bytes([byte]) * 9 for byte in range(5)], executor)

    assert executor.done == 3


@pytest.mark.usefixtures("home")
def test_a_script_runs_once(pairs, tmp_path):
    """The processes do not run the user's script again, also if it has no ``__main__`` guard."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
            import lipsync_nb as ls
            print("paid")
            print(len(ls.measure_all([{str(pairs[0][0])!r}, b"no video"])))
        """)
    )
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True)

    assert done.stdout.split() == ["paid", "2"]


@pytest.mark.parametrize("given", ["out.mp4", b"bytes", ls.Video(Path("out.mp4"))], ids=repr)
def test_a_single_video_is_no_list(given):
    """The error says what to do."""
    with pytest.raises(ls.BadRequest, match="give a list, or use ls"):
        ls.measure_all(given)


def test_more_than_video_speech_and_face_is_refused(studio):
    """The error names the parts."""
    with pytest.raises(ls.BadRequest, match="give a video, or \\(video, speech, face\\)"):
        ls.measure_all([(studio.video(), None, None, None)])
