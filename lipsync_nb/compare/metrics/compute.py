"""Compute the metrics of one video, and its tracks over time."""

from collections.abc import Callable, Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import numpy as np

from lipsync_nb.compare.columns import NAMES
from lipsync_nb.compare.metrics.arrays import Samples, Track
from lipsync_nb.compare.metrics.audio_match import match_audio, match_levels
from lipsync_nb.compare.metrics.clip import Clip
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.remarks import frame_slack_s, remarks
from lipsync_nb.compare.metrics.similarity import FaceSimilarity
from lipsync_nb.compare.metrics.single_thread import one_thread
from lipsync_nb.compare.metrics.speech_levels import HOP_S, speech_level
from lipsync_nb.compare.tracks import Tracks
from lipsync_nb.media import Media

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

SPEECH_DB, SILENCE_DB = 25, 12
"""Decibels above the floor: louder sound is certainly speech, quieter sound certainly silence."""
LEAST_S = 0.3
"""Seconds of speech and of silence that ``silence_motion_ratio`` needs."""
SHORTEST_INTERVAL_S = 0.001
"""Least interval of two frames, seconds, for frames with the same timestamp."""

Metrics: TypeAlias = Mapping[str, "float | bool | str | Missing"]
"""Metrics by column name, or the reason why one is missing."""


def picture(clip: Clip) -> Metrics:
    """Size of the frames and of the file, and how often a face was found."""
    return {
        "width": clip.scan.width,
        "height": clip.scan.height,
        "size_mb": clip.size_bytes / 1e6,
        "face_found": clip.scan.face_found,
    }


def time(clip: Clip) -> Metrics:
    """Duration and rates."""
    return {
        "fps": clip.scan.fps,
        "vfr": clip.scan.vfr,
        "duration_s": clip.scan.duration_s,
        "bitrate_kbps": clip.size_bytes * 8 / 1000 / clip.scan.duration_s,
        "frozen": clip.scan.frozen,
        "frozen_s": max((end - begin for begin, end in clip.scan.frozen_parts), default=0.0),
        "black_s": sum((end - begin for begin, end in clip.scan.black_parts), 0.0),
    }


def truncated(clip: Clip) -> Metrics:
    """How much of the file is missing."""
    _, missing_s = clip.truncated
    return {"truncated_s": missing_s}


def duration_delta(clip: Clip) -> Metrics:
    """Duration against that of the speech."""
    return {"duration_delta_s": clip.scan.duration_s - clip.speech.duration_s}


def sound_excess(clip: Clip) -> Metrics:
    """End of the sound against that of the picture."""
    picture_end_s = clip.scan.timestamps[0] + clip.scan.duration_s
    return {"sound_excess_s": clip.sound.end_s - picture_end_s}


def sync(clip: Clip) -> Metrics:
    """Mouth against sound."""
    found = clip.sync
    (low_s, high_s), slack_s = found.interval_s, frame_slack_s(clip.scan.fps)
    corr_low, corr_high = found.corr_interval
    offsets: dict[str, float | Missing] = {
        "av_offset_ms": found.whole.offset_s * 1000,
        "av_offset_low_ms": (low_s - slack_s) * 1000,
        "av_offset_high_ms": (high_s + slack_s) * 1000,
    }
    if (why := found.unreliable) is not None:
        offsets = dict.fromkeys(offsets, Missing(why))
    return {
        **offsets,
        "sync_corr": found.whole.corr,
        "sync_corr_low": corr_low,
        "sync_corr_high": corr_high,
        "sync_conf": found.whole.conf,
        "sync_reliable": why is None,
    }


def extremes(clip: Clip) -> Metrics:
    """The smallest and the largest offset."""
    low_s, high_s = clip.sync.extremes_s
    return {"av_offset_min_ms": low_s * 1000, "av_offset_max_ms": high_s * 1000}


def filters(clip: Clip) -> Metrics:
    """Which filters of mouth and sound were used."""
    return {"sync_filters": clip.filters.version}


