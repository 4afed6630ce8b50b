"""The ledger's SQLite file: one connection to it, its migrations, and transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from time import monotonic, sleep

from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger.schema import MIGRATIONS

BUSY_SECONDS = 30.0
"""Seconds to wait for a write of another kernel."""
TICK_SECONDS = 0.01
"""Seconds between attempts where SQLite itself does not wait."""


class LedgerFile:
    """An SQLite file. All methods can be called on any thread.

    Args:
        path: The file. It is created, with its folders, if it does not exist.

    Raises:
        LedgerError: The file cannot be opened, or a newer version has written it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        with self._access():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._db.row_factory = sqlite3.Row
                self._file = _identity(path)
                self._use_wal()
                self._migrate()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the file."""
        with self._access():
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for reading; errors of SQLite become `LedgerError`."""
        with self._access():
            yield self._db

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield the connection for one transaction; errors of SQLite become `LedgerError`.

        Args:
            durable: Whether to wait until it is on the disk. In WAL mode, NORMAL survives a killed
                process, and FULL survives a power failure as well.
        """
        with self._access(), self._db:  # commits, or rolls back, also after Ctrl-C
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    def refuse_replaced(self) -> None:
        """Raise `LedgerError` if the file was deleted or replaced, before anything is paid.

        SQLite continues to write to the former file. It still serves to finish the jobs that were
        sent, but no other kernel can see it.
        """
        if not self.path.exists() or _identity(self.path) != self._file:
            raise LedgerError(
                f"{self.path} was deleted or replaced while it was open, so nothing was sent; put "
                "it back, or restart the kernel to use the file that is there now"
            )

    def _use_wal(self) -> None:
        # SQLite does not wait here for other kernels that open the same new file.
        until = monotonic() + BUSY_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if monotonic() > until:
                    raise
                sleep(TICK_SECONDS)
            else:
                return

    def _migrate(self) -> None:
        with self.writing(durable=True) as db:
            done = db.execute("PRAGMA user_version").fetchone()[0]
            if done > len(MIGRATIONS):
                raise LedgerError(
                    f"{self.path} was written by a newer lipsync_nb; upgrade this one"
                )
            for statement in chain.from_iterable(MIGRATIONS[done:]):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    @contextmanager
    def _access(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise LedgerError(f"ledger {self.path}: {error}") from error


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
