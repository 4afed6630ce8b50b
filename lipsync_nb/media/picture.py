"""Opens pictures as they are to be shown."""

from pathlib import Path
from typing import TYPE_CHECKING

from lipsync_nb.decode.containers import Undecodable
from lipsync_nb.decode.pictures import read_picture
from lipsync_nb.errors import BadRequest

if TYPE_CHECKING:
    from PIL.Image import Image


def upright(path: Path) -> "Image":
    """Return a picture in RGB; see `read_picture`.

    Raises:
        BadRequest: It cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            return read_picture(file)
    except Undecodable as error:
        raise BadRequest(f"{path}: {error}") from None
    except OSError as error:
        raise BadRequest(f"{path}: {error.strerror or error}") from None