def drift(clip: Clip) -> Metrics:
    """Change of the offset over time."""
    return {"drift_ms_per_min": clip.sync.drift * 60_000}


def audio(clip: Clip) -> Metrics:
    """Waveform of the sound against that of the speech."""
    found = match_audio(clip.audio, clip.speech.samples)
    other = Missing(f"the sound is not the speech's own recording (audio_corr {found.corr:.2f})")
    return {
        "audio_lag_ms": found.lag_s * 1000 if found.own_recording else other,
        "audio_corr": found.corr,
        "audio_sisdr_db": found.sisdr_db,
    }


def loudness(clip: Clip) -> Metrics:
    """Loudness of the sound."""
    return {"loudness_lufs": clip.sound_levels.lufs}


def clipped(clip: Clip) -> Metrics:
    """Clipped samples of the sound."""
    return {"clipped": clip.sound_levels.clipped}


def audio_levels(clip: Clip) -> Metrics:
    """Levels of the sound against those of the speech; the voice may differ."""
    return {"audio_mel_corr": match_levels(clip.audio, clip.speech.samples)}


def similarity(clip: Clip) -> Metrics:
    """Face against the face that was given."""
    similarities = [value for shot in clip.faces for value in shot[0].similarities]
    if not similarities:
        FaceSimilarity.of(clip.face)  # raises the reason
    return {"upper_face_ncc": float(np.median(similarities))}


def outside(clip: Clip) -> Metrics:
    """What should be as in the face that was given: all but the mouth."""
    compared = clip.outside
    likeness = _found(compared.likeness)
    if not isinstance(likeness, Missing):
        psnr, ssim = likeness
        change = _found(compared.background_change)
        return {"psnr_outside_db": psnr, "ssim_outside": ssim, "background_change": change}
    change = _found(compared.background_change) if compared.still else likeness
    return {"psnr_outside_db": likeness, "ssim_outside": likeness, "background_change": change}


def sharpness(clip: Clip) -> Metrics:
    """Sharpness of face and mouth."""
    found = [value for shot in clip.faces for value in shot[0].sharpness]
    face, mouth = np.median(found, axis=0).tolist()
    return {"sharp_face": face, "sharp_mouth": mouth}


def silence(clip: Clip) -> Metrics:
    """Motion of the mouth in silence against that in speech."""
    level = speech_level(clip.audio)
    if all(take.mouth.still for take in clip.takes):
        raise Missing("the mouth does not move")
    hops = np.arange(len(level)) * HOP_S
    motion = np.interp(hops, clip.scan.times, _change(clip), left=np.nan, right=np.nan)
    speech = (level > SPEECH_DB) & np.isfinite(motion)
    silent = (level < SILENCE_DB) & np.isfinite(motion)
    for name, part in (("speech", speech), ("silence", silent)):
        if part.sum() * HOP_S < LEAST_S:
            raise Missing(f"less than {LEAST_S:g} s of {name}")
    return {"silence_motion_ratio": float(motion[silent].mean() / motion[speech].mean())}


GROUPS: Final[Mapping[Callable[[Clip], Metrics], tuple[str, ...]]] = {
    picture: ("width", "height", "size_mb", "face_found"),
    time: ("fps", "vfr", "duration_s", "bitrate_kbps", "frozen", "frozen_s", "black_s"),
    truncated: ("truncated_s",),
    duration_delta: ("duration_delta_s",),
    sound_excess: ("sound_excess_s",),
    sync: (
        *("av_offset_ms", "av_offset_low_ms", "av_offset_high_ms"),
        *("sync_corr", "sync_corr_low", "sync_corr_high"),
        *("sync_conf", "sync_reliable"),
    ),
    extremes: ("av_offset_min_ms", "av_offset_max_ms"),
    filters: ("sync_filters",),
    drift: ("drift_ms_per_min",),
    audio: ("audio_lag_ms", "audio_corr", "audio_sisdr_db"),
    audio_levels: ("audio_mel_corr",),
    loudness: ("loudness_lufs",),
    clipped: ("clipped",),
    similarity: ("upper_face_ncc",),
    outside: ("psnr_outside_db", "ssim_outside", "background_change"),
    sharpness: ("sharp_face", "sharp_mouth"),
    silence: ("silence_motion_ratio",),
}
"""The functions that compute metrics, each with its columns. If one raises `Missing`, all of its
columns are missing for that reason."""


