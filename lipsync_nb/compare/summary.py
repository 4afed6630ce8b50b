"""A comparison in short: medians per contender, their places, and their agreement with votes.

A contender is a vendor with one kind of request.
"""

from collections.abc import Sequence
from math import nan

import pandas as pd

from lipsync_nb.compare.columns import NAMES
from lipsync_nb.compare.criteria import BY_DEFAULT, SIGNED, in_sync
from lipsync_nb.compare.ranking import rank
from lipsync_nb.ledger.comparisons import Choice, Vote

CONTENDER = ["vendor", "kind"]
MEDIANS = (
    *("wall_s", "queue_s", "generation_s", "cost_per_s", "money_per_s"),
    *("width", "height", "fps", "bitrate_kbps", "duration_delta_s"),
    *("av_offset_ms", "sync_corr", "sync_conf", "audio_lag_ms", "audio_mel_corr"),
    *("drift_ms_per_min", "audio_corr", "audio_sisdr_db", "upper_face_ncc"),
    *("sharp_face", "sharp_mouth", "silence_motion_ratio", "loudness_lufs", "clipped"),
    *("psnr_outside_db", "ssim_outside", "background_change", "face_found", "frozen"),
    *("frozen_s", "black_s", "wer", "cer"),
)
"""Columns of which a summary has the median."""
METRICS = tuple(name for name in MEDIANS if name in NAMES)
"""The measured ones of these columns."""
LEAST = 3
"""Contenders that a rank correlation needs. That of two is always 1 or -1."""


def summary_of(
    frame: pd.DataFrame, strengths: pd.DataFrame, rank_by: Sequence[str] = BY_DEFAULT
) -> pd.DataFrame:
    """Return one row per contender, best first.

    Args:
        frame: The comparison, one row per job.
        strengths: The preferences by contender; empty if nobody has voted.
        rank_by: The criteria; see `lipsync_nb.compare.criteria`.

    Returns:
        ``place``, ``rank_low`` and ``rank_high`` (see `lipsync_nb.compare.ranking`), ``jobs``,
        ``succeeded``, the preferences if there are any, ``cost_unit``, ``in_sync`` (whether viewers
        do not notice the offset; missing where the sync is not reliable), and the medians over the
        jobs that succeeded and have a value. What it is ranked by is in ``attrs["rank_by"]`` and in
        the name of the columns, which pandas shows.
    """
    groups = frame.groupby(CONTENDER, observed=True)
    counts = groups["status"].agg(jobs="size", succeeded=lambda s: int((s == "succeeded").sum()))
    rows = frame[frame["status"] == "succeeded"]
    succeeded = rows.groupby(CONTENDER, observed=True)
    medians = succeeded[list(MEDIANS)].median()
    together = [in_sync(part) for _, part in succeeded]
    medians.insert(0, "in_sync", pd.Series(together, medians.index, dtype="boolean"))
    if len(strengths):
        counts, rows = counts.join(strengths), rows.join(strengths, on=CONTENDER)
    ranking = rank(rows, CONTENDER, rank_by)
    without_success = counts.index.difference(ranking.table.index)
    summary = (
        ranking.table.reindex(ranking.table.index.append(without_success))
        .join([counts, groups["cost_unit"].first(), medians])
        .rename_axis(columns=str(ranking))
    )
    summary.attrs["rank_by"] = list(ranking.by)
    return summary


def agreements(
    frame: pd.DataFrame,
    strengths: pd.DataFrame,
    votes: Sequence[Vote],
    columns: Sequence[str] = METRICS,
) -> pd.DataFrame:
    """Compare metrics with people's preferences.

    Args:
        frame: One row per job, with ``job``, ``vendor``, ``kind`` and the columns.
        strengths: By vendor and kind, with ``strength``.
        votes: The votes on these jobs.
        columns: The metrics. Offsets, lags and differences count without their signs.

    Returns:
        By column: ``rank_corr``, Spearman's correlation of the contenders' medians with their
        strengths, over the ``contenders`` that have both; and ``agreement``, the share of
        ``votes`` in which the preferred video has the larger value. Votes for "equal", and videos
        with equal values, do not count.
    """
    sizes = frame[list(columns)].astype("float64")
    signed = [name for name in columns if name in SIGNED]
    sizes[signed] = sizes[signed].abs()
    by_job, groups = sizes.set_index(frame["job"]), [frame[name] for name in CONTENDER]
    medians = sizes.groupby(groups, observed=True).median().join(strengths["strength"])
    rows = [
        {
            "rank_corr": spearman(medians[name], medians["strength"]),
            "contenders": int(medians[[name, "strength"]].notna().all(axis=1).sum()),
            **_share(by_job[name], votes),
        }
        for name in columns
    ]
    return pd.DataFrame(rows, index=pd.Index(columns, name="metric"))


def spearman(first: pd.Series, second: pd.Series) -> float:
    """Return the rank correlation of two series, where both have values; NaN for too few."""
    both = pd.concat([first, second], axis=1).dropna()
    ranks = both.rank()
    if len(both) < LEAST or not ranks.std().all():
        return nan
    return float(ranks.iloc[:, 0].corr(ranks.iloc[:, 1]))


def _share(values: pd.Series, votes: Sequence[Vote]) -> dict[str, float]:
    signs = {Choice.left: 1, Choice.right: -1}
    leads = pd.Series(
        [
            signs[vote.choice] * float(values[vote.left_job] - values[vote.right_job])
            for vote in votes
            if vote.choice in signs
        ],
        dtype="float64",
    ).dropna()
    leads = leads[leads != 0]
    return {"agreement": float((leads > 0).mean()) if len(leads) else nan, "votes": len(leads)}
