"""Whether mouth and sound go together, and at which offset."""

from dataclasses import dataclass

import numpy as np

from lipsync_nb.compare.signals.arrays import Curve, Samples, Times, Track, TrackMatrix
from lipsync_nb.compare.signals.lags import (
    REACH,
    correlations,
    peak,
    ridge_correlations,
    speech_rate,
)
from lipsync_nb.compare.signals.levels import HOP_S, band_levels, speech_level
from lipsync_nb.compare.signals.mouth import Mouth
from lipsync_nb.compare.signals.row import Missing

SHORTEST_S = 2.0
"""Seconds to compare at least: fewer have too few syllables to be told from any other speech."""
RELIABLE = 0.75
"""``sync_conf`` times the square root of the seconds compared, from which on it is believed."""
EDGE_S = REACH * HOP_S - HOP_S / 2
"""Seconds of lag that are the curve's end: if it is largest there, its top is elsewhere."""
RIDGE_WEIGHT = 2
"""Weight of the ridge regression's curve in the mean; the three others have 1."""


@dataclass(frozen=True)
class Sync:
    """How mouth and sound go together.

    Attributes:
        offset_s: How late the sound is.
        corr: The correlation there.
        conf: By how much that stands out over the median of all lags.
        reliable: Whether that is enough to believe it.
    """

    offset_s: float
    corr: float
    conf: float
    reliable: bool


def synchrony(times: Times, mouth: Mouth, samples: Samples) -> Sync:
    """Compare mouth and sound.

    Args:
        times: Presentation times of the frames since the first, seconds, shape (n,).
        mouth: The mouth's course in these frames.
        samples: The sound since the first frame.

    Raises:
        Missing: Too short, silent, or still.
    """
    if mouth.still:
        raise Missing("the mouth does not move")
    curve, seconds = _curve(times, mouth, samples)
    offset_s, corr = peak(curve)
    conf = corr - float(np.median(curve))
    stands_out = conf >= RELIABLE / seconds**0.5
    return Sync(offset_s, corr, conf, stands_out and abs(offset_s) < EDGE_S)


def on_grid(times: Times, track: Track, seconds: float) -> Track:
    """Return a track's values every `HOP_S`, shape (hops,)."""
    return np.asarray(np.interp(np.arange(0, seconds, HOP_S), times, track))


def _curve(times: Times, mouth: Mouth, samples: Samples) -> tuple[Curve, float]:
    """Return the mean correlation for each lag, and the seconds compared."""
    levels = speech_rate(np.column_stack([speech_level(samples), band_levels(samples)]))
    seconds = min(float(times[-1]), len(levels) * HOP_S)
    if seconds < SHORTEST_S:
        raise Missing(f"only {seconds:.1f} s to compare, {SHORTEST_S:g} s are needed")
    tracks = _mouth_tracks(times, mouth, seconds)
    single = [correlations(track, levels[:, 0]) for track in tracks[:, :3].T]
    ridge = np.mean([ridge_correlations(tracks, level) for level in levels.T], axis=0)
    curve = np.average([*single, ridge], axis=0, weights=[1, 1, 1, RIDGE_WEIGHT])
    return np.asarray(curve), seconds


def _mouth_tracks(times: Times, mouth: Mouth, seconds: float) -> TrackMatrix:
    """Return opening, darkness, motion, speed of opening and components on the grid."""
    opening = on_grid(times, mouth.opening, seconds)
    tracks = [
        opening,
        on_grid(times, mouth.darkness, seconds),
        on_grid(times, mouth.change, seconds),
        np.gradient(opening),
        *(on_grid(times, component, seconds) for component in mouth.components.T),
    ]
    return speech_rate(np.column_stack(tracks))
