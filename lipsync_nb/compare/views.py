"""The ways to look at a comparison. What each needs is imported when it is asked for."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from lipsync_nb.compare.comparison import Comparison
    from lipsync_nb.compare.plots import Plot
    from lipsync_nb.notebook.grid import Grid
    from lipsync_nb.notebook.table import Table
    from lipsync_nb.notebook.vote import Voting


class Views:
    """A comparison as a table, figures, players, a vote, a page and files."""

    def table(self) -> "Table":
        """Return a live table of the jobs."""
        from lipsync_nb.notebook.table import Table  # noqa: PLC0415 - only to be shown

        return Table(self._shown.client, self._shown.jobs)

    def plot(self, kind: str = "all") -> "Plot":
        """Return a figure; see `lipsync_nb.compare.plots`.

        Args:
            kind: ``"cost"`` against sync, ``"times"``, ``"offsets"``, ``"strips"`` of mouth and
                voice, ``"preferences"`` once somebody has voted, or ``"all"`` of them.
        """
        from lipsync_nb.compare.plots import plot  # noqa: PLC0415 - needs matplotlib

        return plot(self._shown, self._shown.df, kind)

    def grid(self, face: str | None = None, script: str | None = None) -> "Grid":
        """Return the videos as players that play as one, best first; see `best_first`."""
        from lipsync_nb.compare.players import players  # noqa: PLC0415 - only to be shown

        return players(self._shown, self._shown.best_first(face, script))

    def vote(self, voter: str | None = None, *, seed: int | None = None) -> "Voting":
        """Return a blind vote on the videos, two by two.

        Args:
            voter: Who votes; by default this machine's user.
            seed: Repeats an order and its sides; by default they are other ones each time.
        """
        from lipsync_nb.compare.voting import voting  # noqa: PLC0415 - only to be shown

        return voting(self._shown.wait(), voter, seed)

    def report(self, path: str | PathLike[str], *, videos: bool = False) -> Path:
        """Write all of it into one HTML file that needs nothing else.

        Args:
            path: The file.
            videos: Whether the videos are in it; else their first frames.
        """
        from lipsync_nb.compare.report import write_report  # noqa: PLC0415 - needs matplotlib

        return write_report(self._shown, Path(path), videos=videos)

    def to_csv(self, path: str | PathLike[str]) -> Path:
        """Write `df` as CSV (UTF-8)."""
        target = Path(path)
        self._shown.df.to_csv(target, index=False)
        return target

    def to_parquet(self, path: str | PathLike[str]) -> Path:
        """Write `df` as Parquet, with its types; needs the extra ``compare``."""
        self._shown.df.to_parquet(path, index=False)
        return Path(path)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**self.table().bundle(), "text/plain": repr(self)}

    @property
    def _shown(self) -> "Comparison":
        return cast("Comparison", self)
