"""A video's mouth and voice, side by side over time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lipsync_nb.compare.signals.arrays import Samples, Track
from lipsync_nb.compare.signals.clip import Clip
from lipsync_nb.compare.signals.levels import HOP_S, speech_level
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.compare.signals.threads import one_thread
from lipsync_nb.media.media import MediaLike

SHORTEST_INTERVAL_S = 0.001
"""Seconds by which frames that bear the same time are taken to be apart."""
LIVELY = 98
"""Percentile of a track that fills a strip: single peaks do not flatten the rest."""


@dataclass(frozen=True)
class Tracks:
    """What the mouth does and what is heard, at each frame of a video.

    Attributes:
        times_s: Presentation times of the frames, seconds from the video's start, shape (n,).
        mouth: Motion of the mouth, grey levels (of 255) per second, the head's own motion taken
            off, shape (n,); NaN where there is no face.
        voice_db: Level of the sound in the speech band, decibels above a floor 40 dB below its
            loud parts (0 to about 45), shape (n,); NaN where there is no sound.
        speech_db: Level of the speech given, in the units of ``voice_db``; NaN where none was
            given, or beyond its end.
        notes: Why a track is missing, by the track's name.
    """

    times_s: Track
    mouth: Track
    voice_db: Track
    speech_db: Track
    notes: dict[str, str]


def tracks(video: MediaLike, speech: MediaLike | None = None) -> Tracks:
    """Return a video's mouth motion and voice over time, to be plotted.

    Args:
        video: The video, as `measure` takes it.
        speech: The speech, as `measure` takes it; its level is ``Tracks.speech_db``.

    Raises:
        BadRequest: A path that does not exist, or a URL.
    """
    return tracks_in(Clip(video, speech, None))


def tracks_in(clip: Clip) -> Tracks:
    """Return the tracks of a clip; see `tracks`."""
    found, notes = {}, {}
    with one_thread():
        for name, work in _TRACKS.items():
            try:
                found[name] = work(clip)
            except Missing as missing:
                notes[name] = str(missing)
    nothing = np.full(len(found.get("times_s", [])), np.nan)
    return Tracks(**{name: found.get(name, nothing) for name in _TRACKS}, notes=notes)


def to_unit(track: Track, top: float | None = None) -> Track:
    """Return a track on a scale from 0 to 1, to be drawn; NaN stays.

    Args:
        track: Values of any unit, from 0 up.
        top: What becomes 1; by default the track's 98th percentile.
    """
    known = track[np.isfinite(track)]
    if top is None and len(known):
        top = float(np.percentile(known, LIVELY))
    return np.clip(track / (top or 1.0), 0, 1)


def _mouth(clip: Clip) -> Track:
    intervals = np.diff(clip.seen.times, prepend=-1 / clip.seen.fps)
    return clip.closeup.mouth.change / np.maximum(intervals, SHORTEST_INTERVAL_S)


def _level(clip: Clip, samples: Samples) -> Track:
    levels = speech_level(samples)
    hops = np.arange(len(levels)) * HOP_S
    return np.interp(clip.seen.times, hops, levels, right=np.nan)


_TRACKS: Mapping[str, Callable[[Clip], Track]] = {
    "times_s": lambda clip: clip.seen.times,
    "mouth": _mouth,
    "voice_db": lambda clip: _level(clip, clip.heard),
    "speech_db": lambda clip: _level(clip, clip.said.samples),
}
