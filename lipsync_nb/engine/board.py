"""The newest records of all jobs in this process, and who waits for them or listens to them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log

Listener = Callable[[Record], None]


class Board:
    """The newest record of each job. Methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        self._waiting: dict[str, list[Future[None]]] = {}
        self._listeners: list[Listener] = []

    def get(self, job_id: str) -> Record:
        """Return a job's newest record."""
        with self._lock:
            return self._records[job_id]

    def all(self) -> list[Record]:
        """Return all records, the oldest job first."""
        with self._lock:
            return sorted(self._records.values(), key=lambda record: record.created_at)

    def publish(self, record: Record) -> bool:
        """Store a record, unless a newer one is stored already, and call the listeners.

        Returns:
            Whether it is newer than what was stored.
        """
        with self._lock:
            known = self._records.get(record.id)
            if known is not None and known.revision > record.revision:
                return False
            self._records[record.id] = record
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener(record)
            except Exception:  # noqa: BLE001 - a listener's fault must not stop the jobs
                log.exception("a listener failed")
        return known is None or known.revision < record.revision

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each record published, on the thread that publishes it.

        Returns:
            A function that stops this.
        """
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def waiter(self, job_id: str) -> Future[None]:
        """Return a future that is done when the job has settled, or is followed no longer."""
        future: Future[None] = Future()
        with self._lock:
            self._waiting.setdefault(job_id, []).append(future)
        return future

    def settle(self, job_id: str) -> None:
        """Wake those who wait for a job."""
        with self._lock:
            waiting = self._waiting.pop(job_id, [])
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(None)
