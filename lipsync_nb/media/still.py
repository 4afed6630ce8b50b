"""A picture as a clip, for vendors that take clips only."""

import hashlib
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute, home, own_folder, replacing
from lipsync_nb.media.picture import upright

if TYPE_CHECKING:
    import av

FPS = 25
LONGEST_SIDE = 1920
"""Pixels; larger pictures are scaled down, as no vendor takes larger clips."""
SHORTEST_SIDE = 16
"""Pixels; the smallest side of an H.264 video."""
LONGEST = 600.0
"""Seconds; no vendor takes longer clips."""
STILL_SECONDS = 5.0
"""The length of a clip that is made from a picture, if the length of the speech is unknown. Vendors
repeat the clip."""


def still_video(
    picture: str | os.PathLike[str],
    seconds: float = 5.0,
    path: str | os.PathLike[str] | None = None,
) -> Path:
    """Make a clip that shows a picture, without sound.

    Args:
        picture: An image file.
        seconds: The clip's length, more than 0 and at most 600.
        path: Where the MP4 (H.264, 25 frames/s) is put; by default in the package's own folder,
            named by picture and length, so that each clip is made once.

    Returns:
        The clip's path.

    Raises:
        BadRequest: The picture cannot be read, the clip cannot be written, or the length is out of
            range.
    """
    if not 0 < seconds <= LONGEST:
        raise BadRequest(f"seconds={seconds!r}: expected more than 0, at most {LONGEST:g}")
    source = Path(picture).expanduser()
    try:
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
    except OSError as error:
        raise BadRequest(f"{line(source)}: {error.strerror}") from None
    frames = max(1, round(seconds * FPS))
    cached = home() / "media" / f"{digest[:32]}-{frames}.mp4"
    target = absolute(Path(path).expanduser()) if path else cached
    if path is None and target.exists():
        return target
    if path is None:
        own_folder("media")
    with replacing(target, source) as part:
        _encode(_frame(source), part, frames)
    return target


def _frame(source: Path) -> "av.VideoFrame":
    import av  # noqa: PLC0415 - heavy, and seldom needed
    import numpy as np  # noqa: PLC0415 - likewise

    picture = upright(source)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    even = [max(SHORTEST_SIDE, 2 * round(side / 2)) for side in picture.size]
    pixels = np.asarray(picture.resize(even))
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def _encode(frame: "av.VideoFrame", target: Path, frames: int) -> None:
    import av  # noqa: PLC0415 - heavy, and seldom needed

    options = {"movflags": "+faststart"}
    with av.open(str(target), "w", format="mp4", options=options) as out:
        stream = out.add_stream("libx264", rate=FPS, options={"crf": "18", "tune": "stillimage"})
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
        for number in range(frames):
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
