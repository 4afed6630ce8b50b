"""Where a blocking wait is shown: on a line of the terminal, or below a notebook's cell.

It is imported when the first line is shown, as most waits are short and need no tqdm.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

from tqdm.std import tqdm
from tqdm.utils import _term_move_up  # type: ignore[attr-defined]

COLUMNS, ROWS = 80, 24
"""The size of a terminal that says that it has none."""
FORMAT = "{desc} |{bar:20}|"
"""The text comes first, as a narrow terminal cuts what follows."""


class Bar(tqdm):  # type: ignore[type-arg]  # it iterates over nothing
    """A text and a bar. The variable ``TQDM_DISABLE`` turns it off, as all of tqdm.

    Args:
        text: The text.
        share: How much of the bar is filled, from 0 to 1.
        options: Further ones of tqdm.
    """

    monitor_interval = 0  # no thread: every line is drawn by the one who waits

    def __init__(self, text: str, share: float, **options: Any) -> None:
        super().__init__(
            total=1.0, initial=share, desc=text, bar_format=FORMAT, leave=False, **options
        )

    def show(self, text: str, share: float) -> None:
        """Show a text, and the bar filled to a share from 0 to 1."""
        self.n = min(1.0, max(0.0, share))
        self.set_description_str(text, refresh=False)
        with _lock():  # `refresh` itself leaves it locked if Ctrl-C comes
            self.refresh(nolock=True)

    def rest(self, text: Callable[[], str]) -> bool:
        """Remove it, or show it as it stays.

        Args:
            text: Returns what stays, if something does.

        Returns:
            Whether it stays, to be shown again at the same place.
        """
        raise NotImplementedError


class TerminalBar(Bar):
    """A line on stderr, below those that are there. When it ends, nothing of it is left.

    What is logged meanwhile appears above it.
    """

    def __init__(self, text: str, share: float) -> None:
        sized = all(os.get_terminal_size(sys.stderr.fileno()))
        size = {"dynamic_ncols": True} if sized else {"ncols": COLUMNS, "nrows": ROWS}
        super().__init__(text, share, file=sys.stderr, **size)
        if not self.disable:
            _room.enter(self)

    @property
    def rows(self) -> int:
        """The terminal's rows."""
        return int(self.nrows or ROWS)

    @property
    def columns(self) -> int:
        """The terminal's columns."""
        return int(self.ncols or COLUMNS)

    def display(  # type: ignore[override]
        self, msg: str | None = None, pos: int | None = None
    ) -> bool:
        """Draw the line in one piece, as another thread may write meanwhile."""
        row = abs(self.pos) if pos is None else pos
        if row >= self.rows - 1:
            return False
        text = str(self) if msg is None else msg
        width = self.columns - 1  # what is written after the last one begins a new line
        line = f"\r{text[:width]:{width}}"
        self.write_below("\n" * row + line + _term_move_up() * row)
        return True

    def write_below(self, text: str) -> None:
        """Write to the terminal at once."""
        self.fp.write(text)
        self.fp.flush()

    def show(self, text: str, share: float) -> None:
        """Show it, and what of the user's bars was cleared."""
        super().show(text, share)
        _room.draw_again(self)

    def rest(self, text: Callable[[], str]) -> bool:  # noqa: ARG002 - the program tells the end
        """Remove the line."""
        _room.leave(self)
        self.close()
        _room.draw_again(self)
        return False


class Room(logging.Filter):
    """Makes room for what is logged: all lines are cleared then, and drawn again soon."""

    def __init__(self) -> None:
        super().__init__()
        self._changing = threading.RLock()
        self._bars: list[TerminalBar] = []
        self._handlers: list[logging.Handler] = []
        self._cleared = False

    def enter(self, bar: TerminalBar) -> None:
        """Clear a line from now on, before the handlers that there are now write."""
        loggers = (logging.getLogger(), logging.getLogger("lipsync_nb"))
        with self._changing:
            self._bars.append(bar)
            for handler in (handler for logger in loggers for handler in logger.handlers):
                self._handlers.append(handler)
                handler.addFilter(self)

    def leave(self, bar: TerminalBar) -> None:
        """Leave a line alone; after the last one, the handlers too."""
        with self._changing:
            self._bars = [each for each in self._bars if each is not bar]
            while self._handlers and not self._bars:
                self._handlers.pop().removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - all are let through
        """Clear the lines, as a handler is about to write.

        tqdm's own lock is not taken: another thread may hold it while the terminal is stopped.
        """
        for bar in self._bars[:1]:
            last = max((abs(each.pos) for each in _beside(bar)), default=0)
            below = min(last, bar.rows - 2)
            blank = f"\r{' ' * bar.columns}\r"
            bar.write_below("\n".join([blank] * (below + 1)) + _term_move_up() * below)
            self._cleared = True
        return True

    def draw_again(self, bar: TerminalBar) -> None:
        """Draw the user's own bars again, if they were cleared. Ours are drawn by their waits."""
        if not self._cleared:
            return
        self._cleared = False
        with _lock():
            for other in _beside(bar):
                if not isinstance(other, TerminalBar):
                    other.refresh(nolock=True)


_room = Room()


def _lock() -> Any:
    return tqdm.get_lock()  # type: ignore[no-untyped-call]


def _beside(bar: TerminalBar) -> list[Any]:
    """Return all bars on the same terminal, also the user's own."""
    while True:
        try:
            bars: list[Any] = list(tqdm._instances)  # type: ignore[attr-defined]  # noqa: SLF001
        except RuntimeError:  # another thread has begun one meanwhile
            continue
        return [each for each in bars if getattr(each, "fp", None) == bar.fp and not each.gui]


class CellBar(Bar):
    """A line below a notebook's cell, as text, so that a saved notebook has it too.

    An output cannot be removed alone, so that the last text is left.
    """

    def __init__(self, text: str, share: float) -> None:
        super().__init__(text, share, file=StringIO(), gui=True, ascii=False)
        self._handle: Any = None
        with _lock():  # it takes no line of the terminal from the user's own bars
            tqdm._instances.discard(self)  # type: ignore[attr-defined]  # noqa: SLF001

    def display(self, msg: str | None = None, pos: int | None = None) -> None:  # noqa: ARG002 - tqdm's
        """Show the line as it is now."""
        self._say(str(self))

    def rest(self, text: Callable[[], str]) -> bool:
        """Leave the last text."""
        self._say(text())
        return True

    def _say(self, text: str) -> None:
        bundle = {"text/plain": text}
        if self._handle is None:
            from IPython.display import display  # noqa: PLC0415 - a terminal needs no IPython

            show: Any = display
            self._handle = show(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
