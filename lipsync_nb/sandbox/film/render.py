"""The renderer's public face: everything here can run in a worker process."""

from pathlib import Path
from typing import Any

from PIL import Image

from lipsync_nb.sandbox.film.decode import opened
from lipsync_nb.sandbox.film.face_video import render_face_video
from lipsync_nb.sandbox.film.pictures import frame_pixels, is_picture, read_frames, shown_size
from lipsync_nb.sandbox.film.portrait import render_dialogue, render_portrait
from lipsync_nb.sandbox.film.script import render_script
from lipsync_nb.sandbox.film.sound import read_sound
from lipsync_nb.sandbox.film.spec import BadMedia, NoFace, Progress, Rendered, Scene, Style

__all__ = [
    "BadMedia",
    "NoFace",
    "Progress",
    "Rendered",
    "Scene",
    "Style",
    "duration_s",
    "is_picture",
    "poster",
    "render_dialogue",
    "render_face_video",
    "render_portrait",
    "render_script",
]

POSTER_AT = 0.3
"""Share of the video before its poster: later than a fade-in, early enough to be found fast."""
POSTER_QUALITY = 88


def poster(video: Path, out: Path) -> None:
    """Save a frame from the video's first half as a JPEG.

    Raises:
        BadMedia: The video cannot be read.
    """
    frame = frame_at(video, POSTER_AT * video_length_s(video))
    pixels = frame_pixels(frame, *shown_size(frame))
    Image.fromarray(pixels).save(out, "JPEG", quality=POSTER_QUALITY)


def frame_at(video: Path, at_s: float) -> Any:
    """The frame (PyAV's) that begins at a time or next after it, or else the last one."""
    for time_s, frame in read_frames(video):
        found = frame
        if time_s >= at_s:
            break
    return found


def duration_s(media: Path) -> float:
    """Length in seconds: of the sound, or of the pictures where there is no sound.

    Raises:
        BadMedia: Unreadable, or neither sound nor moving pictures.
    """
    with opened(media) as container:
        has_sound = bool(container.streams.audio)
    if has_sound:
        return read_sound(media).duration_s
    if is_picture(media):
        raise BadMedia(f"{media.name} is a still picture")
    return video_length_s(media)


def video_length_s(video: Path) -> float:
    """From a video's first frame to the end of its last, in seconds."""
    return max(
        time_s + float((frame.duration or 0) * (frame.time_base or 0))
        for time_s, frame in read_frames(video)
    )
