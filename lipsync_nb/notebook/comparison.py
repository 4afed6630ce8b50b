"""The ways to look at a comparison; what each of them needs is imported when it is asked for."""

import getpass
from os import PathLike
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.voting import VotePair, open_pairs
from lipsync_nb.ledger.comparisons import Choice, Vote

if TYPE_CHECKING:
    from lipsync_nb.compare.plots import Plot
    from lipsync_nb.notebook.grid import Grid
    from lipsync_nb.notebook.table import Table
    from lipsync_nb.notebook.vote import Voting


class Comparison(JobComparison):
    """Jobs of several vendors, side by side. What is shown of it is a live table of its jobs."""

    def table(self) -> "Table":
        """Return a live table of the jobs."""
        from lipsync_nb.notebook.table import Table  # noqa: PLC0415 - only to be shown

        return Table(self.client, self.jobs)

    def plot(self, kind: str = "all") -> "Plot":
        """Return a figure; see `lipsync_nb.compare.plots`.

        Args:
            kind: ``"cost"`` against sync, ``"times"``, ``"offsets"``, ``"strips"`` of mouth and
                voice, ``"preferences"`` once somebody has voted, or ``"all"`` of them.
        """
        from lipsync_nb.compare.plots import plot  # noqa: PLC0415 - needs matplotlib

        return plot(self, self.df, kind)

    def grid(self, face: str | None = None, script: str | None = None) -> "Grid":
        """Return the videos as players that play as one, best first; see `best_first`."""
        from lipsync_nb.notebook.comparison_grid import players  # noqa: PLC0415 - only to be shown

        return players(self, self.best_first(face, script))

    def vote(self, voter: str | None = None, *, seed: int | None = None) -> "Voting":
        """Return a blind vote on the videos, two by two.

        Args:
            voter: Who votes; by default this machine's user.
            seed: Repeats an order and its sides; by default they are other ones each time.
        """
        from lipsync_nb.notebook.vote import Voting  # noqa: PLC0415 - only to be shown

        who = voter or getpass.getuser()
        left, seen = open_pairs(self.wait(), who, seed)

        def keep(pair: VotePair, choice: Choice) -> None:
            self.keep_vote(Vote(pair.left, pair.right, choice, who, time()))

        return Voting(left, keep, seen=seen)

    def report(self, path: str | PathLike[str], *, videos: bool = False) -> Path:
        """Write all of it into one HTML file that needs nothing else.

        Args:
            path: The file.
            videos: Whether the videos are in it; else their first frames.
        """
        from lipsync_nb.compare.report import write_report  # noqa: PLC0415 - needs matplotlib

        return write_report(self, Path(path), videos=videos)

    def to_csv(self, path: str | PathLike[str]) -> Path:
        """Write `df` as CSV (UTF-8)."""
        target = Path(path)
        self.df.to_csv(target, index=False)
        return target

    def to_parquet(self, path: str | PathLike[str]) -> Path:
        """Write `df` as Parquet, with its types; needs the extra ``compare``."""
        self.df.to_parquet(path, index=False)
        return Path(path)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**self.table().bundle(), "text/plain": repr(self)}
