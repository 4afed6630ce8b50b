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
Outcomes: TypeAlias = npt.NDArray[np.float64]
"""Wins, and equals, which stand once, above the diagonal: shape (..., 2, n, n)."""
Strengths: TypeAlias = npt.NDArray[np.float64]
"""Shape (..., n), about zero on average."""

SPREAD = 3.0
"""Standard deviation of the strengths before anybody has voted: who never loses stays finite."""
DRAWS = 1000
"""Resamples of the votes that the bootstrap intervals are taken from."""
UNSEEN = 0.5
"""Votes added to each outcome of a pair that was shown, for the draws only: what was not seen in
five votes may yet happen, and a clear winner's interval must not have the width zero."""
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
        By contender ``strength``, the 95 % interval from ``strength_low`` to ``strength_high``,
        and ``votes``, how many there are on it; of whom there are none, nothing is known: NaN.
    """
    outcomes = _outcomes(ballots, contenders)
    draws = strengths(_wins(_resampled(outcomes, seed)))
    low, high = np.percentile(draws, INTERVAL, axis=0)
    known = np.column_stack([strengths(_wins(outcomes)), low, high])
    votes = (outcomes.sum(0) + outcomes.sum(0).T).sum(1).astype(int)
    known[votes == 0] = np.nan
    return pd.DataFrame(known, index=_index(contenders), columns=STRENGTH).assign(votes=votes)


def _index(contenders: Sequence[tuple[str, ...]]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(contenders or [("", "")])[: len(contenders)]


def strengths(wins: Wins) -> Strengths:
    """Return the most probable strengths, given the votes and `SPREAD`."""
    found = np.zeros(wins.shape[:-1])
    played = wins + np.swapaxes(wins, -1, -2)
    ridge = np.eye(wins.shape[-1]) / SPREAD**2
    for _ in range(STEPS):
        expected = 1 / (1 + np.exp(found[..., None, :] - found[..., :, None]))
        slope = (wins - played * expected).sum(-1) - found / SPREAD**2
        weight = played * expected * (1 - expected)
        bend = weight.sum(-1)[..., None] * np.eye(wins.shape[-1]) - weight + ridge
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        found = found + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        if np.abs(step).max(initial=0) < CLOSE:
            break
    return found


def _outcomes(ballots: Sequence[Ballot], contenders: Sequence[tuple[str, ...]]) -> Outcomes:
    """Count wins and equals."""
    place = {contender: index for index, contender in enumerate(contenders)}
    counts = np.zeros((2, len(place), len(place)))
    for ballot in ballots:
        first, second = place[ballot.first], place[ballot.second]
        if ballot.score in {0, 1}:
            winner, loser = (first, second) if ballot.score else (second, first)
            counts[0, winner, loser] += 1
        else:
            counts[1, min(first, second), max(first, second)] += 1
    return counts


def _wins(outcomes: Outcomes) -> Wins:
    wins, equals = outcomes[..., 0, :, :], outcomes[..., 1, :, :]
    return wins + (equals + np.swapaxes(equals, -1, -2)) / 2


def _resampled(outcomes: Outcomes, seed: int) -> Outcomes:
    """Draw as many votes as there are, shape (DRAWS, 2, n, n)."""
    votes = int(outcomes.sum())
    if not votes:
        return np.zeros((DRAWS, *outcomes.shape))
    wins = outcomes[0]
    shown = (_wins(outcomes) + _wins(outcomes).T) > 0
    chances = np.stack([wins + UNSEEN * shown, outcomes[1]]).ravel()
    drawn = np.random.default_rng(seed).multinomial(votes, chances / chances.sum(), size=DRAWS)
    return drawn.reshape(DRAWS, *outcomes.shape).astype(np.float64)
