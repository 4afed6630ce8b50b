"""What may confuse the measurement of a clip, in words."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import numpy as np

from lipsync_nb.compare.metrics.clip import Clip
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.runs import runs
from lipsync_nb.compare.metrics.speech_levels import speech_level
from lipsync_nb.compare.metrics.sync import Lag
from lipsync_nb.compare.metrics.sync_features import speech_rate

SLOW_FPS = 15.0
"""Below this frame rate, lips close and open between two frames, and an offset is uncertain by half
an interval of them."""
AWAY_S = 0.5
"""Least seconds without a face that are told."""
FROZEN_S = 2.0
"""Least seconds of a frozen picture that are told, as in FFmpeg's filter ``freezedetect``."""
MOST_TOLD = 6
"""Shots and gaps that are told one by one."""
VARIES_DB = 4.0
"""Least deviation of the speech level at the rate of speech. The four clips from which the filters
were learned have 8 to 11 dB."""


def remarks(clip: Clip) -> list[str]:
    """Return what may confuse the measurement; each metric says by itself why it is missing."""
    found: list[str] = []
    for remark in REMARKS:
        with suppress(Missing):
            found += remark(clip)
    return found


def truncated(clip: Clip) -> Iterator[str]:
    """The file ends earlier than it says."""
    has_s, missing_s = clip.truncated
    if missing_s:
        yield f"breaks off at {has_s:.1f} of {has_s + missing_s:.1f} s"


def sound_tracks(clip: Clip) -> Iterator[str]:
    """There are several sound tracks."""
    if clip.sound.of > 1:
        yield f"sound track {clip.sound.number} of {clip.sound.of}"


def slow(clip: Clip) -> Iterator[str]:
    """There are few frames per second."""
    if slack_s := frame_slack_s(clip.scan.fps):
        yield (
            f"only {clip.scan.fps:.3g} frames per second, which makes offsets uncertain by "
            f"± {1000 * slack_s:.0f} ms"
        )


def faces(clip: Clip) -> Iterator[str]:
    """There are several faces."""
    if (most := max(map(len, clip.faces))) > 1:
        yield f"{most} faces; the one that matches the sound best is measured"


def away(clip: Clip) -> Iterator[str]:
    """There is no face in a part of the clip."""
    times, seen = clip.scan.times, np.zeros(len(clip.scan.times), np.bool_)
    for take in clip.takes:
        first = int(np.searchsorted(times, take.times[0]))
        seen[first : first + len(take.seen)] = take.seen
    ends = np.append(times, clip.scan.duration_s)
    gaps = [(ends[begin], ends[end]) for begin, end in runs(~seen)]
    if told := _times(gaps, AWAY_S):
        yield f"no face in {told} s; what is there does not count"


def black(clip: Clip) -> Iterator[str]:
    """The picture is black for a while."""
    if told := _times(clip.scan.black_parts):
        yield f"black at {told} s"


def frozen(clip: Clip) -> Iterator[str]:
    """The picture is frozen for a while."""
    if told := _times(clip.scan.frozen_parts, FROZEN_S):
        yield f"frozen at {told} s"


def shots(clip: Clip) -> Iterator[str]:
    """There are cuts."""
    if (count := len(clip.scan.shots)) > 1:
        told = _few([_told(shot) for shot in clip.sync.shots])
        yield f"{count} shots" + (f"; {told}" if told else "")


def steady(clip: Clip) -> Iterator[str]:
    """The sound does not vary as speech does."""
    deviation = float(np.std(speech_rate(speech_level(clip.audio))))
    if deviation < VARIES_DB and not _in_sync(clip):
        yield (
            f"the level of the sound varies by {deviation:.1f} dB, that of speech by "
            f"{VARIES_DB:g} dB or more, so it may be music or noise"
        )


def zero(clip: Clip) -> Iterator[str]:
    """The filters' zero is not known."""
    if clip.filters.zero_ms is None:
        yield "zero unknown, so that offsets are known only up to a constant"


REMARKS: Final[tuple[Callable[[Clip], Iterator[str]], ...]] = (
    *(truncated, sound_tracks, slow, black, frozen, faces, away, shots, steady, zero),
)


def _in_sync(clip: Clip) -> bool:
    try:
        return clip.sync.unreliable is None
    except Missing:
        return False


def frame_slack_s(fps: float) -> float:
    """Return by how many seconds a low frame rate makes offsets uncertain; 0 for a usual one."""
    return 0.5 / fps if fps < SLOW_FPS else 0.0


def _told(shot: Lag) -> str:
    offset = f"{1000 * shot.offset_s:+.0f} ms" if shot.reliable else "no reliable offset"
    return f"{offset} in {shot.begin_s:.1f}–{shot.end_s:.1f} s"


def _times(parts: list[tuple[float, float]], least_s: float = 0.0) -> str:
    return _few([f"{begin:.1f}–{end:.1f}" for begin, end in parts if end - begin >= least_s])


def _few(told: list[str]) -> str:
    more = len(told) - MOST_TOLD
    return ", ".join(told[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
