"""Makes a clip as long as its speech: it is played forwards and backwards."""

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil
from numbers import Real
from pathlib import Path
from typing import TypeAlias, overload

from lipsync_nb.editing.back_and_forth import BackAndForth
from lipsync_nb.editing.clip import Clip
from lipsync_nb.editing.pauses import seconds_of
from lipsync_nb.editing.writer import ClipWriter, refuse_read, target
from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile, replacing
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.media.probe import duration_s
from lipsync_nb.media.still import still_video
from lipsync_nb.media.video import Video

Length: TypeAlias = float | FileLike
"""Seconds, or a speech that lasts as long."""

SHORTEST_S, LONGEST_S = 0.04, 4 * 3600.0
"""Seconds of a looped clip: a frame, and more than any vendor takes."""
ROUNDING = Fraction(1, 1000)
"""The share of a frame that a length may be over a whole number of frames by rounding."""


@overload
def loop(  # type: ignore[overload-overlap]  # a list of uploads is a list
    clip: FileLike,
    seconds: list[Length] | tuple[Length, ...],
    path: str | os.PathLike[str] | None = None,
) -> list[Video]: ...
@overload
def loop(clip: FileLike, seconds: Length, path: str | os.PathLike[str] | None = None) -> Video: ...
def loop(
    clip: FileLike,
    seconds: Length | list[Length] | tuple[Length, ...],
    path: str | os.PathLike[str] | None = None,
) -> Video | list[Video]:
    """Make a clip as long as a speech, by playing it forwards and backwards in turn.

    No frame is doubled at the turns. The result has no sound. Of a longer clip, the beginning is
    taken. A picture is shown for the whole time, which is at most 600 s; see `still_video`.

    Decoded frames take at most 200 MB of memory, however long the clip is. A clip of which more
    frames would be kept is decoded again in each direction.

    Args:
        clip: The clip, the job that makes it, or a picture.
        seconds: The length in seconds, at least 0.04 and at most 4 hours; or a speech, or the job
            that makes it. Of a list, each entry gives a clip, which goes on where the last one
            ended: then the videos of a speech's parts show no jump when `join` puts them together.
        path: Where the MP4 (H.264) is put, by default beside the clip. For a list, a folder, by
            default one beside the clip. Earlier results of these names are replaced.

    Returns:
        The video with the clip's size and rate; for a list, a list. Its length is rounded up to
        whole frames; that of a picture is rounded to 1/25 s.

    Raises:
        BadRequest: It is no clip, or a length is out of range.
        LipSyncError: A job has no result; see `Job.result`.
    """
    source = local_path(clip, "clip", (Video,))
    if not isinstance(seconds, list | tuple):
        length = _seconds(seconds)
        [made] = _loop(source, [(length, target(path, source, "looped", reads=[seconds]))])
        return made
    lengths = [_seconds(each, number) for number, each in enumerate(seconds)]
    folder = target(path, source, "looped", "")
    digits = max(2, len(str(len(lengths))))
    paths = [folder / f"{source.stem}-{k:0{digits}}.mp4" for k in range(1, len(lengths) + 1)]
    for each in paths:
        refuse_read(each, [source, *seconds])
    return _loop(source, list(zip(lengths, paths, strict=True)))


def _seconds(given: object, number: int | None = None) -> float:
    """Return a length: a number, or that of a speech."""
    name = "seconds" if number is None else f"seconds[{number}]"
    if isinstance(given, bool | Real):
        seconds = seconds_of(given, name, SHORTEST_S)
    else:
        seconds = duration_s(local_path(given, name))  # type: ignore[arg-type]  # anything else is refused
    if seconds > LONGEST_S:
        raise BadRequest(f"{name}={seconds:g}: at most {LONGEST_S:g} s are made")
    return seconds


def _loop(source: Path, wanted: Sequence[tuple[float, Path]]) -> list[Video]:
    if LocalFile.of(source).mime.startswith("image/"):
        return [Video(still_video(source, seconds, path)) for seconds, path in wanted]
    clip = Clip.open(source).counted()  # no frame may be repeated at its end
    sequence, begin, made = BackAndForth(clip), Fraction(0), []
    for seconds, path in wanted:
        length = Fraction(seconds)
        first, count = round(begin * clip.rate), ceil(length * clip.rate - ROUNDING)
        _write(sequence.frames(first, count), clip, path)
        begin += length
        made.append(Video(path))
    return made


def _write(frames: Iterator[object], clip: Clip, path: Path) -> None:
    with (
        replacing(path, clip.path) as part,
        ClipWriter(part, clip.size, clip.rate, tags=clip.tags, colours=clip.colours) as writer,
    ):
        for frame in frames:
            writer.write(frame)
