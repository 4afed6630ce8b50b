"""The jobs of a comparison as a tidy DataFrame: one row per job, ready for ``groupby``."""

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from pathlib import Path

import pandas as pd

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.inspection import Limits
from lipsync_nb.compare.measure_all import measure_all
from lipsync_nb.compare.parallel import AnyExecutor
from lipsync_nb.compare.prices import Price
from lipsync_nb.jobs.dataframe import DETAILS, jobs_frame
from lipsync_nb.jobs.sources import has_content
from lipsync_nb.ledger.comparisons import Entry
from lipsync_nb.ledger.record import Record

ENTRY = ("vendor", "kind", "face", "script", "repeat", "job", "note")
TIMES = ("status", "wall_s", "queue_s", "generation_s")
COSTS = ("cost", "cost_unit", "cost_estimated", "cost_per_s", "money", "money_per_s")
ORDER = (*ENTRY, *TIMES, *COSTS, *NAMES, "verdict", "notes", "error", "path")


def comparison_frame(
    entries: Sequence[Entry],
    records: Iterable[Record],
    prices: Mapping[str, Price],
    executor: "AnyExecutor | None" = None,
) -> pd.DataFrame:
    """Return one row per job.

    ``wall_s`` is the time from submission to the end, ``queue_s`` from acceptance to the first
    status that says the job is running, and ``generation_s`` from there to the end, in seconds. A
    time is missing if one of its ends was not observed. ``cost_per_s`` is per second of video.
    ``money`` is computed from the prices. ``note`` says if a figure or a voice is the vendor's own,
    and which speech is shared; its cost is in no row. ``verdict`` is that of `lipsync_nb.inspect`.

    Args:
        entries: The comparison's entries, each with a job.
        records: The records of these jobs, in the same order.
        prices: The prices by vendor.
        executor: Where the videos are measured.
    """
    places = pd.DataFrame([{name: getattr(entry, name) for name in ENTRY} for entry in entries])
    jobs = jobs_frame(records).drop(columns=["vendor", "kind", "duration_s", "note", *DETAILS])
    jobs["generation_s"] = (jobs["finished_at"] - jobs["started_at"]).dt.total_seconds()
    metrics = _metrics(entries, jobs["path"], executor)
    frame = pd.concat([places, jobs.drop(columns="id"), metrics], axis=1)
    frame["cost_per_s"] = frame["cost"] / frame["duration_s"]
    frame["money"] = [
        prices[vendor].of(cost, seconds) if vendor in prices else nan
        for vendor, cost, seconds in zip(
            frame["vendor"], frame["cost"], frame["duration_s"], strict=True
        )
    ]
    frame["money_per_s"] = frame["money"] / frame["duration_s"]
    limits = Limits()
    frame["verdict"] = [
        None if row["path"] is None else limits.verdict(row)
        for row in frame.astype(object).where(frame.notna(), None).to_dict("records")
    ]
    kinds = dict.fromkeys(("vendor", "kind", "face", "script"), "category")
    kinds |= dict.fromkeys(("job", "note", "verdict", "notes"), "string")
    return frame.astype(kinds)[list(ORDER)]


def _metrics(
    entries: Sequence[Entry], paths: "pd.Series", executor: "AnyExecutor | None"
) -> pd.DataFrame:
    """Return the metrics of the videos that exist, and empty rows for the others."""
    videos = {index: path for index, path in enumerate(paths.fillna("")) if _existing(path)}
    pairs = [
        (path, _existing(entries[index].speech_media), _existing(entries[index].face_media))
        for index, path in videos.items()
    ]
    dtypes = {column.name: column.dtype for column in COLUMNS} | {"notes": "object"}
    if not pairs:
        return pd.DataFrame(index=paths.index, columns=list(dtypes)).astype(dtypes)
    measured = measure_all(pairs, executor, progress=False).set_axis(list(videos), axis=0)
    return measured[list(dtypes)].reindex(paths.index)


def _existing(path: str | None) -> str | None:
    return path if path and has_content(Path(path)) else None
