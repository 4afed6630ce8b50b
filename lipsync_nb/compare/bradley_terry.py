"""Strengths from pairwise votes, by the Bradley-Terry model, with bootstrap intervals.

A contender with strength a is preferred to one with strength b with probability
1 / (1 + exp(b - a)). A difference of 1.1 means three votes to one. An "equal" counts half for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Wins: TypeAlias = npt.NDArray[np.float64]
"""How often the row's contender was preferred to that of the column, shape (..., n, n)."""
Strengths: TypeAlias = npt.NDArray[np.float64]
"""Shape (..., n)."""

PRIOR_SD = 3.0
"""Standard deviation of the prior of the strengths. It keeps the strength of a contender that
never loses finite."""
DRAWS = 1000
"""Simulated polls for the bootstrap intervals."""
STEPS, LONGEST_STEP = 40, 2.0
"""Limits of Newton's method: the number of steps, of which it needs about six, and the change of a
strength in one step."""
CLOSE = 1e-8
"""Change of the strengths at which the method stops."""
STRENGTH = ["strength", "strength_low", "strength_high"]
INTERVAL = (2.5, 97.5)
"""Percentiles of the draws that bound the 95 % interval."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote on two contenders.

    Attributes:
        first: A contender.
        second: Another contender.
        score: 1 if the first was preferred, 0 if the second, 0.5 if they were equal.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    score: float


def preferences(
    ballots: Sequence[Ballot], contenders: Sequence[tuple[str, ...]], seed: int = 0
) -> pd.DataFrame:
    """Return the strength of each contender.

    Args:
        ballots: All votes.
        contenders: All contenders.
        seed: Seed of the bootstrap.

    Returns:
        By contender: ``strength``, about zero on average, its 95 % interval from ``strength_low``
        to ``strength_high``, and the number of ``votes``. Strengths are comparable only among
        contenders that are connected by votes. They are given for the connected group with the most
        votes, and are NaN for all others.
    """
    wins = _wins(ballots, contenders)
    votes = (wins + wins.T).sum(1).astype(int)
    rows = np.full((len(contenders), len(STRENGTH)), np.nan)
    if len(ballots):
        group = _connected(wins)
        rows[group] = _with_intervals(wins[np.ix_(group, group)], seed)
    index = pd.MultiIndex.from_tuples(contenders or [("", "")])[: len(contenders)]
    return pd.DataFrame(rows, index=index, columns=STRENGTH).assign(votes=votes)


def _connected(wins: Wins) -> npt.NDArray[np.bool_]:
    """Return which contenders are in the connected group with the most votes."""
    played = wins + wins.T
    linked = (played > 0) | np.eye(len(played), dtype=bool)
    for _ in played:
        linked = linked @ linked
    return np.asarray(linked[(linked @ played.sum(1)).argmax()])


def _with_intervals(wins: Wins, seed: int) -> npt.NDArray[np.float64]:
    """Return strengths and intervals that contain them, shape (n, 3)."""
    found = strengths(wins)
    draws = _redrawn(found, wins + wins.T, np.random.default_rng(seed))
    low, high = np.percentile(draws, INTERVAL, axis=0)
    return np.column_stack([found, np.minimum(low, found), np.maximum(high, found)])


def strengths(wins: Wins, guess: Strengths | float = 0.0) -> Strengths:
    """Return the most probable strengths, given the votes.

    Args:
        wins: The votes.
        guess: Mean of the prior.
    """
    found = np.zeros(wins.shape[:-1])
    played = wins + np.swapaxes(wins, -1, -2)
    ridge = np.eye(wins.shape[-1]) / PRIOR_SD**2
    for _ in range(STEPS):
        expected = _probabilities(found)
        slope = (wins - played * expected).sum(-1) - (found - guess) / PRIOR_SD**2
        weight = played * expected * (1 - expected)
        bend = weight.sum(-1)[..., None] * np.eye(wins.shape[-1]) - weight + ridge
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        found = found + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max(initial=0) < CLOSE:
            break
    return found


def _probabilities(found: Strengths) -> Wins:
    """Return the probability that the row's contender is preferred to that of the column."""
    return 1 / (1 + np.exp(found[..., None, :] - found[..., :, None]))


def _wins(ballots: Sequence[Ballot], contenders: Sequence[tuple[str, ...]]) -> Wins:
    place = {contender: index for index, contender in enumerate(contenders)}
    wins = np.zeros((len(place), len(place)))
    for ballot in ballots:
        first, second = place[ballot.first], place[ballot.second]
        wins[first, second] += ballot.score
        wins[second, first] += 1 - ballot.score
    return wins


def _redrawn(found: Strengths, played: Wins, rng: np.random.Generator) -> Strengths:
    """Return the strengths of simulated polls in which those found are the true ones.

    Each pair has as many votes as it had; an "equal" is drawn as a vote for one of the two. The
    mean of the prior is drawn too: it bounds the interval if all votes agree.
    """
    upper = np.triu(played).round().astype(int)
    drawn = rng.binomial(upper, _probabilities(found), size=(DRAWS, *upper.shape))
    wins = drawn + np.swapaxes(upper - drawn, -1, -2)
    guesses = rng.normal(scale=PRIOR_SD, size=(DRAWS, len(found)))
    guesses -= guesses.mean(axis=1, keepdims=True)
    return strengths(wins.astype(np.float64), found + guesses)
