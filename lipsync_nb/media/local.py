"""Media on this machine, for what reads them itself."""

import os

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute
from lipsync_nb.media.media import Media, MediaLike


def local_media(source: MediaLike) -> Media:
    """Return the source as media on this machine.

    Raises:
        BadRequest: It is a URL, or no media, or the file does not exist.
    """
    try:
        media = Media(source)
    except ValueError as error:
        raise BadRequest(f"{line(repr(source))}: {error}") from None
    if media.url is not None:
        raise BadRequest(f"{media}: download it first; only files here can be used")
    if media.job is not None:
        raise BadRequest(f"{media} is named only; give the job itself, client.job(...)")
    if media.path is None:
        return media
    if not os.path.isfile(media.path):  # noqa: PTH113 - an impossible name is no file either
        raise BadRequest(f"{line(media.path)} is not a file")
    return Media(absolute(media.path))
