"""Measure many videos: on any executor, each only once."""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from contextlib import closing
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.row_cache import RowCache, key_of
from lipsync_nb.compare.signals.source import digest, local_media
from lipsync_nb.compare.track_cache import keep_tracks, kept_tracks
from lipsync_nb.compare.workers import Files, looked_through
from lipsync_nb.log import log
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

Values: TypeAlias = dict[str, Any]
"""A row: figures by their columns' names, ``None`` for missing ones, and ``notes``."""


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
        One row per pair, in their order, with typed columns; index 0, 1, 2, ... A video whose
        measurement failed has a row without figures, the reason in ``notes``; asked again, it is
        measured again.

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
    files_by_key = dict(zip(keys, asked, strict=True))
    found = {key: _kept_row(kept, key, files[0]) for key, files in files_by_key.items()}
    rows = {key: row for key, row in found.items() if row is not None}
    missing = {key: files for key, files in files_by_key.items() if key not in rows}
    rows |= _measured(missing, executor, kept) if missing else {}
    return _frame([rows[key] for key in keys])


def _measured(
    missing: Mapping[str, Files], executor: Executor | None, kept: RowCache
) -> dict[str, Values]:
    """Measure what no row is there for, and keep each row as soon as it is."""
    rows = {}
    with closing(looked_through(missing, executor)) as seen:
        for key, outcome in seen:
            if isinstance(outcome, Exception):
                log.error("%s was not measured", missing[key][0], exc_info=outcome)
                rows[key] = _not_measured(outcome)
            else:
                rows[key] = _values(outcome[0])
                keep_tracks(kept, digest(missing[key][0]), outcome[1])
                kept.put(key, rows[key])
    return rows


def _not_measured(error: Exception) -> Values:
    reason = f"{type(error).__name__}: {error}".partition("\n")[0]
    return dict.fromkeys(NAMES) | {"notes": f"not measured: {reason}"}


def _kept_row(kept: RowCache, key: str, video: Media) -> Values | None:
    """Return a row, if its video's tracks are kept, too."""
    row = kept.get(key)
    return row if row is not None and kept_tracks(kept, digest(video)) is not None else None


def _files(pair: Pair) -> Files:
    video, speech, face = (*pair, None, None)[:3] if isinstance(pair, tuple) else (pair, None, None)
    return local_media(video), _here(speech), _here(face)


def _here(source: MediaLike | None) -> Media | None:
    return None if source is None else local_media(source)


def _values(row: "pd.Series") -> Values:
    return {
        str(name): None if isinstance(value, float) and isnan(value) else value
        for name, value in row.items()
    }


def _frame(rows: list[Values]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - heavy, and only those who measure need it

    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    return pd.DataFrame(rows, columns=[*dtypes], dtype=object).astype(dtypes)
