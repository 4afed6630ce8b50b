"""Measure many videos: on any executor, each only once."""

import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import closing
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.metrics.decode import digest, local_media
from lipsync_nb.compare.metrics_cache import Cache, key_of
from lipsync_nb.compare.tracks import Tracks
from lipsync_nb.extras import require
from lipsync_nb.log import log
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike

if TYPE_CHECKING:
    import pandas as pd

Inputs: TypeAlias = (
    MediaLike
    | tuple[MediaLike, MediaLike | None]
    | tuple[MediaLike, MediaLike | None, MediaLike | None]
)
"""A video; or a video and its speech; or a video, its speech and its face."""

IDLE_S = 60
"""Seconds until idle processes end. Starting one takes about a second, because of its imports."""


def measure_all(
    pairs: Iterable[Inputs], executor: Executor | None = None, *, cache: Path | bool = True
) -> "pd.DataFrame":
    """Measure many videos in parallel.

    Args:
        pairs: The videos, each alone or with its speech and face, as `measure` takes them.
        executor: Where to measure: any `concurrent.futures.Executor`, such as
            ``dask.distributed.Client(...).get_executor()``, whose workers have this package and
            see the same paths (or are given bytes). By default processes on this machine, one
            per processor.
        cache: Where rows that were measured before are found, by the content of the files: a
            folder, ``True`` for one in the package's home, or ``False`` for no cache. If a run is
            interrupted, the next one measures only the rest.

    Returns:
        One row per pair, in the same order, with typed columns; index 0, 1, 2, ... If a video
        could not be measured, its row has no metrics, and ``notes`` has the reason. The next call
        measures it again.

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

    files_of = [_local(pair) for pair in pairs]
    keys = [key_of([digest(file) if file else "" for file in files]) for files in files_of]
    files_by_key = dict(zip(keys, files_of, strict=True))
    known = Cache.of(cache)
    rows = {}
    for key, (video, *_) in files_by_key.items():
        row = known.row(key)
        if row is not None and known.tracks(digest(video)) is not None:
            rows[key] = row
    missing = {key: files for key, files in files_by_key.items() if key not in rows}
    if missing:
        rows |= _measured(missing, executor, known)
    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    frame = pd.DataFrame([rows[key] for key in keys], columns=[*dtypes], dtype=object)
    return frame.astype(dtypes)


_Files: TypeAlias = tuple[Media, Media | None, Media | None]
_Result: TypeAlias = tuple["pd.Series", Tracks]
_Measure: TypeAlias = Callable[[Media, Media | None, Media | None], _Result]


def _local(pair: Inputs) -> _Files:
    video, *others = pair if isinstance(pair, tuple) else (pair,)
    speech, face = (
        None if source is None else local_media(source) for source in (*others, None, None)[:2]
    )
    return local_media(video), speech, face


def _measured(
    missing: Mapping[str, _Files], executor: Executor | None, cache: Cache
) -> dict[str, dict[str, Any]]:
    """Return the rows of videos that are not in the cache; add each as soon as it is measured."""
    rows = {}
    with closing(_results(missing, executor)) as results:
        for key, result in results:
            if isinstance(result, Exception):
                log.error("%s was not measured", missing[key][0], exc_info=result)
                reason = f"{type(result).__name__}: {result}".partition("\n")[0]
                rows[key] = dict.fromkeys(NAMES) | {"notes": f"not measured: {reason}"}
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
    missing: Mapping[str, _Files], executor: Executor | None
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
    measure: _Measure, files_by_key: Mapping[str, _Files], executor: Executor
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
