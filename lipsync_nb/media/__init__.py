"""Media: what users give, and how it gets to where a vendor can take it."""

from lipsync_nb.media.host import FsspecHost, MediaHost, UploadHost
from lipsync_nb.media.media import Media, MediaLike, Takes
from lipsync_nb.media.still import still_video

__all__ = ["FsspecHost", "Media", "MediaHost", "MediaLike", "Takes", "UploadHost", "still_video"]
