"""Puts videos together into one."""

import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from lipsync_nb.editing.crossfade import joined
from lipsync_nb.editing.joined_tags import joined_tags
from lipsync_nb.editing.parts import Part, begins
from lipsync_nb.editing.sound import Sound
from lipsync_nb.editing.writer import ClipWriter, target
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import replacing
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.results import FileLike
from lipsync_nb.media import Media
from lipsync_nb.media.video import Video


def join(
    videos: Iterable[FileLike],
    path: str | os.PathLike[str] | None = None,
    *,
    speeches: Iterable[FileLike | None] | None = None,
) -> Video:
    """Put videos together into one, without a jump in the sound.

    The size and the rate are those of the first video. Others are scaled into it, with black bars
    if their shape is another. Each part begins exactly where the part before it ends in the
    speech: its sound is placed to the sample, and at each time its nearest frame is shown, so that
    picture and sound do not drift apart. Sounds are crossfaded over 0.01 s, pictures are not.
    Videos without sound are silent.

    A part is as long as its speech, if its video is as long within 0.15 s; otherwise it is as long
    as its video. All is read anew each time, so a part can be made again and joined again. The
    sounds of all parts are in memory, at most about 60 MB a minute in stereo; frames are not.

    Args:
        videos: The videos, or the jobs that make them, in their order.
        path: Where the MP4 (H.264, AAC) is put; by default beside the first video, as
            ``…-joined.mp4``. An earlier result of this name is replaced.
        speeches: The speech of each video; ``None`` for a video without one. By default that of the
            job, for a job.

    Returns:
        The video. It has the tags of the first one, except those that tell of which job it is the
        result. If the first one has no label of AI, it has that of the next one that has one; see
        `label_ai`. If there are different labels, stderr tells.

    Raises:
        BadRequest: There are no videos, one of them cannot be read, or ``speeches`` has another
            length.
        LipSyncError: A job has no result; see `Job.result`.
    """
    parts = _parts(videos, speeches)
    first = parts[0].clip
    to = target(path, first.path, "joined", reads=[path for part in parts for path in part.reads])
    sound, tags = _sound(parts), joined_tags([part.clip.tags for part in parts])
    with (
        replacing(to, *(part.clip.path for part in parts)) as whole,
        ClipWriter(whole, first.size, first.rate, sound, tags, colours=first.colours) as writer,
    ):
        for frame in _frames(parts):
            writer.write(frame)
    return Video(to)


def _parts(videos: Any, speeches: Any) -> list[Part]:
    many = _listed(videos, "videos")
    if not many:
        raise BadRequest("videos: there are none; give at least one")
    said = [None] * len(many) if speeches is None else _listed(speeches, "speeches")
    if len(said) != len(many):
        counts = f"there are {len(said)} speeches, and {len(many)} videos"
        raise BadRequest(f"speeches: {counts}; give one for each, or None")
    return [Part.of(*each, number) for number, each in enumerate(zip(many, said, strict=True))]


def _listed(given: Any, name: str) -> list[Any]:
    """Return a list of files; `BadRequest` for a single one."""
    is_one = isinstance(given, str | bytes | os.PathLike | Job | Media) or hasattr(given, "read")
    if is_one or not isinstance(given, Iterable):
        raise BadRequest(f"{name}={line(repr(given))}: give a list of them")
    return list(given)


def _sound(parts: Sequence[Part]) -> Sound | None:
    """Return the sound of all parts; ``None`` if none has any."""
    sounds = [part.sound for part in parts if part.sound is not None]
    if not sounds:
        return None
    rate, channels = sounds[0].rate, max(len(sound.samples) for sound in sounds)
    places = begins(parts, rate)
    lengths = [end - start for start, end in pairwise(places)]
    return joined(
        [part.heard(rate, channels, length) for part, length in zip(parts, lengths, strict=True)]
    )


def _frames(parts: Sequence[Part]) -> Iterator[Any]:
    """Yield the frames of all parts: each shows the part that is heard when it begins."""
    size, rate = parts[0].clip.size, parts[0].clip.rate
    places, begin = begins(parts, rate), Fraction(0)
    places[-1] = max(1, places[-1])
    for part, start, end in zip(parts, places, places[1:], strict=False):
        yield from part.shown(size, rate, end - start, float(start / rate - begin))
        begin += part.seconds
