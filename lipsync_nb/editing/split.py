"""Cuts a long speech into parts, in its pauses."""

import hashlib
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from lipsync_nb.editing.cuts import NoPause, cuts
from lipsync_nb.editing.pauses import LEAST_S, SHORTEST_S, pauses_of, seconds_of, sound_of
from lipsync_nb.editing.sound import Sound
from lipsync_nb.editing.writer import beside
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute, replacing
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.media.audio import Audio

SHORTEST_PART_S = 1.0
"""The least that ``longest`` may be, in seconds: less is no speech, and would make many files."""
DIGITS = 8
"""Hex digits that tell a speech and its cut: two of a thousand are the same once in 8,000 times."""


def split(
    speech: FileLike,
    longest: float = 30.0,
    *,
    folder: str | os.PathLike[str] | None = None,
    shortest_pause: float = SHORTEST_S,
) -> list[Audio]:
    """Cut a long speech into parts, in its pauses only.

    There are as few parts as possible. Among such cuts, those in long pauses that give parts of
    similar length are taken. Where a pause allows it, a part is a whole number of frames long at 25
    and 30 frames per second. The same speech gives the same files, so that the jobs of its parts
    are paid once. `join` puts the videos of the parts together.

    Args:
        speech: Sound, or a clip with sound; or the job that makes it.
        longest: Seconds of a part at most. No vendor documents a limit. lipsync.studio bills at
            least 5 s of each part.
        folder: Where the parts are put; by default in a folder beside the speech, named after it,
            such as ``speech-parts``. A part is called such as ``speech-1a2b3c4d-part-01.wav``: the
            number in the middle tells the speech's content and how it is cut, so that the parts of
            another speech or cut have other names.
        shortest_pause: Seconds of the shortest pause in which it is cut; see `pauses`.

    Returns:
        WAV files of 16 bits, with the speech's sample rate and channels. Put together, they are the
        decoded speech, sample by sample. A speech that is short enough gives one part.

    Raises:
        BadRequest: It has no sound; a number is out of range; or a phrase without a pause is longer
            than ``longest``.
        LipSyncError: The job has no result; see `Job.result`.
    """
    longest = seconds_of(longest, "longest", SHORTEST_PART_S)
    shortest = seconds_of(shortest_pause, "shortest_pause", LEAST_S)
    source = local_path(speech, "speech")
    usual = f"{source.stem}-parts"
    where = beside(source, usual, "folder") if folder is None else _folder(folder)
    sound = sound_of(source, "speech")
    edges = _edges(sound, longest, shortest)
    name, digits = f"{source.stem}-{_digest(sound, edges)}", max(2, len(str(len(edges) - 1)))
    parts = []
    for number, (start, end) in enumerate(pairwise(edges), 1):
        path = where / f"{name}-part-{number:0{digits}}.wav"
        _keep(sound[start:end], path, source)
        parts.append(Audio(path))
    return parts


def _digest(sound: Sound, edges: Sequence[int]) -> str:
    """Return what tells a speech and its cut from others: hex digits."""
    content = hashlib.sha256(sound.wav())
    content.update(repr(list(edges)).encode())
    return content.hexdigest()[:DIGITS]


def _edges(sound: Sound, longest: float, shortest: float) -> list[int]:
    """Return the samples at which the parts begin, and the end of the last one."""
    most = int(longest * sound.rate)
    try:
        inner = cuts(pauses_of(sound, shortest), len(sound), sound.rate, most)
    except NoPause as phrase:
        raise BadRequest(
            f"from {phrase.start_s:.1f} s to {phrase.end_s:.1f} s there is no pause of "
            f"{shortest:g} s; with a little silence that is more than longest={longest:g}: give a "
            "larger longest=, a smaller shortest_pause=, or a speech with a pause there"
        ) from None
    return [0, *inner, len(sound)]


def _folder(given: str | os.PathLike[str]) -> Path:
    try:
        folder = absolute(Path(os.fspath(given)).expanduser())
    except (TypeError, RuntimeError):
        raise BadRequest(f"folder={line(repr(given))} is no folder; give a path") from None
    if folder.is_file():
        raise BadRequest(f"folder={line(repr(given))} is a file; give a folder")
    return folder


def _keep(sound: Sound, path: Path, source: Path) -> None:
    """Write a part, unless there is a file with its content."""
    wav = sound.wav()
    try:
        if path.is_file() and path.stat().st_size == len(wav) and path.read_bytes() == wav:
            return
    except OSError as error:
        raise BadRequest(f"{path}: {error.strerror or error}") from None
    with replacing(path, source) as part:
        part.write_bytes(wav)
