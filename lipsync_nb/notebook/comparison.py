"""A comparison with its displays, each of which imports what it needs when it is called."""

import getpass
from math import isnan
from os import PathLike
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import numpy as np

from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.metrics.arrays import Track
from lipsync_nb.compare.metrics_cache import cached_tracks
from lipsync_nb.compare.tracks import to_unit
from lipsync_nb.compare.voting import VotePair, open_pairs
from lipsync_nb.extras import require
from lipsync_nb.jobs.dataframe import without_formulas
from lipsync_nb.ledger.comparisons import Choice, Vote

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.compare.plots import Plot
    from lipsync_nb.notebook.grid import Grid
    from lipsync_nb.notebook.table import Table
    from lipsync_nb.notebook.vote import Voting

LOUDEST_DB = 45.0
"""The `Tracks.voice_db`, in decibels, that fills a timeline's height."""


class Comparison(JobComparison):
    """Jobs of several vendors to compare. It is displayed as a live table of its jobs."""

    def table(self) -> "Table":
        """Return a live table of the jobs."""
        from lipsync_nb.notebook.table import Table  # noqa: PLC0415 - only to be shown

        return Table(self.client, self.jobs)

    def plot(self, kind: str = "all") -> "Plot":
        """Return a plot; see `lipsync_nb.compare.plots`.

        Args:
            kind: ``"cost"`` against sync, ``"times"``, ``"offsets"``, ``"drift"`` of the offsets
                over time, ``"strips"`` of mouth and voice, ``"preferences"`` once somebody has
                voted, or ``"all"`` of them.
        """
        require("compare", "a plot")
        from lipsync_nb.compare.plots import plot  # noqa: PLC0415 - needs matplotlib

        return plot(self, self.df, kind)

    def grid(self, face: str | None = None, script: str | None = None) -> "Grid":
        """Return players that play together, best first; see `best_first`.

        Each has its place, the job's metrics, its speech level and its mouth motion.

        Raises:
            BadRequest: There is no video.
        """
        from lipsync_nb.notebook.grid import grid  # noqa: PLC0415 - only to be shown

        rows = self.rows(face, script)
        ranking = self.ranking(rows)
        jobs = [self.client.job(job) for job in ranking.table.index]
        ranked = rows.set_index("job").loc[ranking.table.index]
        tracks = [cached_tracks(job.video.path) for job in jobs if job.video]
        return grid(
            jobs,
            labels=[self.label(job) for job in jobs],
            captions=[_caption(ranking.place(job), row) for job, row in ranked.iterrows()],
            waveforms=[_levels(track.voice_db, LOUDEST_DB) for track in tracks],
            mouths=[_levels(track.mouth) for track in tracks],
        )

    def vote(self, voter: str | None = None, *, seed: int | None = None) -> "Voting":
        """Return a blind vote on pairs of the videos.

        Args:
            voter: The voter's name; by default the user's name on this machine.
            seed: The same seed gives the same order and sides; by default they are random.
        """
        from lipsync_nb.notebook.vote import Voting  # noqa: PLC0415 - only to be shown

        who = voter or getpass.getuser()
        left, seen = open_pairs(self.wait(), who, seed)

        def keep(pair: VotePair, choice: Choice) -> None:
            self.keep_vote(Vote(pair.left, pair.right, choice, who, time()))

        return Voting(left, keep, seen=seen)

    def report(self, path: str | PathLike[str], *, videos: bool = False) -> Path:
        """Write a report of the comparison into one HTML file that needs no other files.

        Args:
            path: The file.
            videos: Whether it contains the videos, or only their first frames.
        """
        require("compare", "a report")
        from lipsync_nb.compare.report import write_report  # noqa: PLC0415 - needs matplotlib

        return write_report(self, Path(path), videos=videos)

    def to_csv(self, path: str | PathLike[str]) -> Path:
        """Write `df` as CSV (UTF-8). No text in it is a formula of a spreadsheet."""
        without_formulas(self.df).to_csv(path, index=False)
        return Path(path)

    def to_parquet(self, path: str | PathLike[str]) -> Path:
        """Write `df` as Parquet, with its types; needs the extra ``compare``."""
        require("compare", "Parquet")
        self.df.to_parquet(path, index=False)
        return Path(path)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**self.table().bundle(), "text/plain": repr(self)}


def _caption(place: str, row: "pd.Series") -> str:
    metrics = {
        "offset {:+.0f} ms": row["av_offset_ms"],
        "sync {:.2f}": row["sync_corr"],
        "{:.3g} " + f"{row['cost_unit']}/s": row["cost_per_s"],
        "{:.1f} s to make": row["wall_s"],
    }
    known = (text.format(value) for text, value in metrics.items() if not isnan(value))
    return " · ".join([place, *known])


def _levels(track: Track, top: float | None = None) -> list[float] | None:
    if not np.isfinite(track).any():
        return None
    return np.nan_to_num(to_unit(track, top)).tolist()  # type: ignore[no-any-return]
