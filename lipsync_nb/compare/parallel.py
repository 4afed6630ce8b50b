"""Run a function on many inputs, here or on a cluster, and give each result as soon as it comes.

Inputs are submitted in a window, so that neither a cluster nor a pool holds them all at once, and
so that a process that dies takes few of them along.
"""

import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from lipsync_nb.compare.places import GivenExecutor, Place, Processes, WorkerLost
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.log import log

if TYPE_CHECKING:
    from distributed import Client as DaskClient

T = TypeVar("T")
AnyExecutor: TypeAlias = "Executor | DaskClient"
"""Where functions run."""

PAUSE_S = 1.0
"""Seconds before inputs are tried again. They are tried last, so that most wait longer."""
TICK_S = 1.0
"""Seconds of silence after which it is looked whether there still is who answers."""


def results(
    work: Callable[..., T],
    inputs: Mapping[str, tuple[Any, ...]],
    executor: "AnyExecutor | None" = None,
    retries: int = 0,
) -> Generator[tuple[str, T | Exception]]:
    """Yield the result of each input, or its error, in the order in which they come.

    An `OSError`, such as that of a network folder, may pass: when all others are done, the input is
    tried again. So is one whose worker on a cluster died. An input that was under way when a
    process died, for the second time on a cluster, is tried once more at the end, alone: so one
    that kills its process costs no other its result.

    Args:
        work: The function.
        inputs: Its arguments, by a key.
        executor: Where it runs; by default in processes on this machine. Of the default processes
            and of a Dask client, few inputs are under way at a time.
        retries: How often an input is tried again after an error that may pass.

    Raises:
        BadRequest: ``executor`` is none; or a worker of Dask does not see a file.
        Unreachable: Dask's scheduler is gone.
    """
    place = _place(executor, inputs)
    try:
        yield from _all(work, inputs, place, retries)
    finally:
        place.close()


def _all(
    work: Callable[..., T], inputs: Mapping[str, tuple[Any, ...]], place: Place, retries: int
) -> Iterator[tuple[str, T | Exception]]:
    left, lost_before, alone = inputs, set[str](), dict[str, tuple[Any, ...]]()
    for retries_left in range(retries, -1, -1):
        again = {}
        for key, result in _run(work, left, place):
            is_lost = isinstance(result, WorkerLost)
            if place.killed(result) or (is_lost and (key in lost_before or not retries_left)):
                alone[key] = inputs[key]
            elif retries_left and (is_lost or isinstance(result, OSError)):
                log.warning("%s: %s; it is tried again", inputs[key][0], result)
                again[key] = inputs[key]
                lost_before |= {key} if is_lost else set()
            else:
                yield key, result
        if not again:
            break
        left = again
        time.sleep(PAUSE_S)
    yield from each_alone(work, alone, place)


def each_alone(
    work: Callable[..., T], inputs: Mapping[str, tuple[Any, ...]], place: Place
) -> Iterator[tuple[str, T | Exception]]:
    """Yield the result of each input, or its error, with no other under way.

    What was lost with a worker may have begun on another one before it was taken back there, and
    may end that one too. So what is lost next is tried again.
    """
    one_was_lost = False
    for key, arguments in inputs.items():
        ((_, result),) = _run(work, {key: arguments}, place)
        if one_was_lost and isinstance(result, WorkerLost):
            ((_, result),) = _run(work, {key: arguments}, place)
        one_was_lost = isinstance(result, WorkerLost)
        yield key, result


def _place(executor: "AnyExecutor | None", inputs: Mapping[str, tuple[Any, ...]]) -> Place:
    dask = sys.modules.get("distributed")  # who has a client of it has imported it
    if dask is not None and isinstance(executor, dask.Client):
        from lipsync_nb.compare.dask_cluster import DaskCluster  # noqa: PLC0415 - imports Dask

        return DaskCluster(executor, inputs.values())
    if executor is None:
        return Processes()
    if callable(getattr(executor, "submit", None)):
        return GivenExecutor(executor)
    raise BadRequest(
        f"executor: {line(repr(executor))} has no submit(); give an executor of "
        "concurrent.futures, or a client of Dask: Client(cluster)"
    )


def _run(
    work: Callable[..., T], inputs: Mapping[str, tuple[Any, ...]], place: Place
) -> Iterator[tuple[str, T | Exception]]:
    waiting = iter(inputs.items())
    running: dict[Any, str] = {}
    done: SimpleQueue[Any] = SimpleQueue()
    try:
        while True:
            for key, arguments in islice(waiting, max(0, place.width() - len(running))):
                running[place.submit(work, key, arguments, done.put)] = key
            if not running:
                return
            try:
                future = done.get(timeout=TICK_S)
            except Empty:
                place.check()
                continue
            yield running.pop(future), place.result(future)
    finally:
        place.cancel(running)
