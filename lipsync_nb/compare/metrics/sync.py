"""Synchrony of mouth and sound: the offset of a clip, of its shots, and over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lipsync_nb.compare.metrics.arrays import Curve, Flags, Hops, Samples, Times, Track, TrackMatrix
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.lag_curve import EDGE_S, Interval, LagMoments, peak
from lipsync_nb.compare.metrics.mouth import MouthTrack
from lipsync_nb.compare.metrics.speech_levels import HOP_S
from lipsync_nb.compare.metrics.sync_features import mouth_signals, sound_signals
from lipsync_nb.compare.metrics.sync_filters import Filters

SHORTEST_S = 2.0
"""Least number of seconds to compare. Fewer have too few syllables."""
RELIABLE = 0.90
"""Least value of ``sync_conf`` times the square root of the seconds compared for a reliable
offset."""
WINDOW_S = 5.0
"""Seconds of a window, over which the offset is taken to be constant."""
FEWEST_WINDOWS = 3
"""Windows with a reliable offset that a drift needs."""
SAME_S = 0.08
"""Offsets of two parts of a clip that differ by more are different ones: four times the error of a
known shift."""
ODD_SHARE = 0.2
"""Share of the windows that may lie more than half of `SAME_S` beside the others."""
ERROR_S = 0.02
"""Error of a known shift, seconds."""
WIDEST_S = 0.12
"""Widest 80 % interval of a reliable offset, seconds. Wider ones reach from one syllable to the
next."""


@dataclass(frozen=True)
class Take:
    """The mouth of one face in one shot.

    Attributes:
        times: Presentation times of the shot's frames since the clip's first one, shape (n,).
        mouth: The mouth in these frames.
        seen: In which of them the face was found, shape (n,).
    """

    times: Times
    mouth: MouthTrack
    seen: Flags


@dataclass(frozen=True)
class Lag:
    """How late the sound of a stretch of time is.

    Attributes:
        begin_s: Where the stretch begins, seconds since the first frame.
        end_s: Where it ends.
        seconds: How much of it is compared.
        offset_s: How late the sound is, seconds.
        corr: The correlation at this offset, -1 to 1.
        conf: `corr` less the median over all lags.
        inside: Whether the lag is not at the end of those compared.
    """

    begin_s: float
    end_s: float
    seconds: float
    offset_s: float
    corr: float
    conf: float
    inside: bool

    @property
    def score(self) -> float:
        """By how much it stands out, for its length."""
        return float(self.conf * self.seconds**0.5)

    @property
    def reliable(self) -> bool:
        """Whether the offset is reliable."""
        return self.score >= RELIABLE and self.inside


@dataclass(frozen=True)
class Sync:
    """The synchrony of mouth and sound.

    Attributes:
        whole: That of the whole clip.
        interval_s: The 95 % interval of its offset, and at least `ERROR_S` on either side.
        corr_interval: The 95 % interval of its correlation.
        middle_s: The width of the 80 % interval of its offset.
        takes: The mouths that match the sound best, one of each shot.
        shots: That of each shot which is long enough.
        windows: That of each window of `WINDOW_S`.
    """

    whole: Lag
    interval_s: Interval
    corr_interval: Interval
    middle_s: float
    takes: Sequence[Take]
    shots: Sequence[Lag]
    windows: Sequence[Lag]

    @property
    def changes(self) -> bool:
        """Whether the offset differs between shots or between windows."""
        shots = [shot.offset_s for shot in self.shots if shot.reliable]
        if any(abs(one - other) > SAME_S for one, other in combinations(shots, 2)):
            return True
        windows = np.array([window.offset_s for window in self.windows if window.reliable])
        return len(windows) > 1 and _scatters(windows - np.median(windows))

    @property
    def unreliable(self) -> str | None:
        """Why the whole clip has no reliable offset; ``None`` if it has one."""
        whole = self.whole
        if self.changes:
            early, late = (1000 * end for end in self.extremes_s)
            return f"the offset changes, from {early:+.0f} to {late:+.0f} ms"
        if whole.score < RELIABLE:
            needed = RELIABLE / whole.seconds**0.5
            return (
                f"not reliable: sync_conf is {whole.conf:.2f} over {whole.seconds:.1f} s, "
                f"{needed:.2f} is needed"
            )
        if not whole.inside:
            size, side = abs(1000 * whole.offset_s), "late" if whole.offset_s > 0 else "early"
            return f"not reliable: the best lag is at the end of the range, {size:.0f} ms {side}"
        if self.middle_s > WIDEST_S:
            return f"not reliable: its 80 % interval is {1000 * self.middle_s:.0f} ms wide"
        return None

    @property
    def extremes_s(self) -> tuple[float, float]:
        """The smallest and the largest offset: of all parts if it changes, or that of the clip."""
        parts = [*self.shots, *self.windows] if self.changes else [self.whole]
        offsets = [part.offset_s for part in parts if part.score >= RELIABLE]
        if not offsets:
            raise Missing(self.unreliable or "not reliable")
        return min(offsets), max(offsets)

    @property
    def drift(self) -> float:
        """The change of the offset over time, seconds per second.

        It is the median of the slopes between any two windows (Theil and Sen), so that a single
        wrong window does not matter.

        Raises:
            Missing: There are too few windows with a reliable offset, or it does not change evenly.
        """
        found = [(w.begin_s, w.offset_s) for w in self.windows if w.reliable]
        if len(found) < FEWEST_WINDOWS:
            some = "1 window" if len(found) == 1 else f"{len(found)} windows"
            raise Missing(
                f"{some} of {WINDOW_S:g} s with a reliable offset, {FEWEST_WINDOWS} are needed"
            )
        slope = float(np.median([(b - a) / (t - s) for (s, a), (t, b) in combinations(found, 2)]))
        rest = np.array([offset - slope * begin for begin, offset in found])
        if _scatters(rest - np.median(rest)):
            raise Missing("the offset does not change evenly")
        return slope


def synchrony(shots: Sequence[Sequence[Take]], samples: Samples, filters: Filters) -> Sync:
    """Compare mouth and sound.

    Args:
        shots: The mouths of the faces in each shot. In each, that which matches the sound best is
            taken.
        samples: The sound since the first frame, at 16 kHz.
        filters: The filters of mouth and sound.

    Raises:
        Missing: The clip is too short, the sound is silent, or no mouth moves.
    """
    if all(take.mouth.still for shot in shots for take in shot):
        raise Missing("the mouth does not move")
    signals = sound_signals(samples)
    last_s = float(shots[-1][0].times[-1])
    hops = len(np.arange(0, min(last_s, len(signals) * HOP_S), HOP_S))
    sound = filters.of_sound(signals)[:hops]
    zero_s, end_s = (filters.zero_ms or 0.0) / 1000, hops * HOP_S

    def lag(moments: LagMoments, begin_s: float, end_s: float) -> Lag:
        return _lag(moments.curve(filters.weights), begin_s, end_s, moments.seconds, zero_s)

    found = []
    for shot in shots:
        faces = [(take, _moments(take, sound, filters)) for take in shot]
        found.append(max(faces, key=lambda face: lag(face[1], 0, 0).score))
    whole = LagMoments.joined([moments for _, moments in found])
    if whole.seconds < SHORTEST_S:
        raise Missing(f"only {whole.seconds:.1f} s to compare, {SHORTEST_S:g} s are needed")
    drawn = whole.intervals(filters.weights)
    overall = lag(whole, 0.0, end_s)
    windows = [(begin, whole.within(begin, begin + WINDOW_S)) for begin in _begins(end_s)]
    return Sync(
        overall,
        (
            min(drawn.lag_s[0] + zero_s, overall.offset_s - ERROR_S),
            max(drawn.lag_s[1] + zero_s, overall.offset_s + ERROR_S),
        ),
        drawn.corr,
        drawn.middle_s[1] - drawn.middle_s[0],
        [take for take, _ in found],
        [
            lag(moments, float(take.times[0]), float(take.times[-1]))
            for take, moments in found
            if moments.seconds >= SHORTEST_S
        ],
        [
            lag(moments, begin, min(end_s, begin + WINDOW_S))
            for begin, moments in windows
            if moments.seconds >= SHORTEST_S
        ],
    )


def mouth_tracks(times: Times, mouth: MouthTrack, hops: Hops) -> TrackMatrix:
    """Return opening, darkness, change, and gradient of the opening at some hops, shape (n, 4)."""
    at = hops * HOP_S
    opening, darkness, change = (
        np.interp(at, times, track) for track in (mouth.opening, mouth.darkness, mouth.change)
    )
    return np.column_stack([opening, darkness, change, np.gradient(opening)])


def _begins(end_s: float) -> list[float]:
    return [float(begin) for begin in np.arange(0, end_s, WINDOW_S)]


def _moments(take: Take, sound: TrackMatrix, filters: Filters) -> LagMoments:
    hops = np.arange(len(sound))
    hops = hops[(hops * HOP_S >= take.times[0]) & (hops * HOP_S <= take.times[-1])]
    if len(hops) < 2:  # noqa: PLR2004 - a gradient needs two
        return LagMoments.nothing(len(filters.weights))
    signals = mouth_signals(mouth_tracks(take.times, take.mouth, hops))
    seen = take.seen[np.searchsorted(take.times, hops * HOP_S, side="right") - 1]
    return LagMoments.of(filters.of_mouth(signals), sound, int(hops[0]), seen)


def _lag(curve: Curve, begin_s: float, end_s: float, seconds: float, zero_s: float) -> Lag:
    lag_s, corr = peak(curve)
    conf = corr - float(np.median(curve))
    return Lag(begin_s, end_s, seconds, lag_s + zero_s, corr, conf, abs(lag_s) < EDGE_S)


def _scatters(deviations: Track) -> bool:
    return bool(np.mean(np.abs(deviations) > SAME_S / 2) > ODD_SHARE)
