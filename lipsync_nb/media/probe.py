"""Reads the length and the size of media files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lipsync_nb.errors import BadRequest

if TYPE_CHECKING:
    import av

LARGEST_FRAME = 40_000_000
"""Pixels of a frame; a frame of an 8K clip has 35 million. A file of less than 1 MB can have frames
that take gigabytes of memory when they are decoded."""
METADATA_ERRORS_UNTIL = 19
"""From this major version on, PyAV reads tags of any encoding and has no option for it."""


@contextmanager
def opened(path: Path) -> Iterator["av.container.InputContainer"]:
    """Open a media file for reading, whatever its name; see `open_container`."""
    # Not by name, as FFmpeg reads "12:30.wav" as a protocol, and "a%02d.png" as many files.
    with path.open("rb") as file:
        try:
            container = open_container(file)
        except BadRequest as error:
            raise BadRequest(f"{path}: {error}") from None
        with container:
            yield container


def open_container(file: BinaryIO) -> "av.container.InputContainer":
    """Open media for reading, whatever the encoding of its tags.

    Raises:
        BadRequest: Its frames have more than `LARGEST_FRAME` pixels.
        av.FFmpegError: It cannot be read.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    limit = {"max_pixels": str(LARGEST_FRAME)}  # some frames are decoded to open a container
    has_option = int(av.__version__.partition(".")[0]) < METADATA_ERRORS_UNTIL
    tags: dict[str, Any] = {"metadata_errors": "surrogateescape"} if has_option else {}
    container: av.container.InputContainer = av.open(file, "r", options=limit, **tags)
    for stream in container.streams.video:
        if stream.codec_context is None:
            continue
        if stream.width * stream.height > LARGEST_FRAME:
            container.close()
            size = f"{stream.width} × {stream.height} pixels"
            most = f"{LARGEST_FRAME // 1_000_000} megapixels"
            raise BadRequest(f"a frame has {size}, which is over the limit of {most}")
        stream.codec_context.options = limit  # the frames may be larger than the container says
    return container


def duration_s(path: Path) -> float:
    """Return the length of audio or a clip in seconds; `BadRequest` if it is neither."""
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with opened(path) as container:
            streams = [*container.streams.audio, *container.streams.video]
            known = [float(s.duration * s.time_base) for s in streams if s.duration and s.time_base]
            whole = container.duration / av.time_base if container.duration else 0.0
    except (av.FFmpegError, OSError) as error:
        raise BadRequest(f"{path}: not readable as sound or video ({error.strerror})") from None
    if not (seconds := max(known, default=whole)):
        raise BadRequest(f"{path}: a picture, or of unknown length")
    return seconds


def frame_size(path: Path) -> tuple[int, int]:
    """Return the width and height of a clip or picture in pixels, when shown upright.

    Raises:
        BadRequest: The file is neither.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with opened(path) as container:
            frame = next(container.decode(video=0))
    except (av.FFmpegError, StopIteration, IndexError, OSError) as error:
        raise BadRequest(f"{path}: not readable as a clip ({error})") from None
    turned = frame.rotation % 180 != 0
    return (frame.height, frame.width) if turned else (frame.width, frame.height)
