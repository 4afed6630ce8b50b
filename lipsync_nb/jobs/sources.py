"""The files of a job's request: its speech and its face."""

from pathlib import Path

from lipsync_nb.jobs.job import Job
from lipsync_nb.media.media import Media


def has_content(path: Path) -> bool:
    """Return whether there is a file that is not empty."""
    return path.is_file() and path.stat().st_size > 0


def sources_of(job: Job) -> tuple[Media | None, Media | None]:
    """Return the speech and the face of a job; of a dialogue, no single speech is that.

    Those that other jobs have made are the files of their results.

    Raises:
        LipSyncError: Its request cannot be read.
    """
    speeches, faces, file_of = [], [], job.session.inputs.file_of
    for _, given, takes in job.request.media():
        media = file_of(given)
        if media.path is None or not has_content(media.path):
            continue
        if "audio" in takes.kinds and takes.spoken:
            speeches.append(media)
        elif {"image", "video"} & {*takes.kinds} and takes.faces:
            faces.append(media)
    return _only(speeches), _only(faces)


def _only(found: list[Media]) -> Media | None:
    return found[0] if len(found) == 1 else None
