"""How well two tracks go together when one of them is moved in time."""

import numpy as np

from lipsync_nb.compare.signals.arrays import Curve, Track, TrackMatrix
from lipsync_nb.compare.signals.levels import HOP_S

REACH = 30
"""Hops: lags up to 0.6 s either way."""
LAGS_S = np.arange(-REACH, REACH + 1) * HOP_S
"""Every lag of a curve, seconds."""
SLOWEST_HZ, FASTEST_HZ = 0.4, 8.0
"""Hertz kept: speech opens the mouth 2 to 7 times a second; slower is posture, faster is noise."""
PAD = 200
"""Hops by which a track is mirrored at its ends before it is filtered: several periods."""
PEAK_HOPS = 3
"""Hops on either side of a curve's largest value that a parabola is laid through: a syllable's top
is about as wide."""
FOLDS = 5
"""Blocks of the cross-validation."""
FOLD_GAP = 15
"""Hops between what the ridge regression learns from and what it is tested on."""
PENALTY = 0.05
"""Penalty of the ridge regression, as a share of the tracks' variance."""


def speech_rate(track: Track | TrackMatrix) -> Track | TrackMatrix:
    """Keep what changes at the rate of speech: a zero-phase Butterworth band-pass.

    Args:
        track: Shape (n,) or (n, tracks).
    """
    pad = min(PAD, len(track) - 1)
    head, tail = 2 * track[0] - track[pad:0:-1], 2 * track[-1] - track[-2 : -pad - 2 : -1]
    mirrored = np.concatenate([head, track, tail])
    hertz = np.fft.rfftfreq(len(mirrored), HOP_S)
    gain = 1 / (1 + (hertz / FASTEST_HZ) ** 4) * (1 - 1 / (1 + (hertz / SLOWEST_HZ) ** 2))
    gain = gain.reshape(-1, *[1] * (track.ndim - 1))
    filtered = np.fft.irfft(np.fft.rfft(mirrored, axis=0) * gain, len(mirrored), axis=0)
    return np.asarray(filtered[pad : pad + len(track)])


def correlations(mouth: Track, level: Track) -> Curve:
    """Return the correlation of the mouth at t with the level at t + lag, for each lag."""
    count = min(len(mouth), len(level))
    mouth, level = mouth[:count], level[:count]
    return np.array(
        [
            _correlation(
                mouth[max(0, -lag) : count - max(0, lag)], level[max(0, lag) :][: count - abs(lag)]
            )
            for lag in range(-REACH, REACH + 1)
        ]
    )


def ridge_correlations(mouth: TrackMatrix, level: Track) -> Curve:
    """Return the correlation of the level with what a ridge regression makes of the mouth.

    Cross-validated in blocks: no part of the level is predicted by a regression that knew it.

    Args:
        mouth: Shape (n, tracks).
        level: Shape (n,).
    """
    count = min(len(mouth), len(level))
    middle = np.arange(REACH, count - REACH)  # the same frames for every lag
    tracks = _standardised(mouth[middle])
    levels = _standardised(np.stack([level[middle + lag] for lag in range(-REACH, REACH + 1)], 1))
    predicted = np.empty_like(levels)
    for test in np.array_split(np.arange(len(middle)), FOLDS):
        train = np.r_[: max(0, test[0] - FOLD_GAP), test[-1] + 1 + FOLD_GAP : len(middle)]
        predicted[test] = _ridge(tracks[train], levels[train], tracks[test])
    return np.array([_correlation(*pair) for pair in zip(predicted.T, levels.T, strict=True)])


def peak(curve: Curve) -> tuple[float, float]:
    """Return the lag in seconds at which a curve is largest, and its value there.

    The lag is that of a parabola through the curve about its largest value, at most one hop off.
    """
    top = int(np.argmax(curve))
    near = slice(max(0, top - PEAK_HOPS), top + PEAK_HOPS + 1)
    bend, slope, _ = np.polyfit(LAGS_S[near] - LAGS_S[top], curve[near], 2)
    off = np.clip(-slope / (2 * bend), -HOP_S, HOP_S) if bend < 0 else 0.0
    return float(LAGS_S[top] + off), float(curve[top])


def _ridge(known: TrackMatrix, levels: TrackMatrix, asked: TrackMatrix) -> TrackMatrix:
    mean = known.mean(axis=0)
    centred = known - mean
    penalty = PENALTY * len(known) * np.eye(known.shape[1])
    weights = np.linalg.solve(
        centred.T @ centred + penalty, centred.T @ (levels - levels.mean(axis=0))
    )
    return np.asarray((asked - mean) @ weights)


def _standardised(tracks: TrackMatrix) -> TrackMatrix:
    return np.asarray((tracks - tracks.mean(axis=0)) / (tracks.std(axis=0) + 1e-9))


def _correlation(one: Track, other: Track) -> float:
    one, other = one - one.mean(), other - other.mean()
    energy = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / energy if energy > 0 else 0.0
