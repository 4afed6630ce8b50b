"""Measure many videos: on any executor, each only once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.metrics.decode import Missing, digest, local_media
from lipsync_nb.compare.metrics_cache import Cache, key_of
from lipsync_nb.compare.parallel import results
from lipsync_nb.compare.transcribing import Texts, Transcribe, expected_texts
from lipsync_nb.extras import require
from lipsync_nb.log import log
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.compare.metrics.transcript import Transcript

Inputs: TypeAlias = (
    MediaLike
    | tuple[MediaLike, MediaLike | None]
    | tuple[MediaLike, MediaLike | None, MediaLike | None]
)
"""A video; or a video and its speech; or a video, its speech and its face."""

NOT_MEASURED = "not measured"
"""How the notes of a video begin that could not be measured."""


def measure_all(
    pairs: Iterable[Inputs],
    executor: Executor | None = None,
    *,
    cache: Path | bool = True,
    transcribe: Transcribe | None = None,
    text: Texts = None,
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
        transcribe: Your own recogniser of speech, as `measure` takes it. It runs on the executor,
            once for each file, so that it must be picklable (by cloudpickle for the default
            processes) and load its model there. Where it cannot,
            ``ThreadPoolExecutor(1)`` runs it in this process. What it hears is not cached, since
            nothing tells whether it is still the same recogniser; the other metrics are.
        text: What all videos should say, or one text per pair, with ``None`` for what
            ``transcribe`` hears in its speech.

    Returns:
        One row per pair, in the same order, with typed columns; index 0, 1, 2, ... If a video
        could not be measured, its row has no metrics, and ``notes`` has the reason. The next call
        measures it again.

    Raises:
        BadRequest: A path does not exist, or ``text`` has not one entry per pair or comes without
            ``transcribe``; nothing was measured.
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
    texts = expected_texts(transcribe, text, len(files_of))
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
    in_order = [rows[key] for key in keys]
    if transcribe is not None:
        heard = _transcripts(files_of, texts, transcribe, executor)
        in_order = [
            _with_rates(row, files, said, lambda media: heard[digest(media)])
            for row, files, said in zip(in_order, files_of, texts, strict=True)
        ]
    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    frame = pd.DataFrame(in_order, columns=[*dtypes], dtype=object)
    return frame.astype(dtypes)


_Files: TypeAlias = tuple[Media, Media | None, Media | None]


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
    from lipsync_nb.compare.metrics.compute import row_and_tracks  # noqa: PLC0415 - needs OpenCV

    rows = {}
    with closing(results(row_and_tracks, missing, executor)) as measured:
        for key, result in measured:
            if isinstance(result, Exception):
                log.error("%s was not measured", missing[key][0], exc_info=result)
                rows[key] = dict.fromkeys(NAMES) | {"notes": f"{NOT_MEASURED}: {_told(result)}"}
                continue
            row, tracks = result
            rows[key] = {
                str(name): None if isinstance(value, float) and isnan(value) else value
                for name, value in row.items()
            }
            cache.add_tracks(digest(missing[key][0]), tracks)
            cache.add_row(key, rows[key])
    return rows


def _with_rates(
    row: dict[str, Any], files: _Files, text: str | None, hear: Callable[[Media], "Transcript"]
) -> dict[str, Any]:
    """Return a row with the error rates of its transcript, unless it could not be measured."""
    from lipsync_nb.compare.metrics.compute import with_metrics  # noqa: PLC0415 - needs OpenCV
    from lipsync_nb.compare.metrics.transcript import spoken  # noqa: PLC0415 - likewise

    if row["notes"].startswith(NOT_MEASURED):
        return row
    video, speech, _ = files
    return with_metrics(row, spoken(video, speech, text, hear))


def _transcripts(
    files_of: Sequence[_Files],
    texts: Sequence[str | None],
    transcribe: Transcribe,
    executor: Executor | None,
) -> dict[str, "Transcript"]:
    """Return what is said in the videos, and in the speeches without a text, by their digests."""
    from lipsync_nb.compare.metrics.transcript import transcript  # noqa: PLC0415 - needs OpenCV

    wanted = {}
    for (video, speech, _), text in zip(files_of, texts, strict=True):
        for media in (video, speech if text is None else None):
            if media is not None and (text is not None or speech is not None):
                wanted[digest(media)] = (media, transcribe)
    with closing(results(transcript, wanted, executor)) as heard:
        return {
            key: Missing(f"not transcribed: {_told(text)}") if isinstance(text, Exception) else text
            for key, text in heard
        }


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]
