"""Tracebacks that show no keys, however much of the frames they show."""

from collections.abc import Callable, Iterator
from functools import wraps
from traceback import format_exception_only, format_tb
from typing import ParamSpec, TypeVar

from lipsync_nb.errors import LipSyncError

P = ParamSpec("P")
T = TypeVar("T")


def without_frames(function: Callable[P, T]) -> Callable[P, T]:
    """Leave out of tracebacks the frames of a function that is called with keys.

    Some tracebacks show the variables of each frame. An error that is not one of this package's
    keeps its lines of code and its causes, as a note.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            lines = [*format_tb(error.__traceback__)[1:], *_causes(error)]
            failure = error.with_traceback(None)
        del args, kwargs
        if lines and not isinstance(failure, LipSyncError) and not hasattr(failure, "__notes__"):
            failure.add_note("".join(["Raised in:\n", *lines]).rstrip())
        failure.__cause__ = failure.__context__ = None  # they have frames as well
        raise failure

    return call


def _causes(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from ("Caused by:\n", *format_exception_only(cause), *_causes(cause))