def compute_row(clip: Clip, others: Metrics | None = None) -> "pd.Series":
    """Return the metrics of a clip; see `lipsync_nb.measure`.

    Args:
        clip: The clip.
        others: Metrics that are already known.
    """
    found = dict(others or {})
    with one_thread():
        for compute, names in GROUPS.items():
            try:
                found |= compute(clip)
            except Missing as missing:
                found |= dict.fromkeys(names, missing)
        return row_of(found, str(clip.video), remarks(clip))


def row_of(metrics: Metrics, name: str, remarked: Sequence[str] = ()) -> "pd.Series":
    """Return one entry per column, and ``notes``: remarks, then the reasons by column.

    Args:
        metrics: The metrics.
        name: Name of the series.
        remarked: What may confuse the measurement.
    """
    import pandas as pd  # noqa: PLC0415 - takes long to import

    ordered = {key: metrics[key] for key in NAMES if key in metrics}
    empty = dict.fromkeys(NAMES, nan) | {"notes": "; ".join(remarked)}
    return pd.Series(with_metrics(empty, ordered), name=name, dtype=object)


def with_metrics(row: Mapping[str, Any], metrics: Metrics) -> dict[str, Any]:
    """Return a row with further metrics; the reasons why some are missing end its notes."""
    missing = {key: value for key, value in metrics.items() if isinstance(value, Missing)}
    reasons = [f"{key}: {reason}" for key, reason in missing.items()]
    notes = "; ".join(filter(None, [row["notes"], *reasons]))
    return {**row, **metrics, **dict.fromkeys(missing, nan), "notes": notes}


def compute_tracks(clip: Clip) -> Tracks:
    """Return the tracks of a clip."""
    found, notes = {}, {}
    with one_thread():
        for name, compute in _TRACKS.items():
            try:
                found[name] = compute(clip)
            except Missing as missing:
                notes[name] = str(missing)
    return Tracks.of(found, notes)


def row_and_tracks(
    video: Media, speech: Media | None, face: Media | None
) -> tuple["pd.Series", Tracks]:
    """Return the row and the tracks of a video, which is decoded once for both."""
    clip = Clip(video, speech, face)
    return compute_row(clip), compute_tracks(clip)


def _found(compute: Callable[[], T]) -> T | Missing:
    try:
        return compute()
    except Missing as missing:
        return missing


def _change(clip: Clip) -> Track:
    """Return the motion of the mouth in each frame; NaN in shots without a face."""
    change = np.full(len(clip.scan.times), np.nan)
    for take in clip.takes:
        first = int(np.searchsorted(clip.scan.times, take.times[0]))
        change[first : first + len(take.times)] = take.mouth.change
    return change


def _mouth(clip: Clip) -> Track:
    intervals = np.diff(clip.scan.times, prepend=-1 / clip.scan.fps)
    return _change(clip) / np.maximum(intervals, SHORTEST_INTERVAL_S)


def _level(clip: Clip, samples: Samples) -> Track:
    levels = speech_level(samples)
    hops = np.arange(len(levels)) * HOP_S
    return np.interp(clip.scan.times, hops, levels, right=np.nan)


def _offset(clip: Clip) -> Track:
    times, offsets = clip.scan.times, np.full(len(clip.scan.times), np.nan)
    for window in clip.sync.windows:
        if window.reliable:
            offsets[(times >= window.begin_s) & (times < window.end_s)] = 1000 * window.offset_s
    return offsets


_TRACKS: Mapping[str, Callable[[Clip], Track]] = {
    "times_s": lambda clip: clip.scan.times,
    "mouth": _mouth,
    "voice_db": lambda clip: _level(clip, clip.audio),
    "speech_db": lambda clip: _level(clip, clip.speech.samples),
    "offset_ms": _offset,
}
