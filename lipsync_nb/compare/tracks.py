"""Mouth motion and loudness of a video over time."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from lipsync_nb.compare.metrics.arrays import Track

FULL_PERCENTILE = 98
"""Percentile of a track that is drawn at full height, so that single peaks do not flatten it."""


@dataclass(frozen=True)
class Tracks:
    """Mouth motion and loudness at each frame of a video.

    Attributes:
        times_s: Presentation times of the frames since the first one, seconds, shape (n,).
        mouth: Motion of the mouth, grey levels (of 255) per second, less the motion of the head,
            shape (n,); NaN where there is no face.
        voice_db: Level of the video's sound in the speech band, decibels above a floor 40 dB below
            its loud parts (0 to about 45), shape (n,); NaN where there is no sound.
        speech_db: Level of the given speech, in the units of ``voice_db``; NaN if none was given,
            and after its end.
        offset_ms: How late the sound is in the window of 5 s in which the frame lies, shape (n,);
            NaN where that is not reliable.
        notes: Why a track is missing, by the name of the track.
    """

    times_s: Track
    mouth: Track
    voice_db: Track
    speech_db: Track
    offset_ms: Track
    notes: dict[str, str]

    @classmethod
    def of(cls, found: Mapping[str, Track], notes: dict[str, str]) -> Self:
        """Return the tracks that were found; the others are NaN."""
        nothing = np.full(len(found.get("times_s", [])), np.nan)
        names = [field.name for field in fields(cls) if field.name != "notes"]
        return cls(**{name: found.get(name, nothing) for name in names}, notes=notes)


def to_unit(track: Track, top: float | None = None) -> Track:
    """Return a track scaled to 0 to 1 for drawing; NaN stays NaN.

    Args:
        track: Values from 0 up, in any unit.
        top: The value that becomes 1; by default the track's 98th percentile.
    """
    known = track[np.isfinite(track)]
    if top is None and len(known):
        top = float(np.percentile(known, FULL_PERCENTILE))
    return np.clip(track / (top or 1.0), 0, 1)
