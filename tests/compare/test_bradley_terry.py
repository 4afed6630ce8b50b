"""Strengths from votes. The preferences of simulated voters are known, and must be found."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from lipsync_nb.compare.bradley_terry import Ballot, preferences
from lipsync_nb.compare.summary import agreements, spearman
from lipsync_nb.ledger.comparisons import Choice, Vote

TRUE = {("a", "x"): 1.2, ("b", "x"): 0.6, ("c", "x"): 0.0, ("c", "y"): -0.5, ("d", "x"): -1.3}
"""The true strengths of five contenders, zero on average."""
RUNS = 100
A, B = ("a", "x"), ("b", "x")


def vote(rng, first, second, ties=0.0):
    """Return the vote of a simulated voter, drawn by the true strengths."""
    if rng.random() < ties:
        return Ballot(first, second, 0.5)
    chance = 1 / (1 + np.exp(TRUE[second] - TRUE[first]))
    return Ballot(first, second, float(rng.random() < chance))


def poll(seed, rounds, **habits):
    """Return the strengths found from so many votes on each pair."""
    rng = np.random.default_rng(seed)
    ballots = [vote(rng, *pair, **habits) for pair in combinations(TRUE, 2) for _ in range(rounds)]
    return preferences(ballots, list(TRUE))


@pytest.mark.parametrize("rounds", [6, 60])
def test_the_intervals_contain_the_true_strengths(rounds, figure):
    """The interval of each contender contains its true strength in at least 90 of 100 runs."""
    inside = np.zeros(len(TRUE))
    truth = np.array(list(TRUE.values()))
    for seed in range(RUNS):
        found = poll(seed, rounds)
        inside += (found["strength_low"] <= truth) & (truth <= found["strength_high"])

    figure(f"truth in the 95 % interval, {rounds} votes a pair: {[*map(int, inside)]} of {RUNS}")
    assert inside.min() >= 90


def test_the_order_is_found(figure):
    """With 60 votes a pair, all five are in the true order in at least 90 of 100 runs."""
    right = sum(poll(seed, 60)["strength"].is_monotonic_decreasing for seed in range(RUNS))

    figure(f"order of five contenders found: {right} of {RUNS} runs")
    assert right >= 90


def test_more_votes_give_smaller_intervals():
    """Four times as many votes make the intervals about half as wide."""
    few, many = (
        (found["strength_high"] - found["strength_low"]).mean()
        for found in (poll(1, 15), poll(1, 60))
    )

    assert 1.6 < few / many < 2.6


def test_a_contender_that_never_loses_has_a_finite_strength():
    """A contender that never loses has a finite strength and a wide interval."""
    found = preferences([Ballot(A, B, 1.0)] * 5, [A, B])
    first = found.loc[A]

    assert 0 < first["strength"] < 5
    assert first["strength_high"] - first["strength_low"] > 1
    assert found["strength"].sum() == pytest.approx(0, abs=1e-6)


def test_an_interval_contains_its_strength():
    """The interval contains the strength, with a margin, also if all votes agree."""
    contenders = [(name, "x") for name in "abcdefgh"]
    ballots = [Ballot(*pair, 1.0) for pair in combinations(contenders, 2)] * 3
    found = preferences(ballots, contenders)

    assert (found["strength_low"] < found["strength"] - 0.5).all()
    assert (found["strength"] + 0.5 < found["strength_high"]).all()


def test_contenders_that_are_not_connected_are_not_ranked():
    """Of two groups without a vote between them, the one with fewer votes has no strengths."""
    c, d = ("c", "x"), ("d", "x")
    apart = [Ballot(A, B, 1.0)] * 3 + [Ballot(c, d, 1.0)] * 2
    found = preferences(apart, [c, A, B, d])
    joined = preferences([*apart, Ballot(B, c, 0.5)], [c, A, B, d])

    assert found["strength"].isna().tolist() == [True, False, False, True]
    assert found["votes"].tolist() == [2, 3, 3, 2]
    assert joined.notna().all(axis=None)


def test_an_equal_is_half_a_vote_for_each():
    """Only "equal" votes give equal strengths. A win and an "equal" are three to one."""
    equal = preferences([Ballot(A, B, 0.5)] * 8, [A, B])
    mixed = [Ballot(A, B, score) for score in (1.0, 0.5)] * 40
    strengths = preferences(mixed, [A, B])["strength"]

    assert equal["strength"].abs().max() < 1e-9
    assert strengths.diff().iloc[-1] == pytest.approx(-np.log(3), abs=0.05)
    assert equal["votes"].tolist() == [8, 8]


def test_sides_and_order_of_votes_change_nothing():
    """The sides and the order of the votes do not change the strengths."""
    ballots = [vote(np.random.default_rng(3), *pair) for pair in combinations(TRUE, 2)] * 3
    swapped = [Ballot(b.second, b.first, 1 - b.score) for b in reversed(ballots)]

    pd.testing.assert_frame_equal(
        preferences(ballots, list(TRUE)), preferences(swapped, list(TRUE)), rtol=1e-6
    )


def test_without_votes_there_are_no_strengths():
    """Contenders without a vote have no strengths."""
    found = preferences([], list(TRUE))
    one_left_out = preferences([Ballot(("a", "x"), ("b", "x"), 1.0)], list(TRUE))

    assert found["strength"].isna().all()
    assert one_left_out["strength"].notna().tolist() == [True, True, False, False, False]
    assert one_left_out["strength_low"].notna().tolist() == [True, True, False, False, False]
    assert one_left_out["votes"].tolist() == [1, 1, 0, 0, 0]
    assert preferences([], []).empty


def test_rank_correlation_is_spearmans():
    """It uses ranks, with mean ranks for ties, of the pairs where both values are known."""
    first = pd.Series([1.0, 2.0, 2.0, 9.0, np.nan])
    second = pd.Series([10.0, 20.0, 30.0, 40.0, 5.0])

    assert spearman(first, second) == pytest.approx(0.9486833)  # by hand: ranks 1, 2.5, 2.5, 4
    assert np.isnan(spearman(first[:2], second[:2]))
    assert np.isnan(spearman(first * 0, second))


def strengths_of(**strengths):
    """Return strengths by contender, all of the kind x."""
    index = pd.MultiIndex.from_product([[*strengths], ["x"]], names=["vendor", "kind"])
    return pd.DataFrame({"strength": [*strengths.values()]}, index)


def test_a_metric_agrees_with_votes_whose_winner_has_more_of_it():
    """The agreement is the share of such votes. The sign of an offset does not count."""
    frame = pd.DataFrame(
        {"job": list("abc"), "sync_corr": [0.9, 0.5, 0.5], "av_offset_ms": [-10.0, 80.0, -200.0]}
    ).assign(vendor=list("abc"), kind="x")
    cast = [("a", "b", "left"), ("c", "a", "right"), ("b", "c", "left"), ("a", "b", "skip")]
    votes = [Vote(left, right, Choice(said), "me", 0.0) for left, right, said in cast]
    strengths = strengths_of(a=1.0, b=0.0, c=-1.0)
    found = agreements(frame, strengths, votes, ["sync_corr", "av_offset_ms"])

    assert found.loc["sync_corr", ["agreement", "votes"]].tolist() == [1.0, 2]  # b and c are level
    assert found.loc["av_offset_ms"].tolist() == [-1.0, 3, 0.0, 3]


@pytest.mark.parametrize("figure", ["av_offset_ms", "audio_lag_ms", "duration_delta_s"])
def test_signed_metrics_count_without_their_signs(figure):
    """-200 and +200 count as 200, not 0. Contenders without a value or a strength do not count."""
    values = {"a": (-200.0, 200.0), "b": (50.0, -60.0), "c": (0.0, 1.0), "d": (9.0, 9.0)}
    rows = [(vendor, value) for vendor, pair in values.items() for value in pair]
    frame = pd.DataFrame(rows, columns=["vendor", figure]).assign(kind="x", job=[*"12345678"])
    strengths = strengths_of(a=-1.0, b=0.0, c=1.0, d=np.nan)
    found = agreements(frame, strengths, [], [figure])

    assert found.loc[figure, ["rank_corr", "contenders"]].tolist() == [-1.0, 3]
