"""Work that waits for a pause in typing."""

from conftest import PATIENCE

from lipsync_nb.notebook.debounce import Debounced


def test_work_that_fails_is_logged_and_done_again_when_asked(caplog):
    """One fault does not end it for ever."""
    done = []
    work = Debounced(lambda: done.append(1 / len(done)), seconds=0)
    work.ask()
    work.wait(PATIENCE)
    done.append(0.0)
    work.ask()
    work.wait(PATIENCE)

    assert done == [0.0, 1.0]
    assert "ZeroDivisionError" in caplog.text


def test_what_is_asked_for_several_times_at_once_is_done_once():
    """After a pause."""
    done = []
    work = Debounced(lambda: done.append(1), seconds=1.0)

    for _ in range(5):
        work.ask()
    work.wait(PATIENCE)

    assert done == [1]
