"""Clip of a face and speech → the same clip, speaking."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from lipsync_nb.sandbox.film.actor import Actor
from lipsync_nb.sandbox.film.envelope import mouth_controls
from lipsync_nb.sandbox.film.faces import one_thread
from lipsync_nb.sandbox.film.footage import Footage, Size
from lipsync_nb.sandbox.film.framing import Framing, framing
from lipsync_nb.sandbox.film.lettering import watermark
from lipsync_nb.sandbox.film.mouth_inside import Field
from lipsync_nb.sandbox.film.mp4 import Mp4, frame_count
from lipsync_nb.sandbox.film.pictures import (
    even_size,
    frame_pixels,
    read_frames,
    read_picture,
    shown_size,
)
from lipsync_nb.sandbox.film.sound import read_sound
from lipsync_nb.sandbox.film.spec import Progress, Rendered, Steps, Style, even
from lipsync_nb.sandbox.film.track import FaceTrack

READING_SHARE = 0.4
"""Share of the progress that reading the clip counts for; drawing counts for the rest."""


@one_thread()
def render_face_video(
    video: Path,
    speech: Path,
    out: Path,
    style: Style,
    *,
    backway: bool = True,
    size: Sequence[int] | None = None,
    mouth_mask: Path | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Make the face in a clip say something else.

    A clip longer than the speech is cut off; a shorter one is played again.

    Args:
        video: Any clip with a face looking at the camera, more or less.
        speech: Any sound, or a clip with sound.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        backway: Played again, the clip runs backwards from its end (else it starts anew).
        size: Exact width and height of the result, pixels, in place of ``style.height``; a clip
            of another shape is cropped a little, or put between black bars.
        mouth_mask: A picture laid over the clip: the mouth changes where it is white only.
        progress: Called with the share done, 0 to 1.

    Returns:
        The facts of the video; it is as long as the speech, up to one frame longer.

    Raises:
        NoFace: Nobody is in the clip.
        BadMedia: The clip, the speech or the mask cannot be read.
    """
    sound = read_sound(speech)
    frames = frame_count(sound, style.fps)
    steps = Steps(frames, progress)
    footage, track, framed = watch(video, sound.duration_s, size, style.height, steps)
    actor = Actor(footage, track, mask_field(mouth_mask, footage.size))
    controls = mouth_controls(sound, style.fps, frames, style.av_offset_ms / 1000)
    played = footage.played(np.arange(frames) / style.fps, backway=backway)
    labels = watermark(style.watermark, framed.out[::-1])
    with Mp4(out, *framed.out, sound, style) as mp4:
        for frame, source in enumerate(played):
            mouth = controls.openness[frame], controls.width[frame]
            pixels = framed.finish(actor.speaking(source, *mouth))
            for label in labels:
                label.over(pixels)
            mp4.write(pixels)
            steps.done(round(frames * READING_SHARE + (frame + 1) * (1 - READING_SHARE)))
    return mp4.rendered


def watch(
    video: Path, seconds: float, size: Sequence[int] | None, height: int, steps: Steps
) -> tuple[Footage, FaceTrack, Framing]:
    """Read the clip's first ``seconds`` and follow its face.

    Args:
        video: The clip.
        seconds: How much of it is wanted.
        size: Exact width and height of the result, or None.
        height: Of the result, in the latter case.
        steps: Is told how much has been read.
    """
    frames = read_frames(video)
    _, first = next(frames)
    shown = shown_size(first)
    exact = (even(size[0]), even(size[1])) if size else even_size(*shown, height)
    framed = framing(shown, exact)
    footage, track = Footage(framed.work), FaceTrack()
    for time_s, frame in chain([(0.0, first)], frames):
        if time_s >= seconds:
            break
        pixels = frame_pixels(frame, *framed.work)
        footage.add(time_s, pixels)
        track.add(pixels)
        steps.done(round(steps.total * READING_SHARE * time_s / seconds))
    return footage, track, framed


def mask_field(mask: Path | None, size: Size) -> Field | None:
    """A mask picture as opacities, 0 to 1, for each pixel of the frame."""
    if mask is None:
        return None
    gray = cv2.cvtColor(read_picture(mask), cv2.COLOR_RGB2GRAY)
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
