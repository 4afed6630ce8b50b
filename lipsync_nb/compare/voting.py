"""The pairs of videos of a blind vote, in random order, with equal loudness."""

import random
from dataclasses import dataclass
from itertools import combinations
from math import nan
from pathlib import Path

import numpy as np

from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.metrics.decode import Missing
from lipsync_nb.compare.metrics.sound_levels import loudness_lufs
from lipsync_nb.errors import BadRequest
from lipsync_nb.ledger.comparisons import Entry
from lipsync_nb.media import Media


@dataclass(frozen=True, slots=True)
class VotePair:
    """Two videos, as they are shown.

    Attributes:
        left: The id of the left video's job.
        right: The id of the right video's job.
        paths: The files of the left and the right video.
        volumes: The volumes, 0 to 1, at which both are equally loud.
    """

    left: str
    right: str
    paths: tuple[Path, Path]
    volumes: tuple[float, float]


def open_pairs(
    comparison: JobComparison, voter: str, seed: int | None
) -> tuple[list[VotePair], int]:
    """Return the pairs that a voter has not seen yet, and the number of pairs seen.

    Args:
        comparison: The comparison.
        voter: The name of the voter.
        seed: Seed of the order and of the sides; ``None`` for a random one.

    Raises:
        BadRequest: There are no two videos to compare.
    """
    paths = {job.id: job.video.path for job in comparison.jobs if job.video}
    every = pairs([entry for entry in comparison.entries if entry.job in paths])
    if not every:
        raise BadRequest("there are no two videos with the same script")
    seen = {
        frozenset((vote.left_job, vote.right_job))
        for vote in comparison.cast_votes
        if vote.voter == voter
    }
    unseen = [pair for pair in every if frozenset(pair) not in seen]
    rng = random.Random(seed)  # noqa: S311 - not for security
    sides = [pair if rng.random() < 0.5 else pair[::-1] for pair in unseen]  # noqa: PLR2004 - a half
    rng.shuffle(sides)
    loudness = {job: loudness_of(paths[job]) for job in {job for pair in sides for job in pair}}
    shown = [
        VotePair(a, b, (paths[a], paths[b]), volumes(loudness[a], loudness[b])) for a, b in sides
    ]
    return shown, len(every) - len(unseen)


def pairs(entries: list[Entry]) -> list[tuple[str, str]]:
    """Return the jobs that are compared: of different contenders, with the same script and face."""
    return [
        (one.job, other.job)
        for one, other in combinations(entries, 2)
        if one.job and other.job and _comparable(one, other)
    ]


def loudness_of(path: Path) -> float:
    """Return the loudness of a video, LUFS; NaN if there is no sound, or only silence."""
    try:
        return loudness_lufs(Media(path))
    except Missing:
        return nan


def volumes(left_db: float, right_db: float) -> tuple[float, float]:
    """Return the volumes, 0 to 1, at which two sounds are equally loud; one of them is 1."""
    excess = np.nan_to_num(left_db - right_db)
    return min(1.0, 10 ** (-excess / 20)), min(1.0, 10 ** (excess / 20))


def _comparable(one: Entry, other: Entry) -> bool:
    """Return whether two jobs are compared. A vendor's own face is compared with any face."""
    same_face = one.face == other.face or None in {one.face, other.face}
    contenders = (one.vendor, one.kind) != (other.vendor, other.kind)
    return contenders and same_face and (one.script, one.repeat) == (other.script, other.repeat)
