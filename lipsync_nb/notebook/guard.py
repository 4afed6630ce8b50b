"""Callbacks whose errors are shown: widgets swallow them otherwise."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from lipsync_nb.errors import LipSyncError
from lipsync_nb.log import log

Show = Callable[[str], object]
"""Shows an error's text to the user."""


def guarded(function: Callable[..., object], show: Show) -> Callable[..., None]:
    """Return a callback that shows and logs its errors.

    Args:
        function: What to do; a coroutine function would never run, and is refused.
        show: Shows the error.
    """
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__name__}: widgets do not run coroutine functions")

    @wraps(function)
    def call(*args: Any, **options: Any) -> None:
        try:
            function(*args, **options)
        except LipSyncError as error:
            show(str(error))
        except Exception as error:  # noqa: BLE001 - it is shown, and logged
            log.exception("a callback failed")
            show(unexpected(error))

    return call


def unexpected(error: Exception) -> str:
    """Return the message for an unexpected error."""
    return f"This did not work ({type(error).__name__}: {error})."
