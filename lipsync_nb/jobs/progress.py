"""Tells how a blocking wait gets on, on a line in a terminal or below a notebook's cell."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic, time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from lipsync_nb import event_loop as loop
from lipsync_nb import interrupts
from lipsync_nb.errors import LipSyncError
from lipsync_nb.ledger.record import Record
from lipsync_nb.status import Eta, JobStatus, brief

if TYPE_CHECKING:
    from lipsync_nb.jobs.progress_bar import Bar

T = TypeVar("T")

DELAY_SECONDS = 1.0
"""Seconds of waiting after which it is shown. What is over sooner needs no line."""
TICK_SECONDS = 0.5
"""Seconds between two updates, so that each second of an estimate is seen."""
MOST_BUSY = 0.05
"""The most of a core that this takes: for thousands of jobs, it is updated less often."""
ALMOST = 0.95
"""The most that a bar is filled by an estimate, as what was estimated may take longer."""


class State(NamedTuple):
    """How a wait gets on.

    Attributes:
        text: In words.
        share: How much of it is over, from 0 to 1.
        left: How long it is expected to take still, in words, if that is known.
        about: What else is known, which a narrow terminal leaves out.
    """

    text: str
    share: float
    left: str | None = None
    about: str = ""

    @property
    def line(self) -> str:
        """All of it, the most important first."""
        return ", ".join(filter(None, (self.text, self.left))) + self._added

    @property
    def end(self) -> str:
        """What is told when the wait is over."""
        return self.text + self._added

    @property
    def _added(self) -> str:
        return f" ({self.about})" if self.about else ""


class WaitingLine:
    """The line of a wait. It is shown while somebody waits, and only if that takes a second.

    It is shown if stderr is a terminal, and in a notebook for the main thread. A wait within
    another one, on the same thread, is shown by the outer line.

    Args:
        state: Returns how the wait gets on, called twice a second.
    """

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._due = monotonic() + DELAY_SECONDS
        self._bar: Bar | None = None
        self._shown = False

    def wait(self, future: Future[T], timeout: float | None) -> T:
        """Wait for a future as `event_loop.wait` does."""
        with self.shown() as line:
            return loop.wait(future, timeout, tick=line.tick, every=TICK_SECONDS)

    @contextmanager
    def shown(self) -> Iterator["WaitingLine"]:
        """Remove the line at the end of the block; return the one whose `tick` is to be called."""
        if (outer := _current.get()) is not None:
            yield outer
            return
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)
            self._hide()

    @interrupts.noted()
    def tick(self) -> bool:
        """Show how the wait gets on, if it is time for that; return whether there is a line."""
        begun = monotonic()
        if begun >= self._due:
            self._show()
            self._due = monotonic() + max(TICK_SECONDS, (monotonic() - begun) / MOST_BUSY)
        return self._shown

    def _show(self) -> None:
        if not self._bar and not _can_be_seen():
            return
        state = self._state()  # it may fail, so that a line is begun after it
        self._bar = self._bar or _new_bar(state)
        self._shown = self._bar is not None
        if self._bar is not None:
            self._bar.show(state.line, state.share)

    def _hide(self) -> None:
        if self._shown:
            self._shown = False
            self.rest()

    def rest(self) -> None:
        """Tell the end, where something of the line stays."""
        if self._bar is not None and not self._bar.rest(lambda: self._state().end):
            self._bar = None


_current: ContextVar[WaitingLine | None] = ContextVar("lipsync_nb_waiting", default=None)


def _can_be_seen() -> bool:
    """Return whether a line would be seen, by the one who waits."""
    if in_kernel():  # the output of a thread would be another cell's
        return threading.current_thread() is threading.main_thread()
    return _is_terminal(sys.stderr)


def _new_bar(state: State) -> "Bar | None":
    """Return a new line; ``None`` if tqdm is turned off."""
    from lipsync_nb.jobs.progress_bar import CellBar, TerminalBar  # noqa: PLC0415 - see there

    bar = (CellBar if in_kernel() else TerminalBar)(state.line, state.share)
    return None if bar.disable else bar


def _is_terminal(file: Any) -> bool:
    try:
        return bool(file.isatty())
    except (AttributeError, ValueError):  # none, as in pythonw.exe; or it is closed
        return False


def in_kernel() -> bool:
    """Return whether this runs in a Jupyter kernel, whose end is a restart or a shutdown."""
    ipython = sys.modules.get("IPython")
    get_shell = getattr(ipython, "get_ipython", None)  # another thread may just import it
    shell = get_shell() if get_shell else None
    return getattr(shell, "kernel", None) is not None


class Awaited(Protocol):
    """A job."""

    @property
    def record(self) -> Record:
        """Its record."""

    @property
    def eta(self) -> Eta | None:
        """When it is expected to be done."""


def line_of(jobs: Iterable[Awaited]) -> WaitingLine:
    """Return the line of a wait for jobs."""
    awaited = list(dict.fromkeys(jobs))
    if len(awaited) == 1:
        return WaitingLine(lambda: _of_one(awaited[0]))
    return WaitingLine(lambda: _of_many(awaited))


def _of_one(job: Awaited) -> State:
    record, eta, now = job.record, _eta(job), time()
    doing = str(record.status)
    if record.status is JobStatus.succeeded and not record.done:
        doing = f"fetching the {record.makes.lower()}"
    elif record.finished_at is not None:
        doing = f"{doing} after {brief(record.finished_at - record.created_at)}"
    reported = None if record.status.terminal else record.progress
    percent = None if reported is None else f"{reported:.0%}"
    text, about = ", ".join(filter(None, (doing, percent))), f"{record.vendor} {record.kind}"
    if record.status.terminal:
        return State(text, 1.0, about=about)
    if eta is None:
        return State(text, reported or 0.0, about=about)
    since = record.accepted_at or record.created_at
    estimated = ALMOST if eta.overdue else estimated_share(now - since, eta.left(now))
    share = estimated if reported is None else reported
    return State(text, share, eta.in_words(now), about)


def estimated_share(elapsed: float, left: float) -> float:
    """Return how much of a job is over by the estimate, from 0 to `ALMOST`.

    Args:
        elapsed: Seconds that it has taken.
        left: Seconds that it is expected to take still.
    """
    elapsed = max(0.0, elapsed)
    return min(ALMOST, elapsed / (elapsed + left)) if elapsed else 0.0


def _of_many(jobs: list[Awaited]) -> State:
    records = [job.record for job in jobs]
    done = sum(record.done for record in records)
    bad = sum(_has_failed(record.status) for record in records)
    lost = sum(record.lost for record in records)
    unsent = sum(record.status.unsent for record in records)
    counts = {"failed": bad, "lost": lost, "not sent yet": unsent}
    about = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    text, share = f"{done} of {len(jobs)} jobs done", done / len(jobs) if jobs else 1.0
    left = None if unsent else _last(jobs)  # when the last one ends depends on when it is sent
    return State(text, share, left, about)


def _has_failed(status: JobStatus) -> bool:
    return status.terminal and status is not JobStatus.succeeded


def _last(jobs: list[Awaited]) -> str | None:
    """Return how long it takes until the last job is done, in words."""
    etas = filter(None, (_eta(job) for job in jobs if not job.record.status.terminal))
    last = max(etas, key=lambda eta: eta.estimated_at + eta.seconds, default=None)
    return None if last is None else last.in_words(time())


def _eta(job: Awaited) -> Eta | None:
    try:
        return job.eta
    except LipSyncError:  # the ledger cannot be read; the wait itself tells that
        return None
