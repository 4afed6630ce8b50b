"""Strengths from pairwise votes, by the Bradley-Terry model, with bootstrap intervals.

Of contenders with strengths a and b, the first is preferred with probability
1 / (1 + exp(b - a)): a difference of 1.1 is three votes to one. An "equal" counts half for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Wins: TypeAlias = npt.NDArray[np.float64]
"""How often the row's contender was preferred to the column's, shape (..., n, n)."""
Strengths: TypeAlias = npt.NDArray[np.float64]
"""Shape (..., n)."""

SPREAD = 3.0
"""Standard deviation of the strengths before anybody has voted: who never loses stays finite."""
DRAWS = 1000
"""Polls that are made up for the bootstrap intervals."""
STEPS, LONGEST_STEP = 40, 2.0
"""Most steps of Newton's method, which takes about six, and the largest change in one."""
CLOSE = 1e-8
"""Change of the strengths below which they are found."""
STRENGTH = ["strength", "strength_low", "strength_high"]
INTERVAL = (2.5, 97.5)
"""Percentiles of the draws between which 95 % of them lie."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one voter said of two contenders.

    Attributes:
        first: A contender.
        second: Another.
        score: 1 if the first was preferred, 0 if the second, 0.5 if they were equal.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    score: float


def preferences(
    ballots: Sequence[Ballot], contenders: Sequence[tuple[str, ...]], seed: int = 0
) -> pd.DataFrame:
    """Return each contender's strength.

    Args:
        ballots: All votes.
        contenders: Who takes part.
        seed: Makes the bootstrap's draws the same each time.

    Returns:
        By contender ``strength``, about zero on average, the 95 % interval from ``strength_low``
        to ``strength_high``, and ``votes``, how many there are on it. NaN for those of whom
        nothing is known: no vote is on them, or no chain of votes leads from them to those with
        the most votes.
    """
    wins = _wins(ballots, contenders)
    votes = (wins + wins.T).sum(1).astype(int)
    held = _held_together(wins)
    known = np.full((len(contenders), len(STRENGTH)), np.nan)
    if len(ballots):
        known[held] = _with_intervals(wins[np.ix_(held, held)], seed)
    return pd.DataFrame(known, index=_index(contenders), columns=STRENGTH).assign(votes=votes)


def _held_together(wins: Wins) -> npt.NDArray[np.bool_]:
    """Tell who is in the largest circle of those whom votes connect: only they are comparable."""
    played = wins + wins.T
    linked = (played > 0) | np.eye(len(played), dtype=bool)
    for _ in played:
        linked = linked @ linked
    largest = int((linked @ played.sum(1)).argmax()) if len(played) else 0
    return np.asarray(linked[largest : largest + 1].any(axis=0))


def _with_intervals(wins: Wins, seed: int) -> npt.NDArray[np.float64]:
    """Return strengths and their intervals, which hold them, shape (n, 3)."""
    found = strengths(wins)
    draws = _redrawn(found, wins + wins.T, np.random.default_rng(seed))
    low, high = np.percentile(draws, INTERVAL, axis=0)
    return np.column_stack([found, np.minimum(low, found), np.maximum(high, found)])


def _index(contenders: Sequence[tuple[str, ...]]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(contenders or [("", "")])[: len(contenders)]


def strengths(wins: Wins, guess: Strengths | float = 0.0) -> Strengths:
    """Return the most probable strengths, given the votes.

    Args:
        wins: The votes.
        guess: What they are taken for, within `SPREAD`, before there is a vote.
    """
    found = np.zeros(wins.shape[:-1])
    played = wins + np.swapaxes(wins, -1, -2)
    ridge = np.eye(wins.shape[-1]) / SPREAD**2
    for _ in range(STEPS):
        expected = _chances(found)
        slope = (wins - played * expected).sum(-1) - (found - guess) / SPREAD**2
        weight = played * expected * (1 - expected)
        bend = weight.sum(-1)[..., None] * np.eye(wins.shape[-1]) - weight + ridge
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        found = found + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max(initial=0) < CLOSE:
            break
    return found


def _chances(found: Strengths) -> Wins:
    """Return how probably the row's contender is preferred to the column's."""
    return 1 / (1 + np.exp(found[..., None, :] - found[..., :, None]))


def _wins(ballots: Sequence[Ballot], contenders: Sequence[tuple[str, ...]]) -> Wins:
    place = {contender: index for index, contender in enumerate(contenders)}
    wins = np.zeros((len(place), len(place)))
    for ballot in ballots:
        first, second = place[ballot.first], place[ballot.second]
        wins[first, second] += ballot.score
        wins[second, first] += 1 - ballot.score
    return wins


def _redrawn(found: Strengths, played: Wins, chance: np.random.Generator) -> Strengths:
    """Return the strengths of made-up polls, as if those found were the true ones.

    Each pair is voted on as often as it was; an "equal" is drawn as a vote for either. The guess
    from before the votes is drawn, too: where all agree it is what bounds the interval.
    """
    upper = np.triu(played).round().astype(int)
    drawn = chance.binomial(upper, _chances(found), size=(DRAWS, *upper.shape))
    wins = drawn + np.swapaxes(upper - drawn, -1, -2)
    guesses = chance.normal(scale=SPREAD, size=(DRAWS, len(found)))
    guesses -= guesses.mean(axis=1, keepdims=True)
    return strengths(wins.astype(np.float64), found + guesses)
