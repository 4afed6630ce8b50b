"""The ledger's SQLite file: one connection to it, its thread, and transactions."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Concatenate, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

from lipsync_nb.errors import LedgerError, line
from lipsync_nb.http.addresses import bare
from lipsync_nb.ledger import fork
from lipsync_nb.ledger.schema import migrate, version
from lipsync_nb.log import log
from lipsync_nb.threads import ThreadsEnded, Workers

BUSY_SECONDS = 30.0
"""Seconds to wait for a write of another kernel."""
TICK_SECONDS = 0.01
"""Seconds between attempts where SQLite itself does not wait."""

PUT_IT_BACK = "put it back, or restart the kernel to use the file that is there now"
"""What to do if the file is at its place no more."""

P = ParamSpec("P")
T = TypeVar("T")


class LedgerClosed(LedgerError):
    """The ledger's file is closed."""


class Runs(Protocol):
    """What calls functions on the thread of a ledger's file."""

    def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function on the thread; see `LedgerFile.run`."""


R = TypeVar("R", bound=Runs)


def in_file_thread(method: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """Return a method that runs on the thread of its ledger's file; see `LedgerFile.run`."""

    @wraps(method)
    def call(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.run(method, self, *args, **kwargs)

    return call


class LedgerFile:
    """An SQLite file, and the thread on which all its statements run.

    Ctrl-C is raised in the main thread only. So it cannot break into a transaction.

    Args:
        path: The file. It is created, with its folders, if it does not exist.
        read_only: Whether it is only read, and so neither created nor migrated. Then it can also be
            opened while another kernel writes.

    Raises:
        LedgerError: The file cannot be opened, or a newer version has written it.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.connections = 0
        """How many there have been: one, and a new one after each fork."""
        self._is_read_only = read_only
        self._is_connected = False
        self._is_closed = False
        self._allows_fork = Event()
        self._allows_fork.set()
        self._thread = Workers(1, "lipsync_nb-ledger")
        with fork.opening:
            fork.files.add(self)
        try:
            self._thread.run(self._open)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function on the file's thread, and wait for it.

        Ctrl-C interrupts the wait. A function that has begun goes on, as if it was not interrupted.

        Raises:
            LedgerClosed: The file is closed.
        """
        try:
            return self._thread.run(function, *args, **kwargs)
        except ThreadsEnded:
            raise self._closed() from None

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have the file's thread call a function.

        Raises:
            LedgerClosed: The file is closed.
        """
        try:
            return self._thread.submit(function, *args, **kwargs)
        except ThreadsEnded:
            raise self._closed() from None

    def close(self) -> None:
        """Finish what was submitted, and close the file. A second call does nothing."""
        try:
            self._thread.run(self._close)
        except ThreadsEnded:
            return
        self._thread.shutdown(wait=False)

    def close_for_fork(self) -> None:
        """Begin to close the connection; the next use opens a new one.

        The connection to a file that is at its place no more stays: there is no way back to it.
        """
        with suppress(ThreadsEnded):
            self._thread.submit(self._make_way)

    def wait_until_closed(self) -> None:
        """Wait until there is no connection, as far as `close_for_fork` closes it."""
        if not self._thread.is_here() and not self._allows_fork.wait(BUSY_SECONDS):
            log.warning("ledger %s is busy and stays open while the process forks", self.path)

    def abandon(self) -> None:
        """Refuse any further use, in a forked child: the connection is its parent's."""
        self._is_closed = True

    def _make_way(self) -> None:
        try:
            if self._is_connected and self._is_at_its_place():
                self._disconnect()
        finally:
            self._allows_fork.set()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for reading, on the file's thread.

        Errors of SQLite become `LedgerError`.
        """
        with self._connected() as db:
            yield db

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Yield the connection for one transaction, on the file's thread.

        Errors of SQLite become `LedgerError`.

        Args:
            durable: Whether to wait until it is on the disk. In WAL mode, NORMAL survives a killed
                process, and FULL survives a power failure as well.
        """
        with self._connected() as db, db:  # commits, or rolls back
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            yield db

    def refuse_replaced(self) -> None:
        """Raise `LedgerError` if the file was deleted or replaced, before anything is paid.

        SQLite continues to write to the former file. It still serves to finish the jobs that were
        sent, but no other kernel can see it.
        """
        if not self._is_at_its_place():
            raise LedgerError(
                f"{self.path} was deleted or replaced while it was open, so nothing was sent; "
                + PUT_IT_BACK
            )

    def empty_log(self) -> None:
        """Write SQLite's log into the file, and empty it, unless another kernel is using it.

        The log contains the former contents of what was changed. It is emptied another time if that
        fails, as on a full disk: what was written is safe in the log.
        """
        with self._connected() as db:
            db.execute("PRAGMA busy_timeout = 0")
            with suppress(sqlite3.Error):
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    def _open(self) -> None:
        with self._access():
            if not self._is_read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch(mode=0o600)
            self._identity = _identity(self.path)
            self._connect()
            try:
                if self._is_read_only:
                    version(self._db, self.path)
                else:
                    self._use_wal()
                    with self.writing(durable=True) as db:
                        migrate(db, self.path)
            except BaseException:
                self._disconnect()
                raise

    def _connect(self) -> None:
        address = _address(self.path, "ro" if self._is_read_only else "rw")
        with fork.opening:
            self._allows_fork.clear()
            self._db = sqlite3.connect(
                address, timeout=BUSY_SECONDS, isolation_level=None, uri=True
            )
        self._is_connected = True
        self.connections += 1
        self._db.row_factory = sqlite3.Row
        self._db.text_factory = text
        if not self._is_read_only:
            self._db.execute("PRAGMA secure_delete = ON")  # signatures of URLs are removed
            self._db.create_function("bare_url", 1, _bare_url, deterministic=True)

    def _disconnect(self) -> None:
        self._is_connected = False
        self._db.close()
        self._allows_fork.set()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection; a new one, if the last was closed for a fork."""
        if self._is_closed:
            raise self._closed()
        with self._access():
            if not self._is_connected:
                if not self._is_at_its_place():
                    raise LedgerError(f"{self.path} was deleted or replaced; {PUT_IT_BACK}")
                self._connect()
            yield self._db

    def _close(self) -> None:
        self._is_closed = True
        if self._is_connected:
            with self._access():
                self._disconnect()

    def _is_at_its_place(self) -> bool:
        try:
            return _identity(self.path) == self._identity
        except OSError:
            return False

    def _closed(self) -> LedgerClosed:
        return LedgerClosed(f"ledger {self.path} is closed")

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

    @contextmanager
    def _access(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            why = getattr(error, "strerror", None) or error
            raise LedgerError(f"ledger {line(self.path)}: {why}") from error


def _bare_url(url: bytes | None) -> str | None:
    """Return a URL of the file without what may be secret, for SQL."""
    return None if url is None else bare(url.decode(errors="replace"))


def _address(path: Path, mode: str) -> str:
    """Return the address at which SQLite opens a file that is there, as its URIs are written.

    Args:
        path: The file.
        mode: ``"ro"`` or ``"rw"``.
    """
    name = path.absolute().as_posix()
    slash = "" if name.startswith("/") else "/"
    return f"file://{slash}{quote(os.fsencode(name), '/:')}?mode={mode}"


def text(value: bytes) -> str | bytes:
    """Return a text of the file; the bytes, if another program wrote what is not UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
