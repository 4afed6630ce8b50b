"""Small JPEGs of pictures and of videos' first frames, shown before a file is loaded."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile, cached_by_version
from lipsync_nb.media.picture import upright
from lipsync_nb.media.probe import first_frame

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 480
"""Pixels of a thumbnail."""
QUALITY = 70
"""Of the JPEG: about 15 kB."""


def thumbnail(path: Path) -> bytes | None:
    """Return a picture, or a video's first frame, as a small JPEG; ``None`` for anything else."""
    try:
        return _thumbnail(path)
    except (BadRequest, OSError):
        return None


@cached_by_version(64)
def _thumbnail(path: Path) -> bytes | None:
    is_video = LocalFile.of(path).mime.startswith("video/")
    return _jpeg(_first_frame(path) if is_video else upright(path))


def _first_frame(path: Path) -> "Image":
    from PIL import Image  # noqa: PLC0415 - heavy, and only needed once there is a video

    return Image.fromarray(first_frame(path).pixels())


def _jpeg(image: "Image") -> bytes:
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
