"""The results of jobs where files can be given, once the jobs have them."""

import hashlib
from pathlib import Path
from typing import Any, TypeAlias

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import home, own_folder, replacing
from lipsync_nb.jobs.job import Job
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.local import local_media
from lipsync_nb.media.media import AGAIN, MediaLike
from lipsync_nb.media.video import Video

FileLike: TypeAlias = MediaLike | Job
"""A path, an `Audio` or a `Video`, bytes, a binary file object, or the job that makes it."""

OF_BYTES = "media", "bytes"
"""The folder, in the package's own, of what is given as bytes."""


def result_of_job(given: Any, what: str, makes: tuple[type, ...]) -> Any:
    """Return the result of a job, which is waited for; anything else as it is.

    Args:
        given: The job, or anything else.
        what: What it is for, which begins an error's text.
        makes: What the job may make: `Audio`, `Video`.

    Raises:
        BadRequest: The job makes something else.
        LipSyncError: The job has no result; see `Job.result`.
    """
    if not isinstance(given, Job):
        return given
    names = [kind.__name__ for kind in makes]
    if given.makes not in names:
        raise BadRequest(f"{what}: {given!r} makes {given.makes}, and not {' or '.join(names)}")
    return given.result()


def local_path(given: FileLike, what: str, makes: tuple[type, ...] = (Audio, Video)) -> Path:
    """Return the path of a file on this machine. Jobs are waited for; bytes are put into a file.

    For the arguments and errors, see `result_of_job`.

    Raises:
        BadRequest: It is a URL, no media, or the file does not exist or is empty.
    """
    media = local_media(result_of_job(given, what, makes))
    if media.path is not None:
        if not media.path.stat().st_size:
            raise BadRequest(f"{line(media.path)} is empty; {AGAIN}")
        return media.path
    data = media.data or b""
    path = own_folder(*OF_BYTES) / hashlib.sha256(data).hexdigest()
    if not path.exists():
        with replacing(path) as part:
            part.write_bytes(data)
    return path


def is_of_bytes(path: Path) -> bool:
    """Return whether `local_path` has made a file, which is in the package's own folder."""
    return path.parent == home().joinpath(*OF_BYTES)
