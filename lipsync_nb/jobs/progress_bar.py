"""Where a blocking wait is shown: on a line of the terminal, or below a notebook's cell.

It is imported when the first line is shown, as most waits are short and need no tqdm.
"""

import logging
import os
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

from tqdm.std import tqdm

COLUMNS, ROWS = 80, 24
"""The size of a terminal that says that it has none."""
FORMAT = "{desc} |{bar:20}|"
"""The text comes first, as a narrow terminal cuts what follows."""


class Bar(tqdm):  # type: ignore[type-arg]  # it iterates over nothing
    """A text and a bar. The variable ``TQDM_DISABLE`` turns it off, as all of tqdm.

    Args:
        options: Further ones of tqdm.
    """

    monitor_interval = 0  # no thread: every line is drawn by the one who waits

    def __init__(self, **options: Any) -> None:
        super().__init__(total=1.0, leave=False, bar_format=FORMAT, **options)

    def show(self, text: str, share: float) -> None:
        """Show a text, and the bar filled to a share from 0 to 1."""
        self.n = min(1.0, max(0.0, share))
        self.set_description_str(text, refresh=False)
        lock: Any = tqdm.get_lock()  # type: ignore[no-untyped-call]
        with lock:  # `refresh` itself leaves it locked if Ctrl-C comes
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
    """A line on stderr. When it ends, nothing of it is left.

    What is logged meanwhile appears above it.
    """

    def __init__(self) -> None:
        sized = all(os.get_terminal_size(sys.stderr.fileno()))
        size = {"dynamic_ncols": True} if sized else {"ncols": COLUMNS, "nrows": ROWS}
        super().__init__(file=sys.stderr, **size)
        loggers = [] if self.disable else [logging.getLogger(), logging.getLogger("lipsync_nb")]
        self._handlers = [handler for logger in loggers for handler in logger.handlers]
        for handler in self._handlers:
            handler.addFilter(self._make_room)

    def _make_room(self, _: logging.LogRecord) -> bool:
        """Clear the line, as a handler is about to write; it is drawn again soon.

        tqdm's own lock is not taken: another thread may hold it while the terminal is stopped.
        """
        if self.pos == 0 and not self.disable:
            self.fp.write(f"\r{' ' * ((self.ncols or 1) - 1)}\r")
        return True

    def rest(self, text: Callable[[], str]) -> bool:  # noqa: ARG002 - the program tells the end
        """Remove the line."""
        for handler in self._handlers:
            handler.removeFilter(self._make_room)
        self.close()
        return False


class CellBar(Bar):
    """A line below a notebook's cell, as text, so that a saved notebook has it too.

    An output cannot be removed alone, so that the last text is left.
    """

    def __init__(self) -> None:
        super().__init__(file=StringIO(), gui=True, ascii=False)
        self._handle: Any = None

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
