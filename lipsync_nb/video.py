"""A result: a video file here, that shows itself in a notebook."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipsync_nb.errors import BadRequest, DownloadError
from lipsync_nb.files import LocalFile
from lipsync_nb.media.probe import duration_s


@dataclass(frozen=True, slots=True)
class Video:
    """A video file. It can be given wherever a path is wanted, and it displays as a player.

    Attributes:
        path: Where it lies.
        url: Where it came from; such URLs expire.
    """

    path: Path
    url: str | None = None

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return duration_s(self.path)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from lipsync_nb.notebook.display import video_bundle  # noqa: PLC0415 - only to be shown

        return video_bundle(self.path, repr(self))


def video_suffix(path: Path) -> str:
    """Return the ending that fits a downloaded video.

    Raises:
        DownloadError: It is no video.
    """
    try:
        file = LocalFile.of(path)
    except BadRequest as error:
        raise DownloadError(f"what came is no video: {error}") from None
    if not file.mime.startswith("video/"):
        raise DownloadError(f"what came is {file.mime}, no video")
    _decode_one(path)
    return file.suffix


def _decode_one(path: Path) -> None:
    import av  # noqa: PLC0415 - heavy, and only needed once a result is here

    try:
        with path.open("rb") as file, av.open(file, "r") as container:
            container.streams.video[0].thread_count = 1  # for one frame, others are not worth it
            next(container.decode(video=0))
    except (av.FFmpegError, StopIteration, IndexError) as error:
        raise DownloadError(f"what came is no playable video: {error!r}") from None
