"""Measure many videos: on any executor, each only once."""

import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import closing
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.inputs import Files, Inputs, local_files
from lipsync_nb.compare.metrics.decode import digest
from lipsync_nb.compare.metrics_cache import Cache, key_of
from lipsync_nb.compare.tracks import Tracks
from lipsync_nb.errors import LipSyncError
from lipsync_nb.extras import require
from lipsync_nb.jobs.job import Job
from lipsync_nb.log import log
from lipsync_nb.media import Media

if TYPE_CHECKING:
    import pandas as pd

IDLE_S = 60
"""Seconds until idle processes end. Starting one takes about a second, because of its imports."""


def measure_all(
    pairs: Iterable[Inputs],
    executor: Executor | None = None,
    *,
    cache: Path | bool = True,
    progress: bool = True,
) -> "pd.DataFrame":
    """Measure many videos in parallel.

    Args:
        pairs: The videos or jobs, each alone or with its speech and face, as `measure` takes them.
            Jobs are waited for.
        executor: Where to measure: any `concurrent.futures.Executor`, such as
            ``dask.distributed.Client(...).get_executor()``, whose workers have this package and
            see the same paths (or are given bytes). By default processes on this machine, one
            per processor.
        cache: Where rows that were measured before are found, by the content of the files: a
            folder, ``True`` for one in the package's home, or ``False`` for no cache. If a run is
            interrupted, the next one measures only the rest.
        progress: Whether a bar shows how many videos are measured, if there are several.

    Returns:
        One row per pair, in the same order, with typed columns; index 0, 1, 2, ... If a video
        could not be measured, or a job has none, its row has no metrics, and ``notes`` has the
        reason. The next call measures it again.

    Raises:
        BadRequest: A path does not exist; nothing was measured.
        MissingExtra: The extra ``compare`` is not installed.

    Example:
        On a cluster (``pip install "lipsync_nb[dask]"``)::

            from dask.distributed import Client

            with Client("tcp://scheduler:8786") as cluster:
                rows = ls.measure_all(pairs, cluster.get_executor())
    """
    require("compare", "ls.measure_all")
    import pandas as pd  # noqa: PLC0415 - takes long to import

    files_of = _files_of(pairs)
    keys = [
        files
        if isinstance(files, str)
        else key_of([digest(file) if file else "" for file in files])
        for files in files_of
    ]
    known = Cache.of(cache)
    rows, missing = {}, {}
    for key, files in zip(keys, files_of, strict=True):
        if isinstance(files, str):
            rows[key] = _not_measured(files)
        elif (row := known.row(key)) is not None and known.tracks(digest(files[0])) is not None:
            rows[key] = row
        else:
            missing[key] = files
    if missing:
        rows |= _measured(missing, executor, known, progress=progress)
    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    frame = pd.DataFrame([rows[key] for key in keys], columns=[*dtypes], dtype=object)
    return frame.astype(dtypes)


_Result: TypeAlias = tuple["pd.Series", Tracks]
_Measure: TypeAlias = Callable[[Media, Media | None, Media | None], _Result]


def _files_of(inputs: Iterable[Inputs]) -> list[Files | str]:
    """Return the files of each video, or the reason why there are none."""
    found: list[Files | str] = []
    for given in inputs:
        parts = given if isinstance(given, tuple) else (given,)
        try:
            found.append(local_files(*parts))
        except LipSyncError as error:
            if not isinstance(parts[0], Job):
                raise
            found.append(_reason(error))
    return found


def _not_measured(reason: str) -> dict[str, Any]:
    return dict.fromkeys(NAMES) | {"notes": f"not measured: {reason}"}


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def _measured(
    missing: Mapping[str, Files], executor: Executor | None, cache: Cache, *, progress: bool
) -> dict[str, dict[str, Any]]:
    """Return the rows of videos that are not in the cache; add each as soon as it is measured."""
    from tqdm.auto import tqdm  # noqa: PLC0415 - not needed for what was measured before

    rows = {}
    hidden = not progress or len(missing) == 1
    bar = tqdm(total=len(missing), desc="measured", unit="video", disable=hidden)
    with bar, closing(_results(missing, executor)) as results:
        for key, result in results:
            bar.update()
            if isinstance(result, Exception):
                log.error("%s was not measured", missing[key][0], exc_info=result)
                rows[key] = _not_measured(_reason(result))
                continue
            row, tracks = result
            rows[key] = {
                str(name): None if isinstance(value, float) and isnan(value) else value
                for name, value in row.items()
            }
            cache.add_tracks(digest(missing[key][0]), tracks)
            cache.add_row(key, rows[key])
    return rows


def _results(
    missing: Mapping[str, Files], executor: Executor | None
) -> Generator[tuple[str, _Result | Exception]]:
    """Yield the result of each video, or its error, as soon as there is one.

    If a process of the default pool dies, the pool ends. The videos whose results are lost are
    then measured one by one, each in a new pool.
    """
    from lipsync_nb.compare.metrics.compute import row_and_tracks  # noqa: PLC0415 - needs OpenCV

    lost = {}
    for key, result in _run(row_and_tracks, missing, executor or _processes()):
        if executor is None and isinstance(result, BrokenExecutor):
            lost[key] = missing[key]
        else:
            yield key, result
    for key, files in lost.items():
        yield from _run(row_and_tracks, {key: files}, _processes())


def _run(
    measure: _Measure, files_by_key: Mapping[str, Files], executor: Executor
) -> Iterator[tuple[str, _Result | Exception]]:
    futures = {}
    for key, files in files_by_key.items():
        try:
            future = executor.submit(measure, *files)
        except BrokenExecutor as error:  # a video before this one ended the pool
            future = Future()
            future.set_exception(error)
        futures[future] = key
    try:
        for future in as_completed(futures):
            try:
                result: _Result | Exception = future.result()
            except Exception as error:  # noqa: BLE001 - any error concerns this video alone
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
    """Leave Ctrl-C to the process that waits for the rows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
