"""What a vendor lists, such as its voices and people, as a DataFrame."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


class Catalogue(pd.DataFrame):
    """A DataFrame of what a vendor lists. A notebook shows its previews.

    Attributes:
        previews: The columns with URLs of previews, and what is behind them: ``"audio"``,
            ``"image"`` or ``"video"``.
    """

    _metadata = ["previews"]  # noqa: RUF012 - pandas wants a list
    previews: Mapping[str, str]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], previews: Mapping[str, str]) -> "Catalogue":
        """Return the catalogue of these rows."""
        made = cls(list(rows))
        made.previews = dict(previews)
        return made

    @property
    def _constructor(self) -> "type[Catalogue]":
        return Catalogue
