"""What is written beside the rows of a table: the state of each row's job."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from lipsync_nb.batch.table import STATUS
from lipsync_nb.jobs.dataframe import without_formulas
from lipsync_nb.jobs.job import Job

if TYPE_CHECKING:
    import pandas as pd

Status: TypeAlias = Mapping[str, Mapping[str, str | float]]
"""By the row's key, the cells by column; ``""`` if there is nothing to say."""


def status_frame(jobs: Mapping[str, Job]) -> "pd.DataFrame":
    """Return the state of jobs, by the key of the row: the columns `STATUS`.

    What vendors say begins with an apostrophe if a spreadsheet would take it for a formula.
    """
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    rows = [_cells(job) for job in jobs.values()]
    frame = pd.DataFrame(rows, index=list(jobs), columns=list(STATUS))
    texts = dict.fromkeys((name for name in STATUS if name != "job_cost"), "string")
    return without_formulas(frame).astype({**texts, "job_cost": "float64"})


def status_of(jobs: Mapping[str, Job]) -> Status:
    """Return the same as cells of a file."""
    frame = status_frame(jobs)
    return {
        str(key): {name: _cell(value) for name, value in zip(STATUS, row, strict=True)}
        for key, row in zip(frame.index, frame.itertuples(index=False), strict=True)
    }


def _cells(job: Job) -> dict[str, object]:
    record, cost = job.record, job.cost
    return {
        "job_id": record.id,
        "job_status": "lost" if record.lost else str(record.status),
        "job_cost": cost and cost.amount,
        "job_cost_unit": cost and cost.unit,
        "job_path": record.path,
        "job_error": record.error,
    }


def _cell(value: object) -> str | float:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value == value:  # noqa: PLR0124 - not NaN
        return int(value) if value.is_integer() else value
    return ""
