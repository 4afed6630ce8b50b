"""A comparison's jobs as a tidy DataFrame: one row per job, ready for ``groupby``."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

import pandas as pd

from lipsync_nb.compare.columns import COLUMNS, NAMES
from lipsync_nb.compare.measure_all import measure_all
from lipsync_nb.compare.prices import Price
from lipsync_nb.jobs.dataframe import jobs_frame
from lipsync_nb.ledger.comparisons import Entry
from lipsync_nb.ledger.record import Record

PLACES = ("vendor", "kind", "face", "script", "repeat", "job")
COURSE = ("status", "wall_s", "queue_s", "generation_s")
COSTS = ("cost", "cost_unit", "cost_estimated", "cost_per_s", "money", "money_per_s")
TEXTS = ("notes", "error", "path")
ORDER = (*PLACES, *COURSE, *COSTS, *NAMES, *TEXTS)


def comparison_frame(
    entries: Sequence[Entry],
    records: Iterable[Record],
    prices: Mapping[str, Price],
    executor: Executor | None = None,
) -> pd.DataFrame:
    """Return one row per job.

    ``wall_s`` is from submission to the end, ``queue_s`` from acceptance to the first sight of
    work, ``generation_s`` from there to the end, as far as they were seen. ``cost_per_s`` is by the
    second of video; ``money`` is by the prices given.

    Args:
        entries: The comparison's entries, each with a job.
        records: Their jobs, in the same order.
        prices: What the vendors' units cost, by vendor.
        executor: Where the videos are measured.
    """
    places = pd.DataFrame([{name: getattr(entry, name) for name in PLACES} for entry in entries])
    jobs = jobs_frame(records).drop(columns=["vendor", "kind", "duration_s"])
    jobs["generation_s"] = (jobs["finished_at"] - jobs["started_at"]).dt.total_seconds()
    figures = _figures(entries, jobs["path"], executor)
    frame = pd.concat([places, jobs.drop(columns="id"), figures], axis=1)
    frame["cost_per_s"] = frame["cost"] / frame["duration_s"]
    frame["money"] = _money(frame, prices)
    frame["money_per_s"] = frame["money"] / frame["duration_s"]
    kinds = dict.fromkeys(("vendor", "kind", "face", "script"), "category")
    return frame.astype({**kinds, "job": "string", "notes": "string"})[list(ORDER)]


def _figures(
    entries: Sequence[Entry], paths: "pd.Series", executor: Executor | None
) -> pd.DataFrame:
    here = [index for index, path in enumerate(paths.fillna("")) if path and Path(path).is_file()]
    pairs = [
        (str(paths[index]), _there(entries[index].speech_media), _there(entries[index].face_media))
        for index in here
    ]
    kinds = {column.name: column.dtype for column in COLUMNS} | {"notes": "object"}
    if not pairs:
        return pd.DataFrame(index=paths.index, columns=list(kinds)).astype(kinds)
    measured = measure_all(pairs, executor).set_axis(here, axis=0)
    return measured[list(kinds)].reindex(paths.index)


def _there(path: str | None) -> str | None:
    return path if path and Path(path).is_file() else None


def _money(frame: pd.DataFrame, prices: Mapping[str, Price]) -> list[float]:
    rows = zip(frame["vendor"], frame["cost"], frame["duration_s"], strict=True)
    return [
        prices[vendor].of(cost, seconds) if vendor in prices else float("nan")
        for vendor, cost, seconds in rows
    ]
