"""Uploads, as the kernel sees them: parts come in, a file named by its content comes out."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from notebook.tab import Tab

from lipsync_nb.notebook.uploader import FORGOTTEN_SECONDS, IncomingFile, Uploader, uploads

PART = b"0123456789" * 100
"""What travels in one message."""
WHOLE = 2 * PART
"""A file."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's folder."""
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def tab() -> Iterator[Tab]:
    """The browser's end."""
    with Tab() as tab:
        yield tab


@pytest.fixture
def arrived() -> list[Path]:
    """What has arrived."""
    return []


@pytest.fixture
def uploader(tab: Tab, arrived: list[Path]) -> Uploader:
    """An uploader that speaks to the tab."""
    assert tab
    return Uploader("Video", arrived.append, accept="video/*", max_bytes=10_000)


def start(tab, uploader, *, upload="u", name="my clip.MP4", size=2000):
    """Announce a file."""
    return tab.ask(uploader, op="start", upload=upload, name=name, size=size)


def part(tab, uploader, offset, data=PART, *, upload="u", sha256=None):
    """Send a part of it."""
    question = {"op": "part", "upload": upload, "offset": offset, "sha256": sha256}
    return tab.ask(uploader, buffers=[data], **question)


def end(tab, uploader, *, upload="u"):
    """Say that this was all."""
    return tab.ask(uploader, op="end", upload=upload)


def test_a_file_arrives_under_the_name_of_its_content(tab, uploader, arrived, home):
    """With the ending it had; each part is acknowledged."""
    start(tab, uploader)
    first = part(tab, uploader, 0, sha256=hashlib.sha256(PART).hexdigest())
    second = part(tab, uploader, len(PART))
    end(tab, uploader)

    assert [first["received"], second["received"]] == [1000, 2000]
    path = home / "uploads" / f"{hashlib.sha256(WHOLE).hexdigest()}.mp4"
    assert arrived == [path]
    assert path.read_bytes() == WHOLE
    assert list(uploads().iterdir()) == [path]


def test_no_bytes_are_in_the_widgets_state(tab, uploader):
    """So no notebook keeps them."""
    start(tab, uploader, size=len(PART))
    part(tab, uploader, 0)
    end(tab, uploader)

    assert PART.decode() not in str(uploader.get_state())
    assert not tab.states


def test_several_files_arrive_at_once(tab, uploader, arrived):
    """Each under its own name, with its own ending."""
    start(tab, uploader, upload="a", name="a.mp3", size=4)
    start(tab, uploader, upload="b", name="b.wav", size=4)
    part(tab, uploader, 0, b"aaaa", upload="a")
    part(tab, uploader, 0, b"bbbb", upload="b")
    end(tab, uploader, upload="b")
    end(tab, uploader, upload="a")

    assert [(path.read_bytes(), path.suffix) for path in arrived] == [
        (b"bbbb", ".wav"),
        (b"aaaa", ".mp3"),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"offset": 1}, "lost"),
        ({"offset": 0, "data": WHOLE + PART}, "lost"),
        ({"offset": 0, "sha256": "0" * 64}, "damaged"),
    ],
)
def test_what_is_lost_or_damaged_is_reported_and_thrown_away(tab, uploader, arrived, wrong, said):
    """Nothing half remains."""
    start(tab, uploader)

    answer = part(tab, uploader, **wrong)

    assert said in answer["error"]
    assert list(uploads().iterdir()) == []
    assert arrived == []


def test_a_missing_end_is_reported(tab, uploader, arrived):
    """The count of bytes must fit."""
    start(tab, uploader)
    part(tab, uploader, 0)

    assert "lost" in end(tab, uploader)["error"]
    assert list(uploads().iterdir()) == []
    assert arrived == []


@pytest.mark.parametrize(
    ("size", "said"), [(0, "empty"), (10_001, "limit is 0.01 MB"), (10**18, "limit")]
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(tab, uploader, size, said):
    """By its size."""
    assert said in start(tab, uploader, size=size)["error"]


def test_a_file_that_does_not_fit_on_the_disk_is_refused(tab, arrived):
    """Before it is sent."""
    answer = start(tab, Uploader("Any", arrived.append), size=10**18)

    assert "the disk has" in answer["error"]


def test_a_full_disk_is_reported(tab, uploader, monkeypatch):
    """Should it fill up meanwhile."""
    start(tab, uploader)
    monkeypatch.setattr(uploader._incoming["u"], "_file", Full())

    assert "No space left" in part(tab, uploader, 0)["error"]
    assert list(uploads().iterdir()) == []


class Full:
    """A file on a full disk."""

    def write(self, _: bytes) -> None:
        """Fail."""
        raise OSError(28, "No space left on device")

    def close(self) -> None:
        """Close."""


def test_cancelling_leaves_nothing(tab, uploader, arrived):
    """And a part that was on its way gets this error."""
    start(tab, uploader)
    part(tab, uploader, 0)

    tab.ask(uploader, op="cancel", upload="u")

    assert "start it again" in part(tab, uploader, len(PART))["error"]
    assert list(uploads().iterdir()) == []
    assert arrived == []


def test_closing_leaves_nothing(tab, uploader):
    """Of what has not arrived as a whole."""
    start(tab, uploader)

    uploader.close()

    assert list(uploads().iterdir()) == []


def test_what_nobody_waits_for_any_more_leaves_nothing():
    """As when a kernel ends, or a form is made anew, in the middle of an upload."""
    incoming = IncomingFile("face.mp4", len(WHOLE))
    incoming.take(0, PART, None)
    assert [path.suffix for path in uploads().iterdir()] == [".part"]

    del incoming

    assert list(uploads().iterdir()) == []


def test_what_a_dead_kernel_left_is_swept_away_a_day_later(tab, uploader):
    """What another kernel is receiving just now stays."""
    old, new = uploads() / "old.part", uploads() / "new.part"
    for path in (old, new):
        path.touch()
    os.utime(old, times=(0, new.stat().st_mtime - FORGOTTEN_SECONDS - 60))

    start(tab, uploader)

    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.tar.gz", ".gz"), ("noending", ""), ("../../x.sh\n", ""), ("a.verylongending", "")],
)
def test_of_the_files_name_only_a_plain_ending_is_kept(tab, uploader, arrived, name, ending):
    """Wherever it points to."""
    start(tab, uploader, name=name, size=len(PART))
    part(tab, uploader, 0)
    end(tab, uploader)

    assert arrived[0].name == hashlib.sha256(PART).hexdigest() + ending
    assert arrived[0].parent == uploads()
