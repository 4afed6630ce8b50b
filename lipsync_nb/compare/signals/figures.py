"""The figures of a clip, in groups that share their reason when they are missing."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np

from lipsync_nb.compare.signals.clip import Clip
from lipsync_nb.compare.signals.levels import HOP_S, speech_level
from lipsync_nb.compare.signals.likeness import Likeness
from lipsync_nb.compare.signals.row import Figures, Missing
from lipsync_nb.compare.signals.sound_match import level_match, match
from lipsync_nb.compare.signals.sync import on_grid, synchrony

SPEAKS_DB, SILENT_DB = 25, 12
"""Decibels above the floor from which on it is surely speech, and below which surely silence."""
LEAST_S = 0.3
"""Seconds of speech and of silence that it takes to say how the mouth moves in each."""


def picture(clip: Clip) -> Figures:
    """Size of the frames and of the file, and whether there is a face."""
    seen = clip.seen
    return {
        "width": seen.width,
        "height": seen.height,
        "size_mb": clip.size_bytes / 1e6,
        "face_found": seen.face_found,
    }


def time(clip: Clip) -> Figures:
    """Length and rate."""
    seen = clip.seen
    return {
        "fps": seen.fps,
        "vfr": seen.vfr,
        "duration_s": seen.duration_s,
        "bitrate_kbps": clip.size_bytes * 8 / 1000 / seen.duration_s,
        "frozen": seen.frozen,
    }


def length(clip: Clip) -> Figures:
    """Length against the speech's."""
    return {"duration_delta_s": clip.seen.duration_s - clip.said.duration_s}


def sync(clip: Clip) -> Figures:
    """Mouth against sound."""
    found = synchrony(clip.seen.times, clip.closeup.mouth, clip.heard)
    unsure = Missing(f"not reliable (sync_conf {found.conf:.2f})")
    return {
        "av_offset_ms": found.offset_s * 1000 if found.reliable else unsure,
        "sync_corr": found.corr,
        "sync_conf": found.conf,
        "sync_reliable": found.reliable,
    }


def sound(clip: Clip) -> Figures:
    """Sound against speech."""
    found = match(clip.heard, clip.said.samples)
    other = Missing(f"the sound is not the speech's own recording (audio_corr {found.corr:.2f})")
    return {
        "audio_lag_ms": found.lag_s * 1000 if found.own_recording else other,
        "audio_corr": found.corr,
        "audio_sisdr_db": found.sisdr_db,
    }


def pace(clip: Clip) -> Figures:
    """Sound against speech, whoever speaks."""
    return {"audio_mel_corr": level_match(clip.heard, clip.said.samples)}


def likeness(clip: Clip) -> Figures:
    """Face against the face given."""
    if not (alike := clip.closeup.alike):
        Likeness.of(clip.given("face"))  # says why not
    return {"upper_face_ncc": float(np.median(alike))}


def sharpness(clip: Clip) -> Figures:
    """How sharp face and mouth are."""
    face, mouth = np.median(clip.closeup.sharp, axis=0).tolist()
    return {"sharp_face": face, "sharp_mouth": mouth}


def stillness(clip: Clip) -> Figures:
    """Whether the mouth rests in silence."""
    level = speech_level(clip.heard)
    if clip.closeup.mouth.still:
        raise Missing("the mouth does not move")
    seconds = min(float(clip.seen.times[-1]), len(level) * HOP_S)
    motion = on_grid(clip.seen.times, clip.closeup.mouth.change, seconds)
    count = min(len(level), len(motion))
    level, motion = level[:count], motion[:count]
    speaks, silent = level > SPEAKS_DB, level < SILENT_DB
    for name, part in (("speech", speaks), ("silence", silent)):
        if part.sum() * HOP_S < LEAST_S:
            raise Missing(f"less than {LEAST_S:g} s of {name}")
    return {"silence_motion_ratio": float(motion[silent].mean() / motion[speaks].mean())}


Group: TypeAlias = Callable[[Clip], Figures]
GROUPS: Final[Mapping[Group, tuple[str, ...]]] = {
    picture: ("width", "height", "size_mb", "face_found"),
    time: ("fps", "vfr", "duration_s", "bitrate_kbps", "frozen"),
    length: ("duration_delta_s",),
    sync: ("av_offset_ms", "sync_corr", "sync_conf", "sync_reliable"),
    sound: ("audio_lag_ms", "audio_corr", "audio_sisdr_db"),
    pace: ("audio_mel_corr",),
    likeness: ("upper_face_ncc",),
    sharpness: ("sharp_face", "sharp_mouth"),
    stillness: ("silence_motion_ratio",),
}
"""What works figures out, and which."""
