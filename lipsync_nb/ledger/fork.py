"""No ledger is open while the process forks.

SQLite keeps the locks of its connections in memory, and a forked child gets a copy. So a connection
that the child opens to the same file takes no locks of its own: what it writes is lost once the
parent closes the file. Or it waits for ever, as a thread of the parent was inside SQLite.
"""

import os
from collections.abc import Callable
from threading import Lock
from typing import Protocol
from weakref import WeakSet

Continue = Callable[[], None]


class Pausable(Protocol):
    """What must not be open during a fork."""

    def pause(self) -> tuple[Continue, Continue]:
        """Begin to close.

        Returns:
            Two functions: one waits until it is closed, and one lets it be used again.
        """


files: WeakSet[Pausable] = WeakSet()
"""All that are open in this process."""
_forking = Lock()
_paused: list[Continue] = []


def _before() -> None:
    _forking.acquire()
    waits = []
    for file in list(files):
        wait, resume = file.pause()
        _paused.append(resume)
        waits.append(wait)
    for wait in waits:
        wait()


def _after_in_parent() -> None:
    while _paused:
        _paused.pop()()
    _forking.release()


def _after_in_child() -> None:
    global _forking  # noqa: PLW0603 - one for the process
    _forking = Lock()
    _paused.clear()
    files.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
