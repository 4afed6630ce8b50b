"""No traceback shows a key, however much of the frames it shows."""

import traceback

import pytest
from IPython.core.ultratb import VerboseTB

import lipsync_nb as ls
from lipsync_nb.errors import LipSyncError
from lipsync_nb.media import FsspecHost
from lipsync_nb.notebook.credentials import Credentials
from lipsync_nb.vendors import VENDORS

KEY = "sk-canary-0123456789"


def with_locals(error):
    """Return a traceback with the variables of each frame."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format())


def verbose(error):
    """Return what ``%xmode Verbose`` shows."""
    lines = VerboseTB("nocolor").structured_traceback(type(error), error, error.__traceback__)
    return "\n".join(map(str, lines))


def calls(kind):
    """Yield calls of a vendor's constructor that fail, each with a key in another place."""
    *others, last = kind.variables
    keys = {**dict.fromkeys(others, KEY), last: f"{KEY}字"}
    good = dict.fromkeys(kind.variables, KEY)
    yield lambda: kind(base_url="no URL", **good)
    yield lambda: kind(base_url=f"ftp://user:{KEY}@vendor.test", **good)
    yield lambda: kind(base_url="http://vendor.test", **keys)
    yield lambda: kind(no_such_key=KEY, **good)
    yield lambda: kind(*good.values(), KEY, KEY)
    yield lambda: kind(base_url=5, **good)
    if others:
        yield lambda: kind(**dict.fromkeys(others, KEY))


@pytest.mark.parametrize("show", [with_locals, verbose])
@pytest.mark.parametrize("kind", VENDORS.values(), ids=list(VENDORS))
def test_a_failed_constructor_shows_no_key(kind, show, monkeypatch):
    """Neither of its own frames nor of those below it."""
    for variable in kind.variables.values():
        monkeypatch.delenv(variable, raising=False)
    for call in calls(kind):
        with pytest.raises((LipSyncError, TypeError, AttributeError)) as raised:
            call()
        frames = raised.tb.tb_next.tb_next  # below the test's own, which has the key of course
        assert frames is not None
        assert KEY not in show(raised.value.with_traceback(frames))
        assert raised.value.__cause__ is raised.value.__context__ is None


def test_a_keys_form_that_is_refused_shows_no_key(tmp_path):
    """Its method is called with keys, too."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite") as client:
        form = Credentials(client)
        with pytest.raises(LipSyncError) as raised:
            form.connect("lingdong", api_key=KEY, base_url="no URL")
    assert KEY not in with_locals(raised.value.with_traceback(raised.tb.tb_next))


@pytest.mark.parametrize("show", [with_locals, verbose])
def test_a_client_that_is_refused_shows_no_key(show, tmp_path):
    """Neither one that is given for a vendor, nor one in the URL of a media host."""
    ledger = tmp_path / "jobs.sqlite"
    refused = [
        lambda: ls.Client([KEY], ledger=ledger),
        lambda: ls.Client([], ledger=ledger, media_host=f"nonsense://key:{KEY}@bucket"),
        lambda: FsspecHost("nonsense://bucket", key="key", secret=KEY),
    ]
    with ls.Client([], ledger=ledger) as client:
        for call in (*refused, lambda: client.connect(KEY)):
            with pytest.raises(LipSyncError) as raised:
                call()
            frames = raised.tb.tb_next.tb_next
            assert KEY not in show(raised.value.with_traceback(frames))


def test_a_fault_of_a_vendors_own_constructor_says_where_it_is():
    """Who writes a vendor sees the lines of code, without the variables."""

    class Faulty(ls.Lingdong):
        def __init__(self, api_key):
            try:
                self.length = len(api_key) / 0
            except ZeroDivisionError as error:
                raise RuntimeError("no length") from error

    with pytest.raises(RuntimeError) as raised:
        Faulty(KEY)

    note = "".join(raised.value.__notes__)
    assert 'raise RuntimeError("no length") from error' in note
    assert "Caused by:\nZeroDivisionError: " in note
    assert KEY not in with_locals(raised.value.with_traceback(raised.tb.tb_next))
