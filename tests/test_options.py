"""A client's options are checked before anything is created, connected or started."""

import subprocess
import sys
from decimal import Decimal
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

import lipsync_nb as ls
from lipsync_nb.engine.options import DEADLINE
from lipsync_nb.jobs.client import JobClient
from lipsync_nb.jobs.options import ClientOptions

KEY = "sk_0123456789abcdef"
SECONDS = "a finite number of seconds above 0, such as deadline=1800"
INTERVALS = "the shortest and the longest interval in seconds, both above 0"
BYTES = "a whole number of bytes above 0, such as largest_result=1_000_000_000"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, which is the package's own folder too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIPSYNC_NB_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file, in which nothing can be created."""
    path = tmp_path_factory.mktemp("elsewhere") / "taken"
    path.write_text("a file")
    return path


WRONG = [
    *(("deadline", value, SECONDS) for value in ("60", True, float("nan"), float("inf"), 0, -1)),
    ("deadline", float("inf"), "a finite number"),
    *(("deadline", value, SECONDS) for value in (None, [60], 10**400)),
    *(("poll", value, INTERVALS) for value in (5, (5, 2), (0, 2), "ab", (1, 2, 3), ("1", 2))),
    *(("poll", value, INTERVALS) for value in ({1, 2}, (1, float("nan")), (True, 2))),
    *(("largest_result", value, BYTES) for value in ("1GB", 0, -1, 1.5, True, float("inf"))),
    *(("backoff_scale", value, "a finite number from 0 on") for value in (-1, "1", float("nan"))),
    *(("results", value, "the path of a folder") for value in (None, "", 5, "a\0b", b"videos")),
    *(("ledger", value, "the path of a file") for value in ("", 5, "a\0b")),
    *(("media_host", value, "an fsspec URL") for value in (5, Path("folder"), object)),
    ("media_host", "file:///tmp", "cannot sign URLs"),
    *(("budget", value, "is not a dict") for value in (5, 0, [])),
    ("budget", {"lingdong": "5"}, "not a finite number"),
    ("budget", {"lingdong": Decimal("nan")}, "not a finite number"),
    ("budget", {"lingdong": Decimal(-1)}, "not a finite number"),
    *(("names", value, "is not a pattern") for value in (None, "", 5)),
    ("names", "{nmae}", "no field 'nmae'; known are date, id, key, kind, project, title, vendor"),
    *(("max_unfinished", value, "is not a whole number from 1 on") for value in (0, "5", True)),
    ("max_unfinished", {"yunay": 5}, "'yunay' is not a vendor"),
    ("project", 5, "is no text"),
    ("results", "~nobody-has-this-name/videos", "the path of a folder"),
    ("ledger", "~nobody-has-this-name/jobs.sqlite", "the path of a file"),
]


@pytest.mark.parametrize(
    ("name", "value", "expected"), WRONG, ids=[f"{n}-{v!r:.20}" for n, v, _ in WRONG]
)
def test_what_is_wrong_is_named_with_what_is_expected(here, name, value, expected):
    """And with what was given; nothing is created."""
    with pytest.raises(ls.BadRequest) as refused:
        ls.Client([], **{name: value})

    assert str(refused.value).startswith(name)
    assert expected in str(refused.value)
    assert [field for field, _ in refused.value.fields] == [name]
    assert list(here.iterdir()) == []


def test_all_that_is_wrong_is_told_at_once():
    """So that it can be put right at once."""
    with pytest.raises(ls.BadRequest, match=r"poll=5 is not .*; deadline='60' is not"):
        ls.Client([], deadline="60", poll=5)


def test_a_media_hosts_key_is_not_repeated():
    """An error is kept in the notebook that shows it."""
    with pytest.raises(ls.BadRequest, match=r"media_host=<dict> is not an fsspec URL") as refused:
        ls.Client([], media_host={"key": "me", "secret": KEY})

    assert KEY not in str(refused.value)


@pytest.mark.skipif(sys.platform == "win32", reason="a working folder cannot be deleted there")
@pytest.mark.parametrize("name", ["results", "ledger"])
def test_a_working_folder_that_is_gone_is_told(here, monkeypatch, name):
    """A relative path then means nothing."""
    gone = here / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with pytest.raises(ls.BadRequest, match=f"^{name}='videos' is not the path of a f"):
        ls.Client([], **{"results": here, name: "videos"})


