"""Reads the length and the size of media files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.decode.containers import Undecodable, open_container, picture_track
from lipsync_nb.decode.frames import Shown
from lipsync_nb.decode.lengths import duration_s as length_s
from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile, cached_by_version
from lipsync_nb.media.picture import upright

if TYPE_CHECKING:
    import av


@contextmanager
def opened(path: Path) -> Iterator["av.container.InputContainer"]:
    """Open sound or a clip for reading, whatever its name; see `open_container`.

    Raises:
        BadRequest: There is nothing to read in it, or its frames are too large.
        av.FFmpegError: It cannot be read.
    """
    # Not by name, as FFmpeg reads "12:30.wav" as a protocol, and "a%02d.png" as many files.
    try:
        with path.open("rb") as file, open_container(file) as container:
            yield container
    except Undecodable as error:
        raise BadRequest(f"{path}: {error}") from None


def has_pictures(path: Path) -> bool:
    """Return whether a file, or the beginning of one, names a track of moving pictures."""
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with opened(path) as container:
            return picture_track(container) is not None
    except (av.FFmpegError, BadRequest, OSError):
        return False


def first_frame(path: Path) -> Shown:
    """Return the first frame of a clip.

    Raises:
        BadRequest: It is no clip, or its frames are too large.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with opened(path) as container:
            if (track := picture_track(container)) is None:
                raise BadRequest(f"{path}: not readable as a clip (it has no pictures)")
            track.thread_count = 1  # more threads do not pay for one frame
            return Shown.of(next(container.decode(track)), track)
    except (av.FFmpegError, StopIteration, OSError) as error:
        raise BadRequest(f"{path}: not readable as a clip ({error})") from None


def duration_s(path: Path) -> float:
    """Return the length of sound or a clip in seconds; `BadRequest` if it is neither."""
    import av  # noqa: PLC0415 - heavy, and seldom needed

    if LocalFile.of(path).mime.startswith("image/"):
        raise BadRequest(f"{path}: a picture has no length")
    try:
        return _duration_s(path)
    except (av.FFmpegError, OSError) as error:
        raise BadRequest(f"{path}: not readable as sound or video ({error.strerror})") from None


@cached_by_version(256)
def _duration_s(path: Path) -> float:
    with opened(path) as container:
        return length_s(container)


def frame_size(path: Path) -> tuple[int, int]:
    """Return the width and height of a clip or picture in pixels, as it is to be shown.

    Raises:
        BadRequest: The file is neither.
    """
    if LocalFile.of(path).mime.startswith("image/"):
        return upright(path).size
    return first_frame(path).size
