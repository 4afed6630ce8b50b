"""Learn filters of mouth and sound from a folder of talking clips with their own sound.

Example:
    To learn them, and write them with what is known of the clips::

        python -m lipsync_nb.compare.metrics.learn_filters clips/ filters.json

    ``ls.measure(video, filters="filters.json")`` measures with them.
"""

import argparse
import hashlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import numpy as np

from lipsync_nb.compare.metrics.arrays import TrackMatrix
from lipsync_nb.compare.metrics.clip import Clip
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.lag_curve import LAGS, LAGS_S, LagMoments
from lipsync_nb.compare.metrics.single_thread import one_thread
from lipsync_nb.compare.metrics.speech_levels import HOP_S
from lipsync_nb.compare.metrics.sync import mouth_tracks
from lipsync_nb.compare.metrics.sync_features import (
    MOUTH_TAPS,
    SOUND_TAPS,
    mouth_signals,
    sound_signals,
    taps,
)
from lipsync_nb.compare.metrics.sync_filters import Filters

PAIRS = 6
"""Pairs of filters that are kept."""
PENALTY = 0.15
"""Penalty of the ridge, as a share of the mean variance of the taps."""
LONGEST_S = 8.0
"""A longer clip counts as much as one of so many seconds."""
ALIGN_S, ROUNDS = 0.13, 3
"""Seconds by which a clip may be moved into sync, and how often that is done."""

PACKAGES = ("lipsync_nb", "numpy", "av", "opencv-python-headless")
"""Packages whose versions are written beside the filters."""

Signals: TypeAlias = tuple[TrackMatrix, TrackMatrix]
"""The signals of mouth and sound."""


def signals_of(path: Path) -> Signals:
    """Return the signals of a clip with one face in one shot.

    Raises:
        Missing: It has none, or several.
    """
    clip = Clip(path, None, None)
    with one_thread():
        (take, *others), *more = [[face.take for face in shot] for shot in clip.faces]
        if others or more:
            raise Missing("it has several faces or shots")
        sound = sound_signals(clip.audio)
        hops = np.arange(len(np.arange(0, min(take.times[-1], len(sound) * HOP_S), HOP_S)))
        return mouth_signals(mouth_tracks(take.times, take.mouth, hops)), sound


def learn(clips: Sequence[Signals]) -> Filters:
    """Learn filters by canonical correlation analysis.

    Clips are hardly ever in sync. Each is moved to where the filters find it, and they are learned
    again. Thus the lag of all clips together stays unknown, and with it the filters' zero.
    """
    lags = [0] * len(clips)
    near = np.abs(LAGS_S) <= ALIGN_S
    for _ in range(ROUNDS):
        moved = [_pair(*clip, lag) for clip, lag in zip(clips, lags, strict=True)]
        filters = _canonical(*map(np.concatenate, zip(*moved, strict=True)))
        lags = []
        for mouth, sound in clips:
            heard = filters.of_sound(sound)[: len(mouth)]
            seen = np.ones(len(mouth), np.bool_)
            curve = LagMoments.of(filters.of_mouth(mouth), heard, 0, seen).curve(filters.weights)
            lags.append(LAGS[int(np.flatnonzero(near)[np.argmax(curve[near])])])
    return filters


def _pair(mouth: TrackMatrix, sound: TrackMatrix, lag: int) -> Signals:
    """Return the taps of both, with the sound moved by a lag in hops."""
    one, other = taps(mouth, MOUTH_TAPS), taps(sound, SOUND_TAPS)
    count = min(len(one), len(other))
    at = np.arange(max(0, -lag), count - max(0, lag))
    weight = min(1, LONGEST_S / (len(at) * HOP_S)) ** 0.5
    return weight * one[at], weight * other[at + lag]


def _canonical(mouth: TrackMatrix, sound: TrackMatrix) -> Filters:
    """Whiten both sides; the singular vectors of their covariance are the filters."""
    left, right = _whitener(mouth.T @ mouth), _whitener(sound.T @ sound)
    u, weights, v = np.linalg.svd(left @ (mouth.T @ sound) @ right)
    return Filters(left @ u[:, :PAIRS], right @ v[:PAIRS].T, weights[:PAIRS])


def _whitener(covariance: TrackMatrix) -> TrackMatrix:
    ridge = PENALTY * np.trace(covariance) / len(covariance)
    values, vectors = np.linalg.eigh(covariance + ridge * np.eye(len(covariance)))
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T)


def main(arguments: Sequence[str] | None = None) -> None:
    """Learn filters as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the clips; each shows one face in one shot")
    parser.add_argument("target", type=Path, help="the file that is written")
    parser.add_argument("--zero-ms", type=float, help="added to each lag, if that is known")
    parser.add_argument("--zero-error-ms", type=float, help="its uncertainty")
    given = parser.parse_args(arguments)
    clips, sources = [], []
    for path in sorted(path for path in given.folder.iterdir() if path.is_file()):
        try:
            clips.append(signals_of(path))
        except Missing as missing:
            print(f"{path.name}: left out, {missing}")
            continue
        seconds = round(len(clips[-1][0]) * HOP_S, 2)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        sources.append({"name": path.name, "seconds": seconds, "sha256": digest})
        print(f"{path.name}: {seconds} s")
    if not clips:
        parser.error(f"{given.folder} has no clip to learn from")
    found = learn(clips)
    filters = Filters(found.mouth, found.sound, found.weights, given.zero_ms, given.zero_error_ms)
    provenance = {
        "learned_by": "lipsync_nb.compare.metrics.learn_filters; no random numbers are used",
        "learned_at": f"{datetime.now(UTC):%Y-%m-%d}",
        "versions": {"python": platform.python_version(), **{n: version(n) for n in PACKAGES}},
        "clips": sources,
    }
    filters.write(given.target, provenance)
    reached = ", ".join(f"{weight:.2f}" for weight in filters.weights)
    print(f"{given.target}: version {filters.version}, {len(clips)} clips, correlations {reached}")


if __name__ == "__main__":
    main()
