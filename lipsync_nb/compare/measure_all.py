"""Measure many videos: on any executor, each only once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.inputs import Files, Inputs, local_files, read_inputs
from lipsync_nb.compare.metrics.decode import Missing, digest
from lipsync_nb.compare.metrics_cache import Cache, key_of
from lipsync_nb.compare.parallel import AnyExecutor, results
from lipsync_nb.compare.transcribing import Texts, Transcribe, expected_texts
from lipsync_nb.errors import BadRequest, LipSyncError, line
from lipsync_nb.extras import require
from lipsync_nb.jobs.job import Job
from lipsync_nb.log import log
from lipsync_nb.media import Media

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.compare.metrics.transcript import Transcript

NOT_MEASURED = "not measured"
"""How the notes of a video begin that could not be measured."""
RETRIES = 2
"""How often a video is tried again after an error that may pass: when all others are measured, so
that a network folder or a worker has some time to come back."""


def measure_all(
    pairs: Iterable[Inputs],
    executor: "AnyExecutor | None" = None,
    *,
    cache: Path | bool = True,
    progress: bool = True,
    retries: int = RETRIES,
    transcribe: Transcribe | None = None,
    text: Texts = None,
) -> "pd.DataFrame":
    """Measure many videos in parallel.

    Args:
        pairs: The videos or jobs, each alone or with its speech and face, as `measure` takes them.
            Jobs are waited for.
        executor: Where to measure: a Dask ``Client``, whose workers have this package; or any
            `concurrent.futures.Executor`. By default processes on this machine, one per processor.
            Workers must see the same paths; bytes are sent to them, each content once.
        cache: Where rows that were measured before are found, by the content of the files: a
            folder, ``True`` for one in the package's home, or ``False`` for no cache. If a run is
            interrupted, the next one measures only the rest.
        progress: Whether a bar shows how many videos are measured, if there are several. It is
            shown in notebooks and terminals, and not in logs.
        retries: How often a video is tried again after an error that may pass: an `OSError`, such
            as that of a network folder, or bytes that were lost with a worker. A video that
            ends its process is in any case tried once more, alone.
        transcribe: Your own recogniser of speech, as `measure` takes it. It runs on the executor,
            once for each file, so that it must be picklable (by cloudpickle for the default
            processes) and load its model there. Where it cannot,
            ``ThreadPoolExecutor(1)`` runs it in this process. What it hears is not cached, since
            nothing tells whether it is still the same recogniser; the other metrics are.
        text: What all videos should say, or one text per pair, with ``None`` for what
            ``transcribe`` hears in its speech.

    Returns:
        One row per pair, in the same order, with typed columns; index 0, 1, 2, ... If a video
        could not be measured, or a job has none, its row has no metrics, and ``notes`` has the
        reason. The next call measures it again.

    Raises:
        BadRequest: A path does not exist, or a worker of Dask does not see it; ``text`` has not one
            entry per pair or comes without ``transcribe``; or ``executor`` or ``retries`` is none.
            Nothing was measured.
        Unreachable: Dask's scheduler is gone. What was measured is in the cache.
        MissingExtra: The extra ``compare`` is not installed.

    Example:
        On a cluster (``pip install "lipsync_nb[dask]"``)::

            from dask.distributed import Client

            with Client("tcp://scheduler:8786") as cluster:
                rows = ls.measure_all(pairs, cluster)
    """
    require("compare", "ls.measure_all")
    _check_retries(retries)
    inputs = read_inputs(pairs)
    texts = expected_texts(transcribe, text, len(inputs))
    found = [_files_or_reason(parts) for parts in inputs]
    files_of = {index: files for index, files in enumerate(found) if not isinstance(files, str)}
    keys = {index: _key(files) for index, files in files_of.items()}
    videos = {keys[index]: files for index, files in files_of.items()}
    known = Cache.of(cache)
    rows = _measured_before(videos, known)
    if missing := {key: files for key, files in videos.items() if key not in rows}:
        rows |= _measured(missing, executor, known, retries, progress=progress)
    in_order = [
        rows[keys[index]] if index in keys else _not_measured(str(reason))
        for index, reason in enumerate(found)
    ]
    if transcribe is not None:
        heard = _transcripts(files_of, texts, transcribe, executor, retries)
        for index, files in files_of.items():
            in_order[index] = _with_rates(
                in_order[index], files, texts[index], lambda media: heard[digest(media)]
            )
    return _frame(in_order)


def _files_or_reason(parts: tuple[Any, ...]) -> Files | str:
    """Return the files to be measured, or the reason why a job has none."""
    try:
        return local_files(*parts)
    except LipSyncError as error:
        if any(isinstance(part, Job) for part in parts):
            return _told(error)
        raise


def _check_retries(retries: object) -> None:
    if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
        raise BadRequest(f"retries: {line(repr(retries))} is no number of tries; give 0, 1, 2, ...")


def _key(files: Files) -> str:
    """Return the key of a row, by the content of its files."""
    return key_of([digest(file) if file else "" for file in files])


def _measured_before(videos: Mapping[str, Files], cache: Cache) -> dict[str, dict[str, Any]]:
    """Return the rows in the cache, of those videos of which the tracks are there as well."""
    rows = {key: cache.row(key) for key in videos}
    return {
        key: row
        for key, row in rows.items()
        if row is not None and cache.tracks(digest(videos[key][0])) is not None
    }


def _frame(rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """Return rows as a table with typed columns."""
    import pandas as pd  # noqa: PLC0415 - takes long to import

    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "string"}
    frame = pd.DataFrame(rows, columns=[*dtypes], dtype=object)
    return frame.astype(dtypes)


def _not_measured(reason: str) -> dict[str, Any]:
    return dict.fromkeys(NAMES) | {"notes": f"{NOT_MEASURED}: {reason}"}


def _measured(
    missing: Mapping[str, Files],
    executor: "AnyExecutor | None",
    cache: Cache,
    retries: int,
    *,
    progress: bool,
) -> dict[str, dict[str, Any]]:
    """Return the rows of videos that are not in the cache; add each as soon as it is measured."""
    from tqdm.auto import tqdm  # noqa: PLC0415 - not needed for what was measured before

    from lipsync_nb.compare.metrics.compute import row_and_tracks  # noqa: PLC0415 - needs OpenCV

    rows, failures = {}, 0
    hidden = True if not progress or len(missing) == 1 else None  # None: unless it goes to a log
    bar = tqdm(total=len(missing), desc="measured", unit="video", disable=hidden)
    with bar, closing(results(row_and_tracks, missing, executor, retries)) as measured:
        for key, result in measured:
            bar.update()
            if isinstance(result, Exception):
                log.error("%s was not measured", missing[key][0], exc_info=result)
                rows[key] = _not_measured(_told(result))
                failures += 1
                bar.set_postfix(failed=failures)
            else:
                row, tracks = result
                rows[key] = _without_nan(row)
                cache.add_tracks(digest(missing[key][0]), tracks)
                cache.add_row(key, rows[key])
    return rows


def _without_nan(row: "pd.Series[Any]") -> dict[str, Any]:
    """Return a row with ``None`` for NaN, which JSON does not have."""
    return {
        str(name): None if isinstance(value, float) and isnan(value) else value
        for name, value in row.items()
    }


def _with_rates(
    row: dict[str, Any], files: Files, text: str | None, hear: Callable[[Media], "Transcript"]
) -> dict[str, Any]:
    """Return a row with the error rates of its transcript, unless it could not be measured."""
    from lipsync_nb.compare.metrics.compute import with_metrics  # noqa: PLC0415 - needs OpenCV
    from lipsync_nb.compare.metrics.transcript import spoken  # noqa: PLC0415 - likewise

    if row["notes"].startswith(NOT_MEASURED):
        return row
    video, speech, _ = files
    return with_metrics(row, spoken(video, speech, text, hear))


def _transcripts(
    files_of: Mapping[int, Files],
    texts: Sequence[str | None],
    transcribe: Transcribe,
    executor: "AnyExecutor | None",
    retries: int,
) -> dict[str, "Transcript"]:
    """Return what is said in the videos, and in the speeches without a text, by their digests."""
    from lipsync_nb.compare.metrics.transcript import transcript  # noqa: PLC0415 - needs OpenCV

    wanted = {}
    for index, (video, speech, _) in files_of.items():
        text = texts[index]
        for media in (video, speech if text is None else None):
            if media is not None and (text is not None or speech is not None):
                wanted[digest(media)] = (media, transcribe)
    with closing(results(transcript, wanted, executor, retries)) as heard:
        return {
            key: Missing(f"not transcribed: {_told(text)}") if isinstance(text, Exception) else text
            for key, text in heard
        }


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]
