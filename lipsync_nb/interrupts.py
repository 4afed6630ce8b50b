"""Whether Ctrl-C has interrupted the program since it last submitted something.

Python tells only of an exception that nobody caught. Many programs catch Ctrl-C and end normally.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_noted = False


@contextmanager
def noted() -> Iterator[None]:
    """Note a Ctrl-C that is raised in the block. As a decorator: in the function."""
    global _noted  # noqa: PLW0603 - one for the process
    try:
        yield
    except KeyboardInterrupt:
        _noted = True
        raise


def forget() -> None:
    """Forget what was noted: the program goes on."""
    global _noted  # noqa: PLW0603 - one for the process
    _noted = False


def ended_program() -> bool:
    """Return whether Ctrl-C is why the program ends. In a console, it has ended a statement only.

    That is so if a Ctrl-C was noted and not forgotten, or if nobody caught it.
    """
    interrupted = _noted or getattr(sys, "last_type", None) is KeyboardInterrupt
    return interrupted and not hasattr(sys, "ps1")
