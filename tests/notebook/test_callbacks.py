"""Work that waits for a pause in typing."""

import pytest
from conftest import PATIENCE

from lipsync_nb.notebook.callbacks import Debounced


@pytest.mark.parametrize("fault", [ZeroDivisionError, SystemExit])
def test_work_that_fails_is_logged_and_done_again_when_asked(caplog, fault):
    """One fault does not end it for ever."""
    done = []

    def fail_at_first():
        if not done:
            raise fault
        done.append(1.0)

    work = Debounced(fail_at_first, seconds=0)
    work.request()
    work.wait(PATIENCE)
    done.append(0.0)
    work.request()
    work.wait(PATIENCE)

    assert done == [0.0, 1.0]
    assert fault.__name__ in caplog.text


def test_what_is_asked_for_several_times_at_once_is_done_once():
    """After a pause."""
    done = []
    work = Debounced(lambda: done.append(1), seconds=1.0)

    for _ in range(5):
        work.request()
    work.wait(PATIENCE)

    assert done == [1]
