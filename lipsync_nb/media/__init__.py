"""Media that users give, and hosts where vendors can fetch it."""

from lipsync_nb.media.host import FsspecHost, MediaHost, UploadHost
from lipsync_nb.media.media import Media, MediaLike, Takes
from lipsync_nb.media.still import still_video

__all__ = ["FsspecHost", "Media", "MediaHost", "MediaLike", "Takes", "UploadHost", "still_video"]
