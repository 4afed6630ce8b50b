"""Where videos are measured: on any executor, and what stops one does not stop the others."""

import signal
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from typing import TYPE_CHECKING, TypeAlias

from lipsync_nb.compare.measure import row_of
from lipsync_nb.compare.signals.clip import Clip
from lipsync_nb.compare.tracks import Tracks, tracks_in
from lipsync_nb.media import Media

if TYPE_CHECKING:
    import pandas as pd

Files: TypeAlias = tuple[Media, Media | None, Media | None]
"""Video, speech and face."""
Seen: TypeAlias = tuple["pd.Series", Tracks]
"""A video's row and its tracks."""

IDLE_S = 60
"""Seconds that idle processes wait for more to measure; importing takes them one."""


def look_through(video: Media, speech: Media | None, face: Media | None) -> Seen:
    """Return a video's row and its tracks, decoding it once for both."""
    clip = Clip(video, speech, face)
    return row_of(clip), tracks_in(clip)


def looked_through(
    asked: Mapping[str, Files], executor: Executor | None
) -> Generator[tuple[str, Seen | Exception]]:
    """Yield each video as soon as it is looked through, or the error that kept it from being.

    Args:
        asked: The videos, by a key.
        executor: Where; ``None`` for processes on this machine. The death of one of those ends
            the work of all, so it is done again, each video by itself.
    """
    lost = {}
    for key, outcome in _outcomes(asked, executor or _processes()):
        if executor is None and isinstance(outcome, BrokenExecutor):
            lost[key] = asked[key]
        else:
            yield key, outcome
    for key, files in lost.items():
        yield from _outcomes({key: files}, _processes())


def _outcomes(
    asked: Mapping[str, Files], executor: Executor
) -> Iterator[tuple[str, Seen | Exception]]:
    futures = {_submitted(executor, files): key for key, files in asked.items()}
    try:
        for future in as_completed(futures):
            yield futures[future], _outcome(future)
    finally:
        for future in futures:
            future.cancel()


def _submitted(executor: Executor, files: Files) -> "Future[Seen]":
    try:
        return executor.submit(look_through, *files)
    except BrokenExecutor as error:  # by one that was submitted a moment ago
        future: Future[Seen] = Future()
        future.set_exception(error)
        return future


def _outcome(future: "Future[Seen]") -> Seen | Exception:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this video's alone
        return error


def _processes() -> Executor:
    """Return a pool of one process per processor, kept for the next call.

    It is loky's, not the standard library's: that one runs the user's own script again in each
    process, and such a script pays vendors.
    """
    import loky  # noqa: PLC0415 - only where no executor was given

    pool: Executor = loky.get_reusable_executor(timeout=IDLE_S, initializer=_leave_ctrl_c)
    return pool


def _leave_ctrl_c() -> None:
    """Leave Ctrl-C to the process that waits for the rows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
