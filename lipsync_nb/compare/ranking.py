"""Who comes first in a comparison, and who shares a place.

The first criterion gives the places: whose value lies within the 95 % interval of a group's first
shares the place of that first, as in 1, 1, 3. The further criteria only order those that share one.
What has no value by the first criterion has no place and comes last. A criterion is left out if
nothing has a value by it. The criteria are in `lipsync_nb.compare.criteria`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd

from lipsync_nb.compare.criteria import Score, rises, score

RANK = ("place", "rank_low", "rank_high")


@dataclass(frozen=True)
class Ranking:
    """Jobs or contenders, best first. As text it says by what.

    Attributes:
        asked: The criteria that were asked for.
        by: Those by which there are values.
        table: One row for each, best first: its ``place``, and the 95 % interval of its value by
            the first criterion, from ``rank_low`` to ``rank_high``.
    """

    asked: tuple[str, ...]
    by: tuple[str, ...]
    table: pd.DataFrame

    def __str__(self) -> str:
        if not self.by:
            return f"not ranked: nothing is known by {' or '.join(self.asked)}"
        return f"best first by {', then '.join(self.by)}"

    def place(self, key: Any) -> str:
        """Return the place of a job or contender in words, such as "shared place 1 by sync"."""
        if not self.by:
            return "not ranked"
        places = self.table["place"]
        if pd.isna(place := places[key]):
            return f"no place by {self.by[0]}"
        shared = "shared " if (places == place).sum() > 1 else ""
        return f"{shared}place {place} by {self.by[0]}"


def rank(rows: pd.DataFrame, keys: Sequence[str], rank_by: Sequence[str]) -> Ranking:
    """Rank jobs or contenders.

    Args:
        rows: One row per job, with the columns of a comparison, and with the strength of its
            contender and the interval of that strength if there are votes.
        keys: The columns that name what is ranked: ``["job"]``, or vendor and kind.
        rank_by: The criteria.
    """
    groups = rows.groupby(list(keys), observed=True, sort=False)
    names, parts = groups.size().index, [part for _, part in groups]
    scores = {
        name: pd.DataFrame([score(name, part) for part in parts], names, list(Score._fields))
        for name in rank_by
    }
    by = tuple(name for name in rank_by if scores[name]["value"].notna().any())
    if not by:
        unranked = pd.DataFrame(nan, names, list(RANK)).astype({"place": "Int64"})
        return Ranking(tuple(rank_by), by, unranked)
    places = pd.DataFrame({name: _places(scores[name], rising=rises(name)) for name in by})
    first = scores[by[0]]
    nearest = -first["value"] if rises(by[0]) else first["value"]
    order = places.assign(value=nearest).sort_values([*by, "value"], kind="stable").index
    columns = (places[by[0]].astype("Int64"), first["low"], first["high"])
    return Ranking(tuple(rank_by), by, pd.concat(columns, axis=1, keys=RANK).loc[order])


def _places(scores: pd.DataFrame, *, rising: bool) -> pd.Series:
    """Return the place of each score; NaN for those without a value."""
    known = scores.dropna(subset="value")
    ordered = known.sort_values(["tier", "value"], ascending=[True, not rising], kind="stable")
    places: list[int] = []
    first = None
    for number, one in enumerate(map(Score._make, ordered.itertuples(index=False)), 1):
        if first and one.tier == first.tier and first.low <= one.value <= first.high:
            places.append(places[-1])
        else:
            first = one
            places.append(number)
    return pd.Series(places, ordered.index, dtype="float64").reindex(scores.index)
