"""How alike two sets of signals are at each lag, and where they are most alike."""

from dataclasses import dataclass
from typing import NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.metrics.arrays import Curve, Flags, Track, TrackMatrix
from lipsync_nb.compare.metrics.speech_levels import HOP_S

REACH = 30
"""Largest lag in hops: 0.6 s either way."""
LAGS = range(-REACH, REACH + 1)
LAGS_S = np.arange(-REACH, REACH + 1) * HOP_S
"""Every lag of a curve, in hops and in seconds."""
EDGE_S = REACH * HOP_S - HOP_S / 2
"""Seconds of lag from which on the maximum is at the end of the curve, so that the true one may be
outside."""
PEAK_HOPS = 3
"""Hops on either side of a curve's maximum to which a parabola is fitted, about the width of a
syllable's peak."""
BLOCK = 25
"""Hops of a block, 0.5 s: about the time after which mouth and sound have forgotten what was."""
DRAWS = 400
"""Times that the blocks are drawn anew for the interval."""
INTERVAL = (2.5, 97.5)
"""Percentiles of the drawn values between which the interval lies."""

Interval: TypeAlias = tuple[float, float]
"""The ends of a 95 % interval."""
MIDDLE = (10, 90)
"""Percentiles between which most of the drawn values lie, whatever the few at the ends do."""


class Intervals(NamedTuple):
    """What is between percentiles of the values that were drawn.

    Attributes:
        lag_s: The 95 % interval of the best lag, seconds.
        corr: The 95 % interval of the correlation there.
        middle_s: The 80 % interval of the best lag, seconds.
    """

    lag_s: Interval
    corr: Interval
    middle_s: Interval


_Sums = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LagMoments:
    """Sums from which the correlation at each lag follows, for each block of time.

    Blocks can be added up: to a whole clip, to windows, to parts of it, and to random draws.

    Attributes:
        sums: Count, sums, sums of squares and of products, shape (blocks, lags, 6, pairs).
        starts: The first hop of each block, shape (blocks,).
        counts: The hops of each block that count, shape (blocks,).
    """

    sums: _Sums
    starts: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, mouth: TrackMatrix, sound: TrackMatrix, start: int, seen: Flags) -> Self:
        """Return the moments of a mouth that begins at a hop of the sound.

        Args:
            mouth: One column for each pair, shape (n, pairs).
            sound: Likewise, shape (hops, pairs); its end is the end of what is compared.
            start: The hop of the sound at which the mouth begins.
            seen: Which hops of the mouth count, shape (n,).
        """
        count = len(mouth)
        begins = np.arange(0, count, BLOCK)
        sums = np.zeros((len(begins), len(LAGS), 6, mouth.shape[1]))
        for row, lag in enumerate(LAGS):
            at = np.arange(start + lag, start + lag + count)
            counts = ((at >= 0) & (at < len(sound)) & seen)[:, None].astype(np.float64)
            x, y = mouth * counts, sound[np.clip(at, 0, len(sound) - 1)] * counts
            terms = [counts + 0 * x, x, y, x * x, y * y, x * y]
            sums[:, row] = np.stack([np.add.reduceat(t, begins, axis=0) for t in terms], axis=1)
        return cls(sums, begins + start, np.add.reduceat(np.asarray(seen, np.int64), begins))

    @classmethod
    def nothing(cls, pairs: int) -> Self:
        """Return the moments of no block."""
        no_hops = np.zeros(0, np.int64)
        return cls(np.zeros((0, len(LAGS), 6, pairs)), no_hops, no_hops)

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return the moments of several parts of a clip, in their order."""
        arrays = zip(*((part.sums, part.starts, part.counts) for part in parts), strict=True)
        return cls(*(np.concatenate(some) for some in arrays))

    @property
    def seconds(self) -> float:
        """How much is compared."""
        return float(self.counts.sum()) * HOP_S

    def within(self, begin_s: float, end_s: float) -> Self:
        """Return the moments of the blocks that begin in a stretch of time."""
        inside = (self.starts * HOP_S >= begin_s - 1e-9) & (self.starts * HOP_S < end_s - 1e-9)
        return type(self)(self.sums[inside], self.starts[inside], self.counts[inside])

    def curve(self, weights: Track) -> Curve:
        """Return the weighted mean of the pairs' correlations for each lag."""
        return np.asarray(_curves(self.sums.sum(axis=0), weights))

    def intervals(self, weights: Track) -> Intervals:
        """Return intervals of the best lag and of the correlation there.

        They are found by a block bootstrap over time.
        """
        blocks = len(self.sums)
        draws = np.random.default_rng(0).multinomial(blocks, np.full(blocks, 1 / blocks), DRAWS)
        drawn = (draws @ self.sums.reshape(blocks, -1)).reshape(DRAWS, *self.sums.shape[1:])
        curves = _curves(drawn, weights)
        lags_s = [peak(curve)[0] for curve in curves]
        corrs = curves[:, np.argmax(self.curve(weights))]
        return Intervals(
            _between(lags_s, INTERVAL), _between(corrs, INTERVAL), _between(lags_s, MIDDLE)
        )


def peak(curve: Curve) -> tuple[float, float]:
    """Return the lag in seconds at which a curve is largest, and the curve's largest value.

    The lag is the maximum of a parabola fitted around the largest value, at most one hop from it.
    """
    top = int(np.argmax(curve))
    near = slice(max(0, top - PEAK_HOPS), top + PEAK_HOPS + 1)
    bend, slope, _ = np.polyfit(LAGS_S[near] - LAGS_S[top], curve[near], 2)
    off = np.clip(-slope / (2 * bend), -HOP_S, HOP_S) if bend < 0 else 0.0
    return float(LAGS_S[top] + off), float(curve[top])


def _between(drawn: list[float] | _Sums, percentiles: tuple[float, float]) -> Interval:
    low, high = np.percentile(drawn, percentiles)
    return float(low), float(high)


def _curves(sums: _Sums, weights: Track) -> npt.NDArray[np.float64]:
    """Return curves from sums of shape (..., lags, 6, pairs)."""
    count, x, y, xx, yy, xy = np.moveaxis(sums, -2, 0)
    count = np.maximum(count, 1)
    spread = np.sqrt(np.maximum(0, xx - x * x / count) * np.maximum(0, yy - y * y / count))
    return np.asarray((xy - x * y / count) / (spread + 1e-12) @ weights / weights.sum())
