"""What a vendor lists, such as its voices and people, as a DataFrame."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import pandas as pd

PARTS = ("input_objs", "objs", "left", "right")
"""Where pandas keeps the frames of a concatenation or a merge; its versions differ."""


class Catalogue(pd.DataFrame):
    """A DataFrame of what a vendor lists. A notebook shows its previews.

    Attributes:
        previews: The columns with URLs of previews, and what is behind them: ``"audio"``,
            ``"image"`` or ``"video"``.
    """

    _metadata = ["previews"]  # noqa: RUF012 - pandas wants a list
    previews: Mapping[str, str] = {}

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        previews: Mapping[str, str],
        columns: Sequence[str] = (),
    ) -> "Catalogue":
        """Return the catalogue of these rows.

        Args:
            rows: What is listed.
            previews: See `Catalogue`.
            columns: The columns that it has in any case, which come first.
        """
        further = [name for row in rows for name in row]
        made = cls(list(rows), columns=list(dict.fromkeys([*columns, *further])))
        made.previews = dict(previews)
        return made

    @property
    def _constructor(self) -> "type[Catalogue]":
        return Catalogue

    def __finalize__(self, other: Any, method: str | None = None, **options: Any) -> Self:
        """Keep the previews of the frames from which pandas has made this one."""
        made: Self = super().__finalize__(other, method, **options)  # type: ignore[misc]
        found = {
            column: kind for each in _catalogues(other) for column, kind in each.previews.items()
        }
        if found:
            made.previews = found
        return made


def _catalogues(source: Any) -> Iterator[Catalogue]:
    is_frame = isinstance(source, pd.DataFrame | pd.Series)
    known = [source] if is_frame else [getattr(source, name, None) for name in PARTS]
    for part in known:
        for frame in part if isinstance(part, list | tuple) else [part]:
            if isinstance(frame, Catalogue):
                yield frame
