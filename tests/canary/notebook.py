"""A notebook that shows everything, a log that keeps everything, and how both are read."""

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from IPython.core.formatters import DisplayFormatter
from IPython.core.ultratb import VerboseTB

from lipsync_nb import formatters


def everything_shown(error: BaseException) -> str:
    """Return all that a notebook, a log or a debugger may show of an error."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    lines = VerboseTB("nocolor").structured_traceback(type(error), error, error.__traceback__)
    return "\n".join([*shown.format(), *map(str, lines), *_chain(error)])


def pickled(thing: Any) -> bytes:
    """Return a pickle, or what is said instead of making one."""
    try:
        return pickle.dumps(thing)
    except Exception as error:  # noqa: BLE001 - whatever there is against it
        return "\n".join(_chain(error)).encode()


def contents(*folders: Path) -> bytes:
    """Return the names and the contents of all files in some folders."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in files)


class Notes(logging.Handler):
    """All that is logged, by anybody, at any level.

    Attributes:
        written: The records, as text and as what they are made of.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.written: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.written.append(f"{self.format(record)} {vars(record)}")


class Notebook:
    """A notebook whose cells show everything.

    Attributes:
        shown: What they showed.
        pickles: The same things, pickled.
    """

    def __init__(self) -> None:
        self._display = DisplayFormatter()
        formatters.add_to(self._display)
        self.shown: list[str] = []
        self.pickles: list[bytes] = []

    def show(self, *things: Any) -> None:
        """Show things as a cell's result, and pickle them."""
        for thing in things:
            bundle = self._display.format(thing)
            attributes = getattr(thing, "__dict__", "")
            self.shown.append(f"{thing!r} {thing} {bundle} {attributes}")
            self.pickles.append(pickled(thing))
            if isinstance(thing, BaseException):
                self.shown.append(everything_shown(thing))

    def run(self, cell: Callable[[], Any]) -> None:
        """Run a cell, and show what comes of it."""
        try:
            self.show(cell())
        except Exception as error:  # noqa: BLE001 - a notebook shows any
            self.show(error)


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield from (repr(error), str(error), repr(vars(error)))
        error = error.__cause__ or error.__context__
