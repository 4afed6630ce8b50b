"""Run a function on many inputs, on any executor; each result is given as soon as there is one."""

import signal
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from typing import Any, TypeVar

T = TypeVar("T")

IDLE_S = 60
"""Seconds until idle processes end. Starting one takes about a second, because of its imports."""


def results(
    work: Callable[..., T], inputs: Mapping[str, tuple[Any, ...]], executor: Executor | None
) -> Generator[tuple[str, T | Exception]]:
    """Yield the result of each input, or its error.

    If a process of the default pool dies, the pool ends. The inputs whose results are lost are then
    tried one by one, each in a new pool.

    Args:
        work: The function.
        inputs: Its arguments, by a key.
        executor: Where it runs; by default in processes on this machine.
    """
    lost = {}
    for key, result in _run(work, inputs, executor or _processes()):
        if executor is None and isinstance(result, BrokenExecutor):
            lost[key] = inputs[key]
        else:
            yield key, result
    for key, arguments in lost.items():
        yield from _run(work, {key: arguments}, _processes())


def _run(
    work: Callable[..., T], inputs: Mapping[str, tuple[Any, ...]], executor: Executor
) -> Iterator[tuple[str, T | Exception]]:
    futures: dict[Future[T], str] = {}
    for key, arguments in inputs.items():
        try:
            future = executor.submit(work, *arguments)
        except BrokenExecutor as error:  # an input before this one ended the pool
            future = Future()
            future.set_exception(error)
        futures[future] = key
    try:
        for future in as_completed(futures):
            try:
                result: T | Exception = future.result()
            except Exception as error:  # noqa: BLE001 - any error concerns this input alone
                result = error
            yield futures[future], result
    finally:
        for future in futures:
            future.cancel()


def _processes() -> Executor:
    """Return a pool with one process per processor, which is kept for the next call.

    The standard library's pool would run the user's script again in each process, and such a script
    may pay vendors.
    """
    import loky  # noqa: PLC0415 - not needed with another executor

    pool: Executor = loky.get_reusable_executor(timeout=IDLE_S, initializer=_ignore_ctrl_c)
    return pool


def _ignore_ctrl_c() -> None:
    """Leave Ctrl-C to the process that waits for the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
