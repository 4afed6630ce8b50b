"""No ledger is open while the process forks.

SQLite keeps the locks of its connections in memory, and a forked child gets a copy. So a connection
that the child opens to the same file takes no locks of its own: what it writes is lost once the
parent closes the file. Or it waits for ever, as a thread of the parent was inside SQLite.
"""

import os
from threading import Lock
from typing import Protocol
from weakref import WeakSet


class OpenFile(Protocol):
    """What is closed for a fork. It is opened again when it is used, with `opening` held."""

    def close_for_fork(self) -> None:
        """Begin to close."""

    def wait_until_closed(self) -> None:
        """Wait until that is done."""

    def abandon(self) -> None:
        """Refuse any further use: this is a forked child, and the file is its parent's."""


files: WeakSet[OpenFile] = WeakSet()
"""All files of this process. One is added with `opening` held."""
opening = Lock()
"""What opens a file holds it, and so does a fork."""


def _close_all() -> None:
    for file in files:
        file.close_for_fork()
    for file in files:
        file.wait_until_closed()


def _abandon_all() -> None:
    for file in files:
        file.abandon()
    files.clear()


if hasattr(os, "register_at_fork"):
    # What is registered last is called first before a fork. Ctrl-C cannot come while a lock's own
    # methods are called, so that the lock is always released.
    os.register_at_fork(before=_close_all, after_in_child=_abandon_all)
    os.register_at_fork(
        before=opening.acquire, after_in_parent=opening.release, after_in_child=opening.release
    )
