"""Measure many videos: on any executor, each only once."""

import signal
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, as_completed
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lipsync_nb.compare.columns import COLUMNS
from lipsync_nb.compare.measure import measure
from lipsync_nb.compare.row_cache import RowCache, key_of
from lipsync_nb.compare.signals.source import digest, local_media
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike

if TYPE_CHECKING:
    import pandas as pd

Pair: TypeAlias = (
    MediaLike
    | tuple[MediaLike, MediaLike | None]
    | tuple[MediaLike, MediaLike | None, MediaLike | None]
)
"""A video; or a video and its speech; or a video, its speech and its face."""

Files: TypeAlias = tuple[Media | None, ...]
"""Video, speech and face."""
Values: TypeAlias = dict[str, Any]
"""A row: figures by their columns' names, ``None`` for missing ones, and ``notes``."""

IDLE_S = 60
"""Seconds that idle processes wait for more to measure; importing takes them one."""


def measure_all(
    pairs: Iterable[Pair], executor: Executor | None = None, *, cache: Path | bool = True
) -> "pd.DataFrame":
    """Measure many videos, side by side.

    Args:
        pairs: The videos, each alone or with its speech and face, as `measure` takes them.
        executor: Where to measure: any `concurrent.futures.Executor`, as
            ``dask.distributed.Client(...).get_executor()``, whose workers have this package and
            see the same paths (or are given bytes). By default processes on this machine, one
            per processor.
        cache: Rows measured before are taken from here, by the content of the files: a folder,
            or ``True`` for one in the package's home, or ``False`` for none. An interrupted run,
            started again, goes on where it stopped.

    Returns:
        One row per pair, in their order, with typed columns; index 0, 1, 2, ...

    Raises:
        BadRequest: A path does not exist; nothing was measured.

    Example:
        On a cluster (``pip install "lipsync_nb[dask]"``)::

            from dask.distributed import Client

            with Client("tcp://scheduler:8786") as cluster:
                rows = ls.measure_all(pairs, cluster.get_executor())
    """
    asked = [_files(pair) for pair in pairs]
    keys = [key_of([digest(file) if file else "" for file in files]) for files in asked]
    kept = RowCache.of(cache)
    rows = {key: row for key in set(keys) if (row := kept.get(key)) is not None}
    missing = {key: files for key, files in zip(keys, asked, strict=True) if key not in rows}
    if missing:
        rows |= _measured(missing, executor or _processes(), kept)
    return _frame([rows[key] for key in keys])


def _measured(
    missing: Mapping[str, Files], executor: Executor, kept: RowCache
) -> dict[str, Values]:
    """Measure what no row is there for, and keep each row as soon as it is."""
    futures = {executor.submit(measure, *files): key for key, files in missing.items()}  # type: ignore[arg-type]
    rows = {}
    try:
        for future in as_completed(futures):
            key = futures[future]
            rows[key] = _values(future.result())
            kept.put(key, rows[key])
    finally:
        for future in futures:
            future.cancel()
    return rows


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


def _files(pair: Pair) -> Files:
    sources = pair if isinstance(pair, tuple) else (pair,)
    media = [None if source is None else local_media(source) for source in sources]
    return *media, *[None] * (3 - len(media))


def _values(row: "pd.Series") -> Values:
    return {
        str(name): None if isinstance(value, float) and isnan(value) else value
        for name, value in row.items()
    }


def _frame(rows: list[Values]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - heavy, and only those who measure need it

    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    return pd.DataFrame(rows, columns=[*dtypes], dtype=object).astype(dtypes)
