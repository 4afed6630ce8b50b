"""Reading pictures and clips as RGB arrays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from lipsync_nb.decode import pictures
from lipsync_nb.decode.containers import Undecodable, open_container, picture_track
from lipsync_nb.decode.frames import Shown

Pixels = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

Size = tuple[int, int]
"""Width and height in pixels."""

Number = TypeVar("Number", bound=np.generic)

MAX_WIDTH = 4096
"""Pixels. A wider picture is scaled down further."""

POSTER_AT = 0.3
"""The poster's position in the video, as a share of its length: after any fade-in."""
POSTER_QUALITY = 88


class BadMedia(ValueError):
    """A picture, sound, clip or presentation cannot be read. The message gives the reason."""


@dataclass(frozen=True)
class Rectangle:
    """A rectangle in whole pixels; ``right`` and ``bottom`` are just outside it."""

    left: int
    top: int
    right: int
    bottom: int

    def crop(self, pixels: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """This part of a picture, as a view."""
        return pixels[self.top : self.bottom, self.left : self.right]


def read_picture(path: Path, height: int | None = None) -> Pixels:
    """Decode a picture as it is to be shown; see `lipsync_nb.decode.pictures`.

    Args:
        path: A file of any format that Pillow reads.
        height: Scale to about this height and an even size, in pixels.

    Raises:
        BadMedia: The file is not a picture, or it is damaged.
    """
    try:
        with path.open("rb") as file:
            opaque = pictures.read_picture(file)
    except (Undecodable, OSError) as error:
        raise BadMedia(f"{path.name} is not a readable picture") from error
    if height is not None:
        opaque = opaque.resize(even_size(*opaque.size, height), Image.Resampling.LANCZOS)
    return np.array(opaque)


def is_picture(path: Path) -> bool:
    """Whether a file is a still picture, and not a clip or a sound."""
    try:
        with path.open("rb") as file:
            return pictures.is_picture(file)
    except OSError:
        return False


def even(pixels: float) -> int:
    """The nearest even number of pixels, at least 2. H.264 needs even sizes."""
    return max(2, round(pixels / 2) * 2)


def even_size(width: float, height: float, new_height: int) -> Size:
    """Even width and height of about ``new_height`` in the same shape, at most MAX_WIDTH wide."""
    scale = min(even(new_height) / height, MAX_WIDTH / width)
    return even(width * scale), even(height * scale)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a container for reading; errors of PyAV inside the block become BadMedia."""
    try:
        with path.open("rb") as file, open_container(file) as container:
            yield container
    except (av.FFmpegError, Undecodable, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadMedia(f"{path.name} cannot be read: {reason}") from error


def decoded(container: Any, track: Any) -> Iterator[Any]:
    """The decoded frames of a track, up to the end or to the first damaged place."""
    frames = container.decode(track)
    while True:
        try:
            yield next(frames)
        except (StopIteration, av.FFmpegError):
            return


def read_frames(path: Path) -> Iterator[tuple[float, Shown]]:
    """A clip's frames with their times in seconds, the first at 0.

    Of a damaged clip, the frames before the damage are given.

    Raises:
        BadMedia: The file cannot be read, or has no pictures.
    """
    start: float | None = None
    with opened(path) as container:
        if (track := picture_track(container)) is None:
            raise BadMedia(f"{path.name} has no pictures")
        track.thread_type = "AUTO"
        for frame in decoded(container, track):
            time = frame.time or 0.0
            start = time if start is None else start
            yield time - start, Shown.of(frame, track)
    if start is None:
        raise BadMedia(f"{path.name} has no readable frame")


def video_length_s(video: Path) -> float:
    """The time from a video's first frame to the end of its last, in seconds."""
    return max(
        time_s + float((shown.frame.duration or 0) * (shown.frame.time_base or 0))
        for time_s, shown in read_frames(video)
    )


def poster(video: Path, out: Path) -> None:
    """Save a frame from the video's first half as a JPEG.

    Raises:
        BadMedia: The video cannot be read.
    """
    at_s = POSTER_AT * video_length_s(video)
    for time_s, shown in read_frames(video):  # noqa: B007 - the last one is saved
        if time_s >= at_s:
            break
    Image.fromarray(shown.pixels()).save(out, "JPEG", quality=POSTER_QUALITY)
