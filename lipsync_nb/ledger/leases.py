"""Leases: an engine owns its jobs for as long as it renews its lease by heartbeats.

Within one boot of a machine, leases are compared by its monotonic clock, which nobody sets. Clocks
of different machines, or before and after a boot, cannot be compared. So an engine elsewhere is
running as long as its heartbeat is seen to change. Nothing distinguishes an earlier boot of this
machine from another machine: containers share host names, and copies of an image share its ids.
"""

import os
import socket
import sqlite3
import sys
from collections.abc import Iterable
from functools import cache
from math import inf
from pathlib import Path
from time import monotonic, time

LEASE_SECONDS = 15.0
"""Seconds after its last heartbeat for which an engine owns its jobs."""
LONG_AGO = 24 * 3600.0
"""Seconds since the end of a lease elsewhere after which its engine is not waited for. Clocks of
machines differ by hours, as with a wrong time zone, but not by days."""
MOST_PID = 2**31
"""No process has this id, or a higher one."""
LONGEST_LEASE = 3600.0
"""Seconds. A longer lease was written before a boot that could not be told from this one."""


class Leases:
    """The leases in a ledger's file, and when the heartbeats of other machines were seen."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, float]] = {}

    @staticmethod
    def renew(db: sqlite3.Connection, owner: str, seconds: float) -> None:
        """Add or renew the lease of an engine of this process."""
        lease = {
            "id": owner,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "alive_until": time() + seconds,  # for older versions, and for other machines
            "boot": boot(),
            "pid_namespace": pid_namespace(),
            "until": monotonic() + seconds,
        }
        marks = ", ".join(f":{name}" for name in lease)
        db.execute(f"REPLACE INTO owners ({', '.join(lease)}) VALUES ({marks})", lease)  # noqa: S608 - our own words

    @staticmethod
    def prolong(db: sqlite3.Connection, owners: Iterable[str | None]) -> None:
        """Renew leases that exist."""
        renewals = [
            (time() + LEASE_SECONDS, monotonic() + LEASE_SECONDS, owner) for owner in owners
        ]
        db.executemany("UPDATE owners SET alive_until = ?, until = ? WHERE id = ?", renewals)

    def running(self, db: sqlite3.Connection) -> set[str]:
        """Return the ids of the engines that are running."""
        return {row["id"] for row in db.execute("SELECT * FROM owners") if self._is_running(row)}

    def _is_running(self, lease: sqlite3.Row) -> bool:
        """Return whether an engine is running. One whose lease cannot be read is not."""
        if lease["boot"] != boot():
            return isinstance(lease["alive_until"], float) and self._changes(lease)
        until, pid = lease["until"], lease["pid"]
        if not (isinstance(until, float) and 0 <= until - monotonic() <= LONGEST_LEASE):
            return False
        if not (isinstance(pid, int) and 0 < pid < MOST_PID):
            return False
        return lease["pid_namespace"] != pid_namespace() or _exists(pid)

    def _changes(self, lease: sqlite3.Row) -> bool:
        """Return whether a heartbeat is new, or changed within the seconds of a lease."""
        owner, beat = lease["id"], lease["alive_until"]
        known, seen_at = self._seen.get(owner, (None, -inf))
        if beat != known:
            if known is not None or beat > time() - LONG_AGO:
                seen_at = monotonic()
            self._seen[owner] = beat, seen_at
        return monotonic() - seen_at < LEASE_SECONDS


@cache
def boot() -> str:
    """Return an id of the monotonic clock: of the present boot and, on Linux, the time namespace.

    Where a boot has no id, this is the machine's name.
    """
    try:
        boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return socket.gethostname()
    return f"{boot_id} {_namespace('time') or ''}"


@cache
def pid_namespace() -> str:
    """Return an id of the processes that can see each other: of a container, or of the machine."""
    return _namespace("pid") or socket.gethostname()


def _namespace(kind: str) -> str | None:
    try:
        return str(Path(f"/proc/self/ns/{kind}").readlink())
    except OSError:
        return None


def _exists(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # there, a signal of 0 would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
