"""The ledger of a client: its jobs, and their table as a file."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.extras import require
from lipsync_nb.files import absolute, replacing
from lipsync_nb.jobs.dataframe import CATEGORIES, ledger_frame, without_formulas
from lipsync_nb.ledger.ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd


class ClientLedger(Ledger):
    """The ledger of a client; see `Ledger`."""

    def export(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the table of all jobs to a file, as ``client.jobs`` has it.

        What a client has in memory only is not in the file: ``client.jobs`` shows an error after
        which a call is repeated, which is written to no ledger.

        Args:
            path: The file. With the ending ``.parquet`` it keeps the types of all columns, and
                needs pyarrow, which the extra ``compare`` brings. With ``.csv`` it is a text in
                UTF-8, in which an apostrophe is put before what a spreadsheet would take for a
                formula. Missing folders are made.
            overwrite: Whether a file of this name is replaced.

        Returns:
            The file.

        Raises:
            BadRequest: The ending is another one, the file is there already, or it cannot be
                written.
            MissingExtra: pyarrow is not installed.
        """
        target = absolute(Path(path).expanduser())
        write = WRITERS.get(target.suffix.lower())
        if write is None:
            known = " and ".join(WRITERS)
            raise BadRequest(
                f"{line(target)}: the table can be written as {known}; use such a name"
            )
        if target.suffix.lower() == ".parquet":
            require("compare", "a table in Parquet")
        if target.exists() and not overwrite:
            raise BadRequest(f"{line(target)} is there already; overwrite=True replaces it")
        frame = ledger_frame(self.columns())
        with replacing(target) as part:
            write(frame, part)
        return target


def _write_csv(frame: "pd.DataFrame", path: Path) -> None:
    without_formulas(frame).to_csv(path, index=False, encoding="utf-8-sig")


def _write_parquet(frame: "pd.DataFrame", path: Path) -> None:
    import pandas as pd  # noqa: PLC0415 - heavy, and needed only here

    texts = pd.CategoricalDtype(pd.Index([], dtype="string"))  # Parquet knows no type of nothing
    empty = [name for name in CATEGORIES if frame[name].cat.categories.empty]
    frame.astype(dict.fromkeys(empty, texts)).to_parquet(path, index=False)


WRITERS: dict[str, Callable[["pd.DataFrame", Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
}
"""What writes a table, by the ending of its file."""
