"""Who stands where: the figures of each contender, and the order from best to worst.

A contender is a vendor with one kind of request.
"""

import pandas as pd

CONTENDER = ["vendor", "kind"]
MEDIANS = (
    *("wall_s", "queue_s", "generation_s", "cost_per_s", "money_per_s"),
    *("width", "height", "fps", "bitrate_kbps", "duration_delta_s"),
    *("av_offset_ms", "sync_corr", "sync_conf", "audio_lag_ms", "audio_mel_corr"),
    *("audio_sisdr_db", "upper_face_ncc", "sharp_face", "sharp_mouth", "silence_motion_ratio"),
    *("face_found", "frozen"),
)
"""Columns of which a summary gives the median of the succeeded jobs that have a figure."""


def summary_of(frame: pd.DataFrame, strengths: pd.DataFrame) -> pd.DataFrame:
    """Return one row per contender, best first.

    Args:
        frame: A comparison's, one row per job.
        strengths: People's preferences, by contender; empty if nobody has voted.

    Returns:
        ``jobs``, ``succeeded``, the preferences if there are any, and medians of the figures of
        the jobs that succeeded: how soon others failed says nothing.
    """
    groups = frame.groupby(CONTENDER, observed=True)
    counts = groups["status"].agg(jobs="size", succeeded=lambda s: int((s == "succeeded").sum()))
    units = groups["cost_unit"].first()
    made = frame[frame["status"] == "succeeded"].groupby(CONTENDER, observed=True)
    medians = made[list(MEDIANS)].median()
    liked = counts.join(strengths) if len(strengths) else counts
    return ranked(liked.join(units).join(medians))


def ranked(figures: pd.DataFrame) -> pd.DataFrame:
    """Return rows from best to worst: by preference where there is one, else by ``sync_corr``.

    Rows without a figure come last.
    """
    by = [name for name in ("strength", "sync_corr") if name in figures]
    return figures.sort_values(by, ascending=False, kind="stable", na_position="last")
