"""A result: a local video file, and the check of a downloaded one."""

from pathlib import Path

from lipsync_nb.decode.containers import picture_track
from lipsync_nb.errors import BadRequest, DownloadError
from lipsync_nb.files import LocalFile
from lipsync_nb.http.partial_download import Broken
from lipsync_nb.media.container_size import announced_size
from lipsync_nb.media.probe import opened
from lipsync_nb.media.result_file import ResultFile


class Video(ResultFile):
    """A video file: a path, a URL and a length; see `ResultFile`."""

    __slots__ = ()


def video_suffix(path: Path) -> str:
    """Return the ending that fits a downloaded video, such as ``".mp4"``.

    Raises:
        DownloadError: The file is not a video, or too large to be decoded.
        Broken: It cannot be played, or is not whole.
    """
    try:
        file = LocalFile.of(path)
    except BadRequest as error:
        raise DownloadError(f"the download is not a video: {error}") from None
    if not file.mime.startswith("video/"):
        raise DownloadError(f"the download is {file.mime}, not a video")
    if (size := announced_size(path)) and size > file.size:
        raise Broken(f"the download has {file.size:,} of {size:,} bytes, by its own container")
    _decode_one(path)
    return file.suffix


def _decode_one(path: Path) -> None:
    import av  # noqa: PLC0415 - heavy, and needed only for a result

    try:
        with opened(path) as container:
            if (track := picture_track(container)) is None:
                raise Broken("the download is not a playable video: it has no pictures")
            track.thread_count = 1  # more threads do not pay for one frame
            next(container.decode(track))
    except BadRequest as error:
        raise DownloadError(f"the download is refused: {error}") from None
    except (av.FFmpegError, StopIteration) as error:
        raise Broken(f"the download is not a playable video: {error!r}") from None
