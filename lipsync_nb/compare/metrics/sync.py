"""Synchrony of mouth and sound: their correlation for each lag, and the best offset."""

from dataclasses import dataclass

import numpy as np

from lipsync_nb.compare.metrics.arrays import Curve, Samples, Times, Track, TrackMatrix
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.loudness import HOP_S, band_levels, speech_level
from lipsync_nb.compare.metrics.mouth import MouthTrack

REACH = 30
"""Largest lag in hops: 0.6 s either way."""
LAGS_S = np.arange(-REACH, REACH + 1) * HOP_S
"""Every lag of a curve, seconds."""
SHORTEST_S = 2.0
"""Least number of seconds to compare. Fewer have too few syllables."""
RELIABLE = 0.75
"""Least value of ``sync_conf`` times the square root of the seconds compared for a reliable
offset."""
EDGE_S = REACH * HOP_S - HOP_S / 2
"""Seconds of lag from which on the maximum is at the end of the curve, so that the true one may be
outside."""
RIDGE_WEIGHT = 2
"""Weight of the ridge regression's curve in the mean. The three other curves have weight 1."""
SLOWEST_HZ, FASTEST_HZ = 0.4, 8.0
"""Pass band, Hz. Speech opens the mouth 2 to 7 times a second. Slower changes are posture, faster
ones are noise."""
PAD = 200
"""Hops by which a track is mirrored at its ends before it is filtered; several periods."""
PEAK_HOPS = 3
"""Hops on either side of a curve's maximum to which a parabola is fitted, about the width of a
syllable's peak."""
FOLDS = 5
"""Number of blocks in the cross-validation."""
FOLD_GAP = 15
"""Hops between the training part and the test part of the ridge regression."""
PENALTY = 0.05
"""Penalty of the ridge regression, as a share of the variance of the tracks."""


@dataclass(frozen=True)
class Sync:
    """The synchrony of mouth and sound.

    Attributes:
        offset_s: How late the sound is, seconds.
        corr: The correlation at this offset.
        conf: `corr` less the median over all lags.
        reliable: Whether `conf` is high enough for the offset to be reliable.
    """

    offset_s: float
    corr: float
    conf: float
    reliable: bool


def synchrony(times: Times, mouth: MouthTrack, samples: Samples) -> Sync:
    """Compare mouth and sound.

    Args:
        times: Presentation times of the frames since the first, seconds, shape (n,).
        mouth: The mouth in these frames.
        samples: The sound since the first frame.

    Raises:
        Missing: The clip is too short, the sound is silent, or the mouth does not move.
    """
    if mouth.still:
        raise Missing("the mouth does not move")
    curve, seconds = _curve(times, mouth, samples)
    offset_s, corr = peak(curve)
    conf = corr - float(np.median(curve))
    reliable = conf >= RELIABLE / seconds**0.5 and abs(offset_s) < EDGE_S
    return Sync(offset_s, corr, conf, reliable)


def on_grid(times: Times, track: Track, seconds: float) -> Track:
    """Return a track resampled to the grid of `HOP_S`, shape (hops,)."""
    return np.asarray(np.interp(np.arange(0, seconds, HOP_S), times, track))


def _curve(times: Times, mouth: MouthTrack, samples: Samples) -> tuple[Curve, float]:
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


def _mouth_tracks(times: Times, mouth: MouthTrack, seconds: float) -> TrackMatrix:
    """Return opening, darkness, change, speed of opening and components on the grid."""
    opening = on_grid(times, mouth.opening, seconds)
    tracks = [
        opening,
        on_grid(times, mouth.darkness, seconds),
        on_grid(times, mouth.change, seconds),
        np.gradient(opening),
        *(on_grid(times, component, seconds) for component in mouth.components.T),
    ]
    return speech_rate(np.column_stack(tracks))


def speech_rate(track: Track | TrackMatrix) -> Track | TrackMatrix:
    """Filter a track to the rate of speech, with a zero-phase Butterworth band-pass.

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
    """Return the correlation of the level with its prediction from the mouth, for each lag.

    The prediction is a ridge regression. It is cross-validated in blocks: no part of the level
    is predicted by a regression that was trained on it.

    Args:
        mouth: Shape (n, tracks).
        level: Shape (n,).
    """
    count = min(len(mouth), len(level))
    middle = np.arange(REACH, count - REACH)  # the same hops for every lag
    tracks = _standardised(mouth[middle])
    levels = _standardised(np.stack([level[middle + lag] for lag in range(-REACH, REACH + 1)], 1))
    predicted = np.empty_like(levels)
    for test in np.array_split(np.arange(len(middle)), FOLDS):
        train = np.r_[: max(0, test[0] - FOLD_GAP), test[-1] + 1 + FOLD_GAP : len(middle)]
        predicted[test] = _ridge(tracks[train], levels[train], tracks[test])
    return np.array([_correlation(*pair) for pair in zip(predicted.T, levels.T, strict=True)])


def peak(curve: Curve) -> tuple[float, float]:
    """Return the lag in seconds at which a curve is largest, and the curve's largest value.

    The lag is the maximum of a parabola fitted around the largest value, at most one hop from it.
    """
    top = int(np.argmax(curve))
    near = slice(max(0, top - PEAK_HOPS), top + PEAK_HOPS + 1)
    bend, slope, _ = np.polyfit(LAGS_S[near] - LAGS_S[top], curve[near], 2)
    off = np.clip(-slope / (2 * bend), -HOP_S, HOP_S) if bend < 0 else 0.0
    return float(LAGS_S[top] + off), float(curve[top])


def _ridge(train: TrackMatrix, levels: TrackMatrix, test: TrackMatrix) -> TrackMatrix:
    mean = train.mean(axis=0)
    centred = train - mean
    penalty = PENALTY * len(train) * np.eye(train.shape[1])
    weights = np.linalg.solve(
        centred.T @ centred + penalty, centred.T @ (levels - levels.mean(axis=0))
    )
    return np.asarray((test - mean) @ weights)


def _standardised(tracks: TrackMatrix) -> TrackMatrix:
    return np.asarray((tracks - tracks.mean(axis=0)) / (tracks.std(axis=0) + 1e-9))


def _correlation(one: Track, other: Track) -> float:
    one, other = one - one.mean(), other - other.mean()
    energy = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / energy if energy > 0 else 0.0
