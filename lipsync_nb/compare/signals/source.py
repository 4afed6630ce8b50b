"""What is measured: a path, a `Video`, bytes or a file object, on this machine."""

import hashlib
from io import BytesIO
from typing import BinaryIO

from lipsync_nb.errors import BadRequest
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike


def local_media(source: MediaLike) -> Media:
    """Return the source as media on this machine.

    Raises:
        BadRequest: It is a URL, or no file.
    """
    media = Media(source)
    if media.url is not None:
        raise BadRequest(f"{media}: download it first; only files here can be measured")
    if media.path is None:
        return media
    if not media.path.is_file():
        raise BadRequest(f"{media.path} is no file")
    return Media(media.path.absolute())


def opened(media: Media) -> BinaryIO:
    """Open local media for reading."""
    return BytesIO(media.data or b"") if media.path is None else media.path.open("rb")


def size_bytes(media: Media) -> int:
    """Return the size of local media."""
    return len(media.data or b"") if media.path is None else media.path.stat().st_size


def digest(media: Media) -> str:
    """Return the SHA-256 of local media, in hex."""
    if media.path is None or size_bytes(media) == 0:  # no `LocalFile` is empty
        return hashlib.sha256(media.data or b"").hexdigest()
    return media.local().digest
