"""What is measured: the files of a video, its speech and its face, or those of a job."""

import os
from collections.abc import Iterable
from typing import Any, TypeAlias

from lipsync_nb.compare.metrics.decode import size_bytes
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.results import result_of_job
from lipsync_nb.jobs.sources import sources_of
from lipsync_nb.media import Media
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.local import local_media
from lipsync_nb.media.media import AGAIN, MediaLike
from lipsync_nb.media.video import Video

Measurable: TypeAlias = MediaLike | Job
"""A video: a path, a `Video`, bytes, a binary file object, or the job that makes it."""
Inputs: TypeAlias = (
    Measurable
    | tuple[Measurable, MediaLike | None]
    | tuple[Measurable, MediaLike | None, MediaLike | None]
)
"""A video; or a video and its speech; or a video, its speech and its face."""
Files: TypeAlias = tuple[Media, Media | None, Media | None]
"""The video, its speech and its face on this machine."""


MOST_PARTS = 3
"""A video, its speech and its face."""


def local_files(
    video: Measurable, speech: MediaLike | None = None, face: MediaLike | None = None
) -> Files:
    """Return the files of a video, its speech and its face.

    Jobs are waited for. A job's own speech and face are taken, as far as they are files on this
    machine, unless others are given.

    Raises:
        BadRequest: One of them is a URL, a file that does not exist, or a job that makes something
            else.
        LipSyncError: A job has no result; see `Job.result`.
    """
    made = result_of_job(video, "the video", (Video,))
    if isinstance(video, Job):
        own_speech, own_face = sources_of(video)
        speech = own_speech if speech is None else speech
        face = own_face if face is None else face
    said = result_of_job(speech, "the speech", (Audio, Video))
    shown = result_of_job(face, "the face", (Video,))
    return (
        local_media(made),
        None if said is None else local_media(said),
        None if shown is None else local_media(shown),
    )


def read_inputs(inputs: Iterable[Inputs]) -> list[tuple[Any, ...]]:
    """Return each input as a tuple: a video, or a video with its speech, or these with its face.

    Raises:
        BadRequest: It is a single video, or an input has more than three parts.
    """
    if isinstance(inputs, (str, bytes, os.PathLike, Job, Media)):
        raise BadRequest(f"{line(repr(inputs))} is one video: give a list, or use ls.measure")
    read = [given if isinstance(given, tuple) else (given,) for given in inputs]
    for parts in read:
        if not 1 <= len(parts) <= MOST_PARTS:
            raise BadRequest(f"{line(repr(parts))}: give a video, or (video, speech, face)")
    return read


def refuse_empty(files: Files) -> None:
    """Raise `BadRequest` if one of the files is empty."""
    for media in files:
        if media is not None and size_bytes(media) == 0:
            raise BadRequest(f"{line(str(media))}: the file is empty; {AGAIN}")
