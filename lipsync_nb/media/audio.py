"""A result: a local sound file, and the check of a downloaded one."""

from dataclasses import dataclass, field
from pathlib import Path

from lipsync_nb.errors import BadRequest, DownloadError
from lipsync_nb.files import LocalFile
from lipsync_nb.http.partial_download import Broken
from lipsync_nb.media.container_size import announced_size
from lipsync_nb.media.decoding import SLACK, STREAMED, look
from lipsync_nb.media.probe import has_pictures
from lipsync_nb.media.result_file import ResultFile
from lipsync_nb.results import Subtitle


@dataclass(frozen=True, slots=True)
class Audio(ResultFile):
    """A sound file; see `ResultFile`.

    Attributes:
        subtitles: When each part is spoken, if the vendor says so.
    """

    subtitles: tuple[Subtitle, ...] = field(default=(), repr=False)


def audio_suffix(path: Path) -> str:
    """Return the ending that fits a downloaded sound, such as ``".wav"``.

    Raises:
        DownloadError: The file is not a sound.
        Broken: It cannot be played, or is not whole.
    """
    try:
        file = LocalFile.of(path)
    except BadRequest as error:
        raise DownloadError(f"the download is not a sound: {error}") from None
    is_sound = file.mime.startswith("audio/")
    if not is_sound and not (file.mime.startswith("video/") and not has_pictures(path)):
        raise DownloadError(f"the download is {file.mime}, not a sound")
    size, announced = file.size, announced_size(path) or 0
    if size + SLACK < announced < STREAMED:
        raise Broken(f"the download has {size:,} of {announced:,} bytes, by its own container")
    if damage := look(file).damage:
        raise Broken(f"the download is not a playable sound: {damage}")
    return file.suffix
