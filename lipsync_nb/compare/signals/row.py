"""A row in the making: figures, and reasons for those that are missing."""

from collections.abc import Callable, Iterable, Mapping
from math import nan
from typing import TYPE_CHECKING, TypeAlias

from lipsync_nb.compare.columns import NAMES

if TYPE_CHECKING:
    import pandas as pd


class Missing(Exception):
    """A figure cannot be had; the text is the reason."""


Figures: TypeAlias = Mapping[str, "float | bool | Missing"]
"""Figures by their columns' names, or the reason why there is none."""


class Row:
    """Figures by their columns' names, and the reasons for those that are missing."""

    def __init__(self) -> None:
        self.figures: dict[str, float | bool] = {}
        self.reasons: dict[str, str] = {}

    def work_out(self, names: Iterable[str], work: Callable[[], Figures]) -> None:
        """Add the figures that some work gives; if it raises `Missing`, that is the reason."""
        try:
            found = work()
        except Missing as missing:
            found = dict.fromkeys(names, missing)
        for name, value in found.items():
            if isinstance(value, Missing):
                self.reasons[name] = str(value)
            else:
                self.figures[name] = value

    @property
    def notes(self) -> str:
        """What is missing, and why, in the columns' order."""
        return "; ".join(f"{name}: {self.reasons[name]}" for name in NAMES if name in self.reasons)

    def series(self, name: str) -> "pd.Series":
        """Return one entry per column, and ``notes``.

        Args:
            name: What was measured; the series' name.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and only those who measure need it

        values = {column: self.figures.get(column, nan) for column in NAMES}
        return pd.Series(values | {"notes": self.notes}, name=name, dtype=object)
