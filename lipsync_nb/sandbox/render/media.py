"""Reading pictures and clips as RGB arrays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

Pixels = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

Size = tuple[int, int]
"""Width and height in pixels."""

Number = TypeVar("Number", bound=np.generic)

MAX_WIDTH = 4096
"""Pixels. A wider picture is scaled down further."""

PICTURE_ERRORS = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What Pillow raises for a file that is not a picture, is damaged, or is far too large."""

DECODES_ALL_TAGS = 19
"""PyAV reads tags in any encoding without an option from this version on."""

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
    """Decode a picture, turned upright by its EXIF data, with transparent parts white.

    Args:
        path: A file of any format that Pillow reads.
        height: Scale to about this height and an even size, in pixels.

    Raises:
        BadMedia: The file is not a picture, or it is damaged.
    """
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except PICTURE_ERRORS as error:
        raise BadMedia(f"{path.name} is not a readable picture") from error
    opaque = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright).convert("RGB")
    if height is not None:
        opaque = opaque.resize(even_size(*opaque.size, height), Image.Resampling.LANCZOS)
    return np.array(opaque)


def is_picture(path: Path) -> bool:
    """Whether a file is a still picture, and not a clip or a sound."""
    try:
        with Image.open(path):
            return True
    except PICTURE_ERRORS:
        return False


def even(pixels: float) -> int:
    """The nearest even number of pixels, at least 2. H.264 needs even sizes."""
    return max(2, round(pixels / 2) * 2)


def even_size(width: float, height: float, new_height: int) -> Size:
    """Even width and height of about ``new_height`` in the same shape, at most MAX_WIDTH wide."""
    scale = min(even(new_height) / height, MAX_WIDTH / width)
    return even(width * scale), even(height * scale)


def open_container(path: Path) -> Any:
    """Open a container for reading, whatever the encoding of its tags. Errors are PyAV's."""
    needs_option = int(av.__version__.partition(".")[0]) < DECODES_ALL_TAGS
    options: dict[str, Any] = {"metadata_errors": "surrogateescape"} if needs_option else {}
    return av.open(str(path), "r", **options)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a container for reading; errors of PyAV inside the block become BadMedia."""
    try:
        with open_container(path) as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadMedia(f"{path.name} cannot be read: {reason}") from error


def decoded(container: Any, kind: Literal["audio", "video"]) -> Iterator[Any]:
    """The decoded frames, up to the end or to the first damaged place."""
    frames = container.decode(**{kind: 0})
    while True:
        try:
            yield next(frames)
        except (StopIteration, av.FFmpegError):
            return


def read_frames(path: Path) -> Iterator[tuple[float, Any]]:
    """A clip's frames (PyAV's) with their times in seconds, the first at 0.

    Of a damaged clip, the frames before the damage are given.

    Raises:
        BadMedia: The file cannot be read, or has no pictures.
    """
    start: float | None = None
    with opened(path) as container:
        if not container.streams.video:
            raise BadMedia(f"{path.name} has no pictures")
        container.streams.video[0].thread_type = "AUTO"
        for frame in decoded(container, "video"):
            time = frame.time or 0.0
            start = time if start is None else start
            yield time - start, frame
    if start is None:
        raise BadMedia(f"{path.name} has no readable frame")


def display_size(frame: Any) -> Size:
    """The size at which a PyAV frame is to be shown; phones store clips rotated."""
    rotated = frame.rotation % 180 != 0
    return (frame.height, frame.width) if rotated else (frame.width, frame.height)


def frame_pixels(frame: Any, width: int, height: int) -> Pixels:
    """A PyAV frame as RGB, upright, scaled to this size."""
    quarter_turns = round(frame.rotation / 90) % 4
    stored = (height, width) if quarter_turns % 2 else (width, height)
    method = "AREA" if stored[1] < frame.height else "BICUBIC"
    scaled = frame.reformat(*stored, "rgb24", interpolation=method).to_ndarray()
    return np.ascontiguousarray(np.rot90(scaled, quarter_turns))


def video_length_s(video: Path) -> float:
    """The time from a video's first frame to the end of its last, in seconds."""
    return max(
        time_s + float((frame.duration or 0) * (frame.time_base or 0))
        for time_s, frame in read_frames(video)
    )


def poster(video: Path, out: Path) -> None:
    """Save a frame from the video's first half as a JPEG.

    Raises:
        BadMedia: The video cannot be read.
    """
    at_s = POSTER_AT * video_length_s(video)
    for time_s, frame in read_frames(video):
        shown = frame
        if time_s >= at_s:
            break
    pixels = frame_pixels(shown, *display_size(shown))
    Image.fromarray(pixels).save(out, "JPEG", quality=POSTER_QUALITY)
