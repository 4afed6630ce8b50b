"""Reads pictures as they are to be shown: upright, with 8 bits, on white."""

from typing import TYPE_CHECKING, BinaryIO

from lipsync_nb.decode.containers import (
    TooLarge,
    Undecodable,
    media_type,
    open_container,
    picture_track,
)
from lipsync_nb.decode.frames import Shown

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

LARGEST_PICTURE = 120_000_000
"""Pixels; the largest pictures of phones have 108 million, but a small file can have far more."""
WHITES = (1.0, 255.0, 65535.0)
"""What is white in pictures of floating-point numbers, by the programs that write them."""
BRIGHT = 95
"""Percent of the numbers that are at most twice as much as white. A few highlights are brighter."""
HEIF = frozenset({"image/heic", "image/heif", "image/avif"})
"""The types that FFmpeg reads where Pillow does not."""


def is_picture(file: BinaryIO) -> bool:
    """Tell whether a file is a picture, and neither a clip nor a sound."""
    return (media_type(file) or "").startswith("image/")


def read_picture(file: BinaryIO) -> "Image":
    """Return a picture in RGB, of 8 bits per channel.

    It is turned and mirrored by its EXIF data, transparent parts are white, and greys and colours
    of more than 8 bits are scaled. Of an animation it is the first frame.

    Args:
        file: A file that can be read from any place.

    Raises:
        Undecodable: It cannot be read, or has more than `LARGEST_PICTURE` pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - heavy, and only needed once there is a picture

    try:
        with Image.open(file) as picture:  # Pillow warns from 90 million pixels on
            _refuse_large(picture)
            return _opaque(_of_8_bit(ImageOps.exif_transpose(picture)))
    except UnidentifiedImageError:
        return _heif(file)
    except Undecodable:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise errors of all kinds
        raise Undecodable(f"not readable as a picture ({error})") from None


def _refuse_large(picture: "Image") -> None:
    if picture.width * picture.height > LARGEST_PICTURE:
        size = f"{picture.width} × {picture.height} pixels"
        most = f"{LARGEST_PICTURE // 1_000_000} megapixels"
        raise TooLarge(f"{size} are over the limit of {most}")


def _of_8_bit(picture: "Image") -> "Image":
    import numpy as np  # noqa: PLC0415 - heavy, and only needed once there is a picture
    from PIL import Image  # noqa: PLC0415 - heavy, and only needed once there is a picture

    has_16_bit = picture.mode.startswith("I;16") or (picture.mode, picture.format) == ("I", "PNG")
    if not has_16_bit and picture.mode not in {"I", "F"}:
        return picture
    values = np.nan_to_num(np.asarray(picture, np.float32), posinf=0.0, neginf=0.0)
    shares = values / (WHITES[-1] if has_16_bit else _white(values))
    return Image.fromarray((255 * shares.clip(0, 1)).round().astype(np.uint8))


def _white(values: "npt.NDArray[np.float32]") -> float:
    import numpy as np  # noqa: PLC0415 - see above

    bright = float(np.percentile(values, BRIGHT))
    return next((white for white in WHITES if bright <= 2 * white), float(values.max()))


def _opaque(picture: "Image") -> "Image":
    from PIL import Image  # noqa: PLC0415 - heavy, and only needed once there is a picture

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def _heif(file: BinaryIO) -> "Image":
    """Read a picture that Pillow does not: HEIC, and AVIF before Pillow 11.3."""
    import av  # noqa: PLC0415 - heavy, and seldom needed
    from PIL import Image  # noqa: PLC0415 - likewise

    file.seek(0)
    kind = media_type(file) or "of no known type"
    if kind not in HEIF:
        raise Undecodable(f"not readable as a picture (it is {kind})")
    try:
        with open_container(file) as container:
            if (track := picture_track(container)) is not None:
                frame = next(container.decode(track))
                return Image.fromarray(Shown.of(frame, track).pixels())
    except (av.FFmpegError, StopIteration):
        pass
    raise Undecodable(f"{kind} of this kind is not readable here; save the picture as JPEG")
