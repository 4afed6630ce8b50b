"""What a comparison can be ranked by, and what each criterion says of some jobs.

A criterion is ``"votes"``, ``"sync"``, ``"money"`` or a column of `BETTER`. It gives a value with a
95 % interval:

- votes: the strength by the Bradley-Terry model; see `lipsync_nb.compare.bradley_terry`.
- sync: ``sync_corr``. Whether sound and mouth are together counts before it: first come those whose
  offset viewers do not notice (`UNNOTICED_MS`), then those that are early or late, then those whose
  sync is not reliable. Of several jobs, at least half must be reliable, and of these at least half
  unnoticed.
- money: ``money_per_s``, which is exact.
- a column: its value, without the sign if it is best at 0.

The value of several jobs is their median. Its interval is found by a bootstrap: the jobs are drawn
anew, and each job's value is varied by the interval that was measured with it (`MEASURED`), or by
its documented uncertainty (`UNCERTAIN`). The interval of a single job is therefore that of its
measurement. If its column has neither, as times have, the value of a single job counts as exact.
"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from lipsync_nb.compare.bradley_terry import DRAWS, INTERVAL, STRENGTH
from lipsync_nb.compare.prices import Price
from lipsync_nb.errors import BadRequest, line

RankBy: TypeAlias = str | Sequence[str]
"""A criterion, or several in the order in which they count."""
Values: TypeAlias = npt.NDArray[np.float64]

BY_DEFAULT: Final = ("votes", "sync", "money")
"""By votes if there are any, then by sync, then by money if prices were given."""
BETTER: Final[Mapping[str, Literal["more", "less", "zero"]]] = {
    **dict.fromkeys(("sync_corr", "sync_conf", "face_found", "upper_face_ncc"), "more"),
    **dict.fromkeys(("audio_corr", "audio_mel_corr", "audio_sisdr_db"), "more"),
    **dict.fromkeys(("sharp_face", "sharp_mouth"), "more"),
    **dict.fromkeys(("wall_s", "queue_s", "generation_s", "money_per_s"), "less"),
    **dict.fromkeys(("frozen", "silence_motion_ratio"), "less"),
    **dict.fromkeys(("av_offset_ms", "drift_ms_per_min"), "zero"),
    **dict.fromkeys(("audio_lag_ms", "duration_delta_s"), "zero"),
}
"""Whether a column is best where it is large, small, or near 0. Other columns cannot be ranked by:
sizes and rates of a video are a matter of taste, and costs have each vendor's own unit."""
SIGNED: Final = frozenset(name for name, best in BETTER.items() if best == "zero")
"""Columns that are wrong in both directions. Their absolute values are compared."""

UNNOTICED_MS: Final = (-45.0, 125.0)
"""Range of offsets, milliseconds, that viewers do not notice (ITU-R BT.1359). Above 0 the sound is
late."""
MEASURED: Final = {
    "av_offset_ms": ("av_offset_low_ms", "av_offset_high_ms"),
    "sync_corr": ("sync_corr_low", "sync_corr_high"),
}
"""Columns with the ends of the 95 % interval of a job's value."""
UNCERTAIN: Final = {"av_offset_ms": 20.0, "duration_delta_s": 0.04}
"""Least half-width of the 95 % interval of a job's value, as its column says."""
EXACT: Final = frozenset({"money_per_s"})
"""Columns without an interval."""
HALF_WIDTH_SD: Final = 1.96
"""Half-width of a 95 % interval in standard deviations."""


class Score(NamedTuple):
    """What a criterion says of some jobs.

    Attributes:
        tier: Lower tiers come first, whatever their values are.
        value: The value; NaN if it is not known.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    tier: int = 0
    value: float = nan
    low: float = nan
    high: float = nan


def read_rank_by(rank_by: RankBy | None, prices: Mapping[str, Price]) -> tuple[str, ...]:
    """Return the criteria; `BY_DEFAULT` for ``None``.

    Raises:
        BadRequest: There is no such criterion, or it needs prices.
    """
    if rank_by is None:
        return BY_DEFAULT
    if not isinstance(rank_by, (str, Sequence)):
        raise BadRequest(f"rank_by: {line(repr(rank_by))} is no name and no list of names")
    names = (rank_by,) if isinstance(rank_by, str) else tuple(rank_by)
    possible = [*BY_DEFAULT, *BETTER]
    if not names or (odd := [name for name in names if name not in possible]):
        what = line(", ".join(map(repr, odd))) if names else "nothing"
        expected = ", ".join(possible)
        raise BadRequest(f"rank_by: {what} cannot be ranked by; expected some of {expected}")
    if not prices and (unpriced := [name for name in names if name in {"money", *EXACT}]):
        raise BadRequest(f"rank_by: {unpriced[0]} needs prices=, such as {{'lingdong': 0.01}}")
    return tuple(dict.fromkeys(names))


def rises(criterion: str) -> bool:
    """Return whether larger values of a criterion are better."""
    return criterion in {"votes", "sync"} or BETTER.get(criterion) == "more"


def score(criterion: str, rows: pd.DataFrame) -> Score:
    """Return what a criterion says of some jobs.

    Args:
        criterion: Its name.
        rows: The rows of jobs of one contender, with its strength if there are votes.
    """
    match criterion:
        case "votes":
            return Score(0, *(rows[STRENGTH].iloc[0] if STRENGTH[0] in rows else ()))
        case "sync":
            tiers = {True: 0, False: 1, None: 2}
            return Score(tiers[in_sync(rows)], *_median(rows, "sync_corr"))
        case "money":
            return Score(0, *_median(rows, "money_per_s"))
        case _:
            return Score(0, *_median(rows, criterion))


def in_sync(rows: pd.DataFrame) -> bool | None:
    """Return whether viewers do not notice the offset of some jobs; ``None`` if it is not known.

    An offset is missing where the sync is not reliable, or nothing could be measured.
    """
    offsets = _column(rows, "av_offset_ms")
    reliable = offsets[~np.isnan(offsets)]
    if not len(reliable) or 2 * len(reliable) < len(offsets):
        return None
    unnoticed = (reliable >= UNNOTICED_MS[0]) & (reliable <= UNNOTICED_MS[1])
    return bool(2 * unnoticed.sum() >= len(reliable))


def _median(rows: pd.DataFrame, column: str) -> tuple[float, float, float]:
    """Return the median of a column, or that of its absolute values, with its 95 % interval."""
    known = ~np.isnan(_column(rows, column))
    values, errors = _column(rows, column)[known], _errors(rows, column)[known]
    if not len(values):
        return nan, nan, nan
    size = np.abs if column in SIGNED else np.positive
    value = float(np.median(size(values)))
    if column in EXACT:
        return value, value, value
    rng = np.random.default_rng(0)
    jobs = rng.integers(len(values), size=(DRAWS, len(values)))
    drawn = rng.normal(values[jobs], errors[jobs])
    low, high = np.percentile(np.median(size(drawn), axis=1), INTERVAL)
    return value, min(float(low), value), max(float(high), value)


def _errors(rows: pd.DataFrame, column: str) -> Values:
    """Return the standard error of each job's value."""
    half = np.full(len(rows), UNCERTAIN.get(column, 0.0))
    if column in MEASURED:
        low, high = (_column(rows, name) for name in MEASURED[column])
        half = np.fmax(half, (high - low) / 2)
    return half / HALF_WIDTH_SD


def _column(rows: pd.DataFrame, name: str) -> Values:
    return rows[name].to_numpy(np.float64)
