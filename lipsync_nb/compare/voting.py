"""Which videos are held side by side in a blind vote, in what order, and how loud."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.loudness import loudness_db, volumes
from lipsync_nb.errors import BadRequest
from lipsync_nb.ledger.comparisons import Entry


@dataclass(frozen=True, slots=True)
class Pair:
    """Two videos, as they are shown.

    Attributes:
        left: The id of the left video's job.
        right: The id of the right video's job.
        paths: The left video's file, and the right one's.
        volumes: From 0 to 1, so that both are heard equally loud.
    """

    left: str
    right: str
    paths: tuple[Path, Path]
    volumes: tuple[float, float]


def open_pairs(comparison: JobComparison, voter: str, seed: int | None) -> tuple[list[Pair], int]:
    """Return the pairs that a voter has not seen yet, and how many were seen.

    Args:
        comparison: The comparison.
        voter: Who votes.
        seed: Repeats an order and its sides; ``None`` for other ones each time.

    Raises:
        BadRequest: There are no two videos to compare.
    """
    paths = {job.id: job.video.path for job in comparison.jobs if job.video}
    every = pairs([entry for entry in comparison.entries if entry.job in paths])
    if not every:
        raise BadRequest("there are no two videos that say the same")
    seen = {
        frozenset((vote.left_job, vote.right_job))
        for vote in comparison.cast_votes
        if vote.voter == voter
    }
    left = [pair for pair in every if frozenset(pair) not in seen]
    return _shuffled(left, paths, seed), len(every) - len(left)


def pairs(entries: list[Entry]) -> list[tuple[str, str]]:
    """Return which jobs are held side by side: other contenders with the same words and face."""
    return [
        (one.job, other.job)
        for one, other in combinations(entries, 2)
        if one.job and other.job and _alike(one, other)
    ]


def _alike(one: Entry, other: Entry) -> bool:
    """Tell whether two may be compared: a figure of the vendor's own stands beside any face."""
    same_face = one.face == other.face or None in {one.face, other.face}
    contenders = (one.vendor, one.kind) != (other.vendor, other.kind)
    return contenders and same_face and (one.script, one.repeat) == (other.script, other.repeat)


def _shuffled(
    left: list[tuple[str, str]], paths: Mapping[str, Path], seed: int | None
) -> list[Pair]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    sides = [pair if chance.random() < 0.5 else pair[::-1] for pair in left]  # noqa: PLR2004 - a coin
    chance.shuffle(sides)
    loud = {job: loudness_db(paths[job]) for job in {job for pair in sides for job in pair}}
    return [Pair(a, b, (paths[a], paths[b]), volumes(loud[a], loud[b])) for a, b in sides]
