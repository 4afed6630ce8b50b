"""The summary of a comparison, its ranking, and the plots of times and preferences."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import lipsync_nb as ls
from lipsync_nb.compare.bradley_terry import Ballot, preferences
from lipsync_nb.compare.criteria import BETTER, MEASURED, in_sync, read_rank_by
from lipsync_nb.compare.plots import contenders, draw_preferences, draw_times
from lipsync_nb.compare.summary import CONTENDER, MEDIANS, summary_of

NOBODY = pd.DataFrame()
"""The strengths if nobody has voted."""
MEASURED_ENDS = [end for ends in MEASURED.values() for end in ends]
TIMES = ["wall_s", "queue_s", "generation_s"]


def frame_of(*rows):
    """Return the frame of a comparison with vendor, status and times, and no other values."""
    frame = pd.DataFrame(rows, columns=["vendor", "status", *TIMES]).assign(kind="x")
    return frame.reindex(columns=[*CONTENDER, "status", "cost_unit", *MEDIANS, *MEASURED_ENDS])


def jobs_of(**jobs):
    """Return the frame of a comparison from the values of each vendor's succeeded jobs.

    A vendor has one job or a list of them. The offset is 0 unless it is given.
    """
    rows = [
        {"vendor": vendor, "av_offset_ms": 0.0} | job
        for vendor, made in jobs.items()
        for job in (made if isinstance(made, list) else [made])
    ]
    frame = pd.DataFrame(rows).assign(kind="x", status="succeeded")
    return frame.reindex(columns=[*CONTENDER, "status", "cost_unit", *MEDIANS, *MEASURED_ENDS])


def sync(corr, offset_ms=0.0, within=0.05, **more):
    """Return the values of a job whose correlation has an interval of so much either way."""
    ends = {"sync_corr_low": corr - within, "sync_corr_high": corr + within}
    return {"sync_corr": corr, "av_offset_ms": offset_ms, **ends, **more}


def voted(*pairs):
    """Return the strengths from votes; in each pair, the first is preferred."""
    ballots = [Ballot((first, "x"), (second, "x"), 1.0) for first, second in pairs]
    return preferences(ballots, [(vendor, "x") for vendor in "abcd"]).rename_axis(CONTENDER)


def places(summary):
    """Return the place of each vendor, best first; those without one have None."""
    vendors = summary.index.get_level_values("vendor")
    return {
        vendor: None if pd.isna(place) else place
        for vendor, place in zip(vendors, summary["place"], strict=True)
    }


FRAME = frame_of(
    ("a", "succeeded", 100.0, 80.0, 15.0),
    ("a", "succeeded", 40.0, 5.0, 30.0),
    ("a", "succeeded", 50.0, 10.0, None),
    ("a", "failed", 1.0, 0.5, 0.5),
    ("a", "cancelled", 1.0, 0.5, 0.5),
    ("b", "failed", 2.0, 1.0, 1.0),
)


def test_only_what_succeeded_is_timed():
    """Jobs that failed or were cancelled do not count in the medians."""
    summary = summary_of(FRAME, NOBODY)

    assert summary.loc[("a", "x"), [*TIMES, "jobs", "succeeded"]].tolist() == [50, 10, 22.5, 5, 3]
    assert summary.loc[("b", "x"), TIMES].isna().all()


def test_the_parts_of_a_bar_are_of_one_job():
    """The parts add up to the time of the median job. A vendor without a success has no bar."""
    axes = Figure().subplots()
    draw_times(axes, contenders(FRAME))
    widths = pd.DataFrame([[bar.get_width() for bar in part] for part in axes.containers])

    assert widths[0].tolist() == [10, 0, 40]
    assert widths[1].tolist() == [0, 0, 0]


def test_contenders_that_are_not_connected_are_named_in_the_plot():
    """There are votes on them, but none that connect them with the others."""
    pairs = [("a", "b")] * 3 + [("c", "d")] * 2
    ballots = [Ballot((first, "x"), (second, "x"), 1.0) for first, second in pairs]
    strengths = preferences(ballots, [(vendor, "x") for vendor in "abcde"])
    axes = Figure().subplots()
    draw_preferences(
        axes, contenders(frame_of(*[(v, "failed", 1.0, 0.0, 0.0) for v in "abcde"])), strengths
    )

    assert [text.get_text() for text in axes.texts] == ["not to be compared with these yet: c, d"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize("strengths", [NOBODY, None])
def test_without_any_success_there_is_a_summary(strengths):
    """It has only the counts."""
    strengths = preferences([], []) if strengths is None else strengths
    summary = summary_of(FRAME[FRAME["vendor"] == "b"], strengths)

    assert summary[["jobs", "succeeded"]].to_numpy().tolist() == [[1, 0]]
    assert summary[list(MEDIANS)].isna().all(axis=None)
    assert places(summary) == {"b": None}
    assert summary.columns.name == "not ranked: nothing is known by votes or sync or money"
    assert summary.attrs["rank_by"] == []


def test_who_is_within_the_interval_of_the_first_shares_its_place():
    """Of 0.80 ± 0.05, 0.77 is a tie and 0.72 is not, although it is within that of 0.77."""
    frame = jobs_of(d=sync(0.60), c=sync(0.72), b=sync(0.77), a=sync(0.80))

    assert places(summary_of(frame, NOBODY)) == {"a": 1, "b": 1, "c": 3, "d": 4}


def test_the_interval_of_one_job_is_that_of_its_measurement():
    """It is found again within a tenth of its width."""
    summary = summary_of(jobs_of(a=sync(0.80, within=0.1)), NOBODY)

    assert summary["rank_low"].item() == pytest.approx(0.70, abs=0.02)
    assert summary["rank_high"].item() == pytest.approx(0.90, abs=0.02)


def test_the_interval_of_many_jobs_is_narrower():
    """That of the median of 25 jobs is about a quarter of that of one."""
    rng = np.random.default_rng(3)
    many = [sync(corr, within=0.0) for corr in rng.normal(0.8, 0.05, 25)]
    summary = summary_of(jobs_of(a=many), NOBODY)
    low, high = summary[["rank_low", "rank_high"]].iloc[0]

    assert low < 0.8 < high
    assert 0.02 < high - low < 0.08


def test_jobs_that_differ_make_an_interval_without_a_measured_one():
    """Times of several jobs have an interval; the time of a single job is exact."""
    frame = jobs_of(
        a=[{"wall_s": 10.0}, {"wall_s": 30.0}, {"wall_s": 31.0}],
        b={"wall_s": 11.0},
        c={"wall_s": 12.0},
    )
    summary = summary_of(frame, NOBODY, ["wall_s"])

    assert places(summary) == {"b": 1, "c": 2, "a": 3}
    assert summary.loc[("a", "x"), ["rank_low", "rank_high"]].tolist() == [10, 31]


def test_early_and_late_come_after_what_is_in_sync():
    """Up to 45 ms early and 125 ms late is not noticed; the correlation counts after that."""
    frame = jobs_of(
        a=sync(0.95, 130.0),
        b=sync(0.92, -50.0),
        c=sync(0.40, 120.0),
        d=sync(0.60, -40.0),
    )
    summary = summary_of(frame, NOBODY)

    assert places(summary) == {"d": 1, "c": 2, "a": 3, "b": 3}
    assert summary["in_sync"].tolist() == [True, True, False, False]


def test_offsets_to_both_sides_do_not_cancel_out():
    """200 ms early and 200 ms late is out of sync, whatever the median of both is."""
    frame = jobs_of(a=[sync(0.9, -200.0), sync(0.9, 200.0)], b=sync(0.4))

    assert places(summary_of(frame, NOBODY)) == {"b": 1, "a": 2}


def test_what_is_not_reliable_comes_after_what_is_out_of_sync():
    """Its offset is missing. Without any correlation there is no place."""
    frame = jobs_of(
        a=sync(0.9, np.nan),
        b=sync(0.5, 400.0),
        c=sync(0.3),
        d=sync(np.nan, np.nan),
        e=[sync(0.2), sync(0.2, np.nan)],
    )
    summary = summary_of(frame, NOBODY)

    assert places(summary) == {"c": 1, "e": 2, "b": 3, "a": 4, "d": None}
    assert summary["in_sync"].isna().tolist() == [False, False, False, True, True]


def test_votes_come_before_sync():
    """Votes that are certain give the places; who has none comes last, by sync."""
    frame = jobs_of(a=sync(0.2, 300.0), b=sync(0.9), c=sync(0.8), d=sync(0.5))
    summary = summary_of(frame, voted(*[("a", "b")] * 40, *[("b", "a")] * 5))

    assert places(summary) == {"a": 1, "b": 2, "c": None, "d": None}
    assert summary.columns.name == "best first by votes, then sync"
    assert summary.attrs["rank_by"] == ["votes", "sync"]


def test_within_a_tie_of_votes_sync_gives_the_order():
    """Votes in a circle decide nothing, so all share the first place."""
    frame = jobs_of(a=sync(0.2), b=sync(0.5), c=sync(0.9))
    summary = summary_of(frame, voted("ab", "bc", "ca", "ab"))

    assert places(summary) == {"c": 1, "b": 1, "a": 1}


def test_within_a_tie_of_sync_the_cheaper_comes_first():
    """Money is exact, and does not change the place."""
    frame = jobs_of(
        a=sync(0.80, money_per_s=0.30),
        b=sync(0.79, money_per_s=0.29),
        c=sync(0.78),
        d=sync(0.50, money_per_s=0.01),
    )
    summary = summary_of(frame, NOBODY)

    assert places(summary) == {"b": 1, "a": 1, "c": 1, "d": 4}
    assert summary.columns.name == "best first by sync, then money"


def test_money_is_exact():
    """Jobs at different prices make no interval. Equal ones share a place."""
    prices = {"a": [0.1, 0.9, 0.2], "b": [0.19], "c": [0.2], "d": [0.3]}
    frame = jobs_of(**{v: [{"money_per_s": m} for m in money] for v, money in prices.items()})

    assert places(summary_of(frame, NOBODY, ["money"])) == {"b": 1, "a": 2, "c": 2, "d": 4}


@pytest.mark.parametrize(
    ("name", "values", "order"),
    [
        ("audio_mel_corr", (0.1, 0.9, 0.5), "bca"),
        ("wall_s", (1.0, 9.0, 5.0), "acb"),
        ("av_offset_ms", (-300.0, 200.0, -50.0), "cba"),
        ("drift_ms_per_min", (-3.0, 2.0, -1.0), "cba"),
    ],
)
def test_the_better_value_comes_first(name, values, order):
    """Much of a similarity, little of a time, and of an offset what is near 0."""
    frame = jobs_of(**{vendor: {name: value} for vendor, value in zip("abc", values, strict=True)})

    assert "".join(places(summary_of(frame, NOBODY, [name]))) == order


def test_offsets_tie_within_their_documented_uncertainty():
    """Differences of offsets are right within 20 ms, however narrow the measured interval is."""
    offsets = {"a": -10.0, "b": 25.0, "c": 40.0}
    narrow = {vendor: (offset - 1, offset + 1) for vendor, offset in offsets.items()}
    frame = jobs_of(
        **{
            vendor: dict(zip(["av_offset_ms", *MEASURED["av_offset_ms"]], (x, *ends), strict=True))
            for (vendor, x), ends in zip(offsets.items(), narrow.values(), strict=True)
        }
    )

    assert places(summary_of(frame, NOBODY, ["av_offset_ms"])) == {"a": 1, "b": 1, "c": 3}


def test_a_failed_contender_comes_last_without_a_place():
    """Its times do not count."""
    summary = summary_of(FRAME, NOBODY, ["wall_s"])

    assert places(summary) == {"a": 1, "b": None}


def test_what_can_be_ranked_by_is_in_the_summary():
    """So that the reader sees the value that decides."""
    assert set(BETTER) <= set(MEDIANS)


@pytest.mark.parametrize("rank_by", ["width", "best", ["sync", "cost_per_s"], [], "strength"])
def test_what_has_no_better_value_is_refused(rank_by):
    """The error lists what is possible."""
    with pytest.raises(ls.BadRequest, match=r"rank_by: .* expected some of votes, sync, money, "):
        read_rank_by(rank_by, {})


@pytest.mark.parametrize("rank_by", ["money", ["sync", "money_per_s"]])
def test_money_needs_prices(rank_by):
    """The error says how to give them."""
    with pytest.raises(ls.BadRequest, match="needs prices="):
        read_rank_by(rank_by, {})


def test_videos_without_a_mouth_count_against_being_in_sync():
    """One good video and nine without a face are not in sync, as far as is known."""
    offsets = pd.DataFrame({"av_offset_ms": [0.0] + 9 * [np.nan]})

    assert in_sync(offsets) is None
    assert in_sync(offsets[:2]) is True


@pytest.mark.parametrize("odd", [5, 0.5, object()], ids=["int", "float", "object"])
def test_what_is_no_criterion_is_refused(odd):
    """The error says what is expected."""
    with pytest.raises(ls.BadRequest, match="is no name and no list of names"):
        read_rank_by(odd, {})
