"""Do the figures agree with people? Rank correlation, and agreement vote by vote."""

from collections.abc import Sequence
from math import nan

import pandas as pd

from lipsync_nb.compare.columns import NAMES
from lipsync_nb.compare.ranking import CONTENDER, MEDIANS
from lipsync_nb.ledger.comparisons import Choice, Vote

LEAST = 3
"""Contenders with a figure that a rank correlation needs: two always agree or disagree wholly."""
SIGNED = frozenset({"av_offset_ms", "audio_lag_ms", "duration_delta_s"})
"""Figures that are wrong both ways: only their size is held against votes."""
FIGURES = tuple(name for name in MEDIANS if name in NAMES)
"""The measured columns that have a median in the summary."""


def agreements(
    frame: pd.DataFrame,
    strengths: pd.DataFrame,
    votes: Sequence[Vote],
    columns: Sequence[str] = FIGURES,
) -> pd.DataFrame:
    """Hold figures against people's preferences.

    Args:
        frame: One row per job, with ``job``, ``vendor``, ``kind`` and the columns.
        strengths: By vendor and kind, with ``strength``.
        votes: The votes on those jobs.
        columns: The figures, offsets, lags and differences without their signs.

    Returns:
        By column ``rank_corr``, Spearman's correlation of the contenders' medians with their
        strengths, over the ``contenders`` that have both; and ``agreement``, the share of
        ``votes`` in which the preferred video had the larger figure, equals and ties aside.
    """
    sizes = frame[list(columns)].apply(_size)
    by_job, groups = sizes.set_index(frame["job"]), [frame[name] for name in CONTENDER]
    medians = sizes.groupby(groups, observed=True).median().join(strengths["strength"])
    liked = medians["strength"]
    rows = [
        {
            "rank_corr": spearman(medians[name], liked),
            "contenders": int((medians[name].notna() & liked.notna()).sum()),
            **_share(by_job[name], votes),
        }
        for name in columns
    ]
    return pd.DataFrame(rows, index=pd.Index(columns, name="figure"))


def spearman(first: pd.Series, second: pd.Series) -> float:
    """Return the rank correlation of two series, where both have values; NaN for too few."""
    both = pd.concat([first, second], axis=1).dropna()
    ranks = both.rank()
    if len(both) < LEAST or not ranks.std().all():
        return nan
    return float(ranks.iloc[:, 0].corr(ranks.iloc[:, 1]))


def _size(values: pd.Series) -> pd.Series:
    numbers = values.astype("float64")
    return numbers.abs() if values.name in SIGNED else numbers


def _share(figures: pd.Series, votes: Sequence[Vote]) -> dict[str, float]:
    decided = [vote for vote in votes if vote.choice in {Choice.left, Choice.right}]
    leads = pd.Series([_lead(figures, vote) for vote in decided], dtype="float64").dropna()
    leads = leads[leads != 0]
    return {"agreement": float((leads > 0).mean()) if len(leads) else nan, "votes": len(leads)}


def _lead(figures: pd.Series, vote: Vote) -> float:
    """Return by how much the preferred video's figure is the larger."""
    difference = float(figures[vote.left_job] - figures[vote.right_job])
    return difference if vote.choice is Choice.left else -difference
