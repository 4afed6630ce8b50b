"""Which videos are held side by side in a blind vote, in what order, and how loud."""

import getpass
import random
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from lipsync_nb.compare.loudness import loudness_db, volumes
from lipsync_nb.errors import BadRequest
from lipsync_nb.ledger.comparisons import Choice, Entry, Vote
from lipsync_nb.notebook.vote import Pair, Voting

if TYPE_CHECKING:
    from lipsync_nb.compare.comparison import Comparison


def voting(comparison: "Comparison", voter: str | None, seed: int | None) -> Voting:
    """Return a vote on the pairs that this voter has not seen yet.

    Raises:
        BadRequest: There are no two videos to hold side by side.
    """
    who = voter or getpass.getuser()
    paths = {job.id: job.video.path for job in comparison.jobs if job.video}
    every = pairs([entry for entry in comparison.entries if entry.job in paths])
    if not every:
        raise BadRequest("there are no two videos that say the same")
    seen = {
        frozenset((vote.left_job, vote.right_job))
        for vote in comparison.cast_votes
        if vote.voter == who
    }
    left = [pair for pair in every if frozenset(pair) not in seen]

    def keep(pair: Pair, choice: Choice) -> None:
        comparison.keep_vote(Vote(pair.left, pair.right, choice, who, time()))

    return Voting(_shuffled(left, paths, seed), keep, seen=len(every) - len(left))


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
