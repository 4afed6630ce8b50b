"""The summary of a comparison, and the plots of times and preferences."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from lipsync_nb.compare.bradley_terry import Ballot, preferences
from lipsync_nb.compare.plots import contenders, draw_preferences, draw_times
from lipsync_nb.compare.summary import CONTENDER, MEDIANS, summary_of

TIMES = ["wall_s", "queue_s", "generation_s"]


def frame_of(*rows):
    """Return the frame of a comparison with vendor, status and times, and no other values."""
    frame = pd.DataFrame(rows, columns=["vendor", "status", *TIMES]).assign(kind="x")
    return frame.reindex(columns=[*CONTENDER, "status", "cost_unit", *MEDIANS])


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
    summary = summary_of(FRAME, pd.DataFrame())

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


@pytest.mark.parametrize("strengths", [pd.DataFrame(), None])
def test_without_any_success_there_is_a_summary(strengths):
    """It has only the counts."""
    strengths = preferences([], []) if strengths is None else strengths
    summary = summary_of(FRAME[FRAME["vendor"] == "b"], strengths)

    assert summary[["jobs", "succeeded"]].to_numpy().tolist() == [[1, 0]]
    assert summary[list(MEDIANS)].isna().all(axis=None)
