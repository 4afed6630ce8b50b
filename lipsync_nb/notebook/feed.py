"""Changed jobs on their way to a widget: gathered, at most ten times a second."""

import asyncio
import threading
from collections.abc import Callable
from time import monotonic

from lipsync_nb import loop
from lipsync_nb.engine.records import Records
from lipsync_nb.ledger.record import Record
from lipsync_nb.log import log

INTERVAL = 0.1
"""Seconds between two messages: short enough to look live."""


class Feed:
    """Passes on the newest records of changed jobs.

    It does so on the library's own thread, so that a table stays live while a cell blocks.

    Args:
        records: Where jobs change.
        hand_on: Takes the changed ones.
    """

    def __init__(self, records: Records, hand_on: Callable[[list[Record]], None]) -> None:
        self._records = records
        self._hand_on = hand_on
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._due = False
        self._last = 0.0
        self._stop: Callable[[], None] | None = None

    def start(self) -> None:
        """Start listening, unless it already does."""
        if self._stop is None:
            self._stop = self._records.subscribe(self._hear)

    def stop(self) -> None:
        """Stop listening."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _hear(self, record: Record) -> None:
        with self._lock:
            self._changed.add(record.id)
            due, self._due = self._due, True
        if not due:
            loop.call(self._plan)

    def _plan(self) -> None:
        wait = self._last + INTERVAL - monotonic()
        asyncio.get_running_loop().call_later(max(0.0, wait), self._flush)

    def _flush(self) -> None:
        self._last = monotonic()
        with self._lock:
            changed, self._changed = self._changed, set()
            self._due = False
        if self._stop is None:
            return
        try:
            self._hand_on([self._records.get(job_id) for job_id in changed])
        except Exception:  # noqa: BLE001 - a view's fault must not stop the next message
            log.exception("a view failed")
