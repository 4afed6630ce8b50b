"""Opens pictures upright, without decoding those that would take too much memory."""

from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.errors import BadRequest

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_PICTURE = 120_000_000
"""Pixels; the largest pictures of phones have 108 million, but a small file can have far more."""


def upright(path: Path) -> "Image":
    """Return a picture, rotated by its EXIF data.

    Raises:
        BadRequest: It cannot be read, or has more than `LARGEST_PICTURE` pixels.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - heavy, and only needed once there is a picture

    try:
        with Image.open(path) as picture:  # Pillow warns from 90 million pixels on
            _refuse_large(path, picture)
            return ImageOps.exif_transpose(picture)
    except BadRequest:
        raise
    except Image.DecompressionBombWarning as error:  # the user's filters make it an error
        raise BadRequest(f"{path}: {error}") from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadRequest(f"{path}: not readable as a picture ({error})") from None


def _refuse_large(path: Path, picture: "Image") -> None:
    if picture.width * picture.height > LARGEST_PICTURE:
        size = f"{picture.width} × {picture.height} pixels"
        most = f"{LARGEST_PICTURE // 1_000_000} megapixels"
        raise BadRequest(f"{path}: {size} are over the limit of {most}")