@pytest.mark.parametrize(
    ("vendors", "told"),
    [
        (["yunai"], r"vendors\[0\]='yunai' is not a vendor with its keys; write ls\.Yunai\(\)"),
        ([ls.Yunai], r"vendors\[0\]=ls\.Yunai is not .*; write ls\.Yunai\(\)"),
        ([5], r"vendors\[0\]=<int> is not"),
        ([KEY], r"vendors\[0\]=<str> is not"),
        ("yunai", r"vendors='yunai' is not a list; write vendors=\[ls\.Yunai\(\)\]"),
        (ls.Yunai, r"vendors=ls\.Yunai is not a list; write vendors=\[ls\.Yunai\(\)\]"),
        (ls.Yunai(KEY), r"vendors=Yunai\(.*\) is not a list; write vendors=\[ls\.Yunai\(\.\.\."),
        (KEY, "vendors=<str> is not a list"),
        (5, "vendors=<int> is not a list"),
    ],
)
def test_what_is_no_vendor_is_told_with_what_to_write(here, vendors, told):
    """Its name, its class, or one that is in no list; a key is not repeated."""
    with pytest.raises(ls.BadRequest, match=told) as refused:
        ls.Client(vendors)

    assert KEY not in str(refused.value)
    assert list(here.iterdir()) == []


def test_connecting_tells_it_too():
    """Where a vendor is connected later."""
    with ls.Client([]) as client, pytest.raises(ls.BadRequest, match=r"write ls\.Yunai\(\)"):
        client.connect(ls.Yunai)


@pytest.mark.parametrize(
    "options",
    [
        {"deadline": 5},
        {"deadline": np.int64(5), "poll": [1, np.float32(2)]},
        {"largest_result": 1e9, "backoff_scale": 0},
        {"largest_result": np.int64(10**9)},
        {"vendors": {"yunai": ls.Yunai(KEY)}.values()},
        {"budget": {"lingdong": Decimal("5.5")}, "deadline": Decimal(5)},
        {"budget": None, "media_host": None, "poll": None, "ledger": None},
        {"project": "autumn", "names": "{key}", "max_unfinished": np.int64(5)},
        {"results": "a/b/c", "ledger": Path("d/e/jobs.sqlite")},
    ],
    ids="-".join,
)
def test_what_means_the_same_is_taken(options):
    """Numbers of any kind, a list for a pair, any iterable, paths and texts."""
    with ls.Client(**{"vendors": [], **options}) as client:
        assert client.results.is_absolute()
        assert client.results.is_dir()


def test_the_defaults_are_those_of_the_signature():
    """The client's arguments and the checked options say the same."""
    given = ClientOptions.checked()
    said = {name: each.default for name, each in signature(JobClient).parameters.items()}

    assert given.deadline == said["deadline"] == DEADLINE
    assert given.largest_result == said["largest_result"]
    assert given.backoff_scale == said["backoff_scale"]
    assert given.results == Path(said["results"]).absolute()
    assert given.names == said["names"]
    assert given.max_unfinished == {}
    others = ("ledger", "media_host", "poll", "budget", "project", "max_unfinished")
    assert [said[name] for name in others] == [None] * len(others)


def test_results_that_cannot_be_written_are_told_at_once(here, taken):
    """Not after the first video was paid."""
    for results in (taken, taken / "videos"):
        with pytest.raises(ls.BadRequest, match=r"^results='.*taken.*; choose a folder"):
            ls.Client([], results=results)

    assert list(here.iterdir()) == []


def test_a_ledger_that_is_a_folder_is_told(here):
    """With the name of a file in it."""
    with pytest.raises(ls.BadRequest, match=r"is a folder; .* ledger='.*jobs\.sqlite'"):
        ls.Client([], ledger=here)

    assert list(here.iterdir()) == []


def test_a_ledger_that_cannot_be_written_is_told(taken):
    """It is named."""
    with pytest.raises(ls.LedgerError, match="taken"):
        ls.Client([], ledger=taken / "jobs.sqlite")
    taken.write_text("no database " * 100)
    with pytest.raises(ls.LedgerError, match="not a database"):
        ls.Client([], ledger=taken)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"deadline": "60"}, ls.BadRequest),
        ({"poll": 5}, ls.BadRequest),
        ({"deadlin": 60}, TypeError),
        ({"vendors": []}, TypeError),
    ],
)
def test_the_sandboxs_options_are_checked_before_it_is_started(here, options, error):
    """Its options are the client's."""
    with pytest.raises(error):
        ls.Client.sandbox(**options)

    assert list(here.iterdir()) == []


def test_an_unknown_option_is_a_type_error(here):
    """As with every function."""
    with pytest.raises(TypeError, match="deadlin"):
        ls.Client([], deadlin=60)

    assert list(here.iterdir()) == []


def test_no_thread_is_started_for_wrong_options():
    """Neither the event loop's nor another."""
    program = (
        "import threading, lipsync_nb as ls\n"
        "try:\n    ls.Client([], deadline='60')\n"
        "except ls.BadRequest:\n    print(threading.active_count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "1\n"
