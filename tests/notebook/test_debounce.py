"""Work that waits for a pause in typing."""

import pytest
from conftest import PATIENCE

from lipsync_nb.notebook.debounce import Debounced


def test_work_that_fails_is_logged_and_done_again_when_asked(caplog):
    """One fault does not end it for ever."""
    done = []

    def work():
        done.append(1 / len(done))

    work = Debounced(work, seconds=0)
    work.ask()
    work.wait(PATIENCE)
    done.append(0.0)
    work.ask()
    work.wait(PATIENCE)

    assert done == [0.0, 1.0]
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("times", [1, 5])
def test_what_is_asked_for_several_times_at_once_is_done_once(times):
    """The last request counts."""
    done = []
    work = Debounced(lambda: done.append(1), seconds=0.2)

    for _ in range(times):
        work.ask()
    work.wait(PATIENCE)

    assert done == [1]
