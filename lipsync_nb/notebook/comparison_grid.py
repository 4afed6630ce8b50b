"""A comparison's videos as players that play as one."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from lipsync_nb.compare.cache import cached_tracks
from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.metrics.arrays import Track
from lipsync_nb.compare.tracks import to_unit
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.job import Job
from lipsync_nb.notebook.grid import Grid, grid

if TYPE_CHECKING:
    import pandas as pd


LOUDEST_DB = 45.0
"""Decibels of `Tracks.voice_db` that fill the strip."""


def players(comparison: JobComparison, jobs: Sequence[Job]) -> Grid:
    """Return players with each vendor's figures, waveform and mouth motion.

    Raises:
        BadRequest: There is no video.
    """
    if not jobs:
        raise BadRequest("there is no video to show")
    rows = comparison.frame().set_index("job").loc[[job.id for job in jobs]]
    seen = [cached_tracks(job.video.path) for job in jobs if job.video]
    return grid(
        jobs,
        labels=[comparison.label(job) for job in jobs],
        captions=[_caption(row) for _, row in rows.iterrows()],
        waveforms=[_strip(track.voice_db, LOUDEST_DB) for track in seen],
        mouths=[_strip(track.mouth) for track in seen],
    )


def _caption(row: "pd.Series") -> str:
    told = {
        "offset {:+.0f} ms": row["av_offset_ms"],
        "sync {:.2f}": row["sync_corr"],
        "{:.3g} " + f"{row['cost_unit']}/s": row["cost_per_s"],
        "{:.1f} s to make": row["wall_s"],
    }
    return " · ".join(text.format(value) for text, value in told.items() if not isnan(value))


def _strip(track: Track, top: float | None = None) -> list[float] | None:
    if not np.isfinite(track).any():
        return None
    return np.nan_to_num(to_unit(track, top)).tolist()  # type: ignore[no-any-return]
