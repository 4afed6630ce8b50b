"""What the package says: a logger, and the lines on stderr that every user must see."""

import logging
import sys

log = logging.getLogger("lipsync_nb")
"""It writes nothing unless the user attaches a handler."""
log.addHandler(logging.NullHandler())


def notify_user(text: str) -> None:
    """Write a line on stderr."""
    if sys.stderr is not None:  # as in pythonw.exe
        sys.stderr.write(f"lipsync_nb: {text}\n")
        sys.stderr.flush()
