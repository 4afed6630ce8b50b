"""What jobs cost, by project and month: no unit is added to another, and nothing is left out."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.jobs.costs import GROUPS, costs_frame
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.status import JobStatus

NOVEMBER, DECEMBER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def job(number: int = 0, at: datetime = NOVEMBER, **said: object) -> Record:
    """Return a job, which has succeeded unless something else is said."""
    fields = {"vendor": "lingdong", "kind": "Generate", "request": "{}", "fingerprint": str(number)}
    fields |= {"status": JobStatus.succeeded, "accepted_at": 1.0}
    return Record(str(number), created_at=at.timestamp(), **fields | said)


def cost(amount: float, unit: str = "credits", *, estimated: bool = False) -> dict[str, object]:
    """Return what a record says of a cost."""
    return {"cost": amount, "cost_unit": unit, "cost_estimated": estimated}


def rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return the rows, with ``None`` for what is missing."""
    return [*frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)]


def test_costs_are_summed_by_project_and_month():
    """A month is one of UTC, wherever this runs."""
    jobs = [
        job(1, project="a", **cost(3)),
        job(2, project="a", **cost(4, estimated=True)),
        job(3, DECEMBER, project="a", **cost(5)),
        job(4, **cost(6)),
    ]

    frame = costs_frame(jobs)

    columns = ["project", "month", "amount", "unit", "jobs", "estimated", "unknown"]
    assert list(frame.columns) == columns
    assert rows(frame) == [
        (None, "2026-11", 6.0, "credits", 1, 0.0, 0),
        ("a", "2026-11", 7.0, "credits", 2, 4.0, 0),
        ("a", "2026-12", 5.0, "credits", 1, 0.0, 0),
    ]


def test_units_are_never_added():
    """Beans are no credits."""
    frame = costs_frame([job(1, **cost(3)), job(2, **cost(4, "beans"))], by=())

    assert rows(frame) == [(4.0, "beans", 1, 0.0, 0), (3.0, "credits", 1, 0.0, 0)]


@pytest.mark.parametrize(
    ("said", "amount", "unknown"),
    [
        ({"status": JobStatus.failed, **cost(3, estimated=True)}, 0, 0),
        ({"status": JobStatus.failed, **cost(3)}, 3, 0),
        ({"status": JobStatus.failed}, 0, 0),
        ({"status": JobStatus.cancelled, "error_type": "NeverSent", **cost(0)}, 0, 0),
        ({"status": JobStatus.abandoned, **cost(3, estimated=True)}, 3, 0),
        ({"status": JobStatus.unknown, **cost(3, estimated=True)}, 3, 0),
        ({"status": JobStatus.running, **cost(3, estimated=True)}, 3, 0),
        ({}, 0, 1),
        (cost(float("nan")), 0, 1),
        ({"vendor": "xingyun"}, 0, 1),
        ({"vendor": "of another package"}, 0, 1),
    ],
)
def test_what_was_not_paid_costs_nothing_and_what_is_not_known_is_told(said, amount, unknown):
    """What may have been paid counts, as in budgets."""
    [row] = rows(costs_frame([job(**said)], by="vendor"))

    assert (row[1], row[3], row[5]) == (amount, 1, unknown)


@given(st.lists(st.tuples(st.sampled_from(list(JobStatus)), st.integers(0, 9), st.booleans())))
def test_costs_are_those_that_budgets_count(tmp_path_factory, said):
    """For all jobs that have an id at their vendor: otherwise one of the two were wrong."""
    jobs = [
        job(number, status=status, **cost(amount, estimated=estimated))
        for number, (status, amount, estimated) in enumerate(said)
    ]
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "jobs.sqlite")
    ledger.reserve(jobs, reuse=False, allow=lambda *_: None)

    spent = ledger.spent("lingdong", "credits", 0.0)
    ledger.close()

    assert costs_frame(jobs, by=())["amount"].sum() == spent


def test_a_wrong_group_is_told_with_those_that_there_are(tmp_path: Path):
    """And no jobs make an empty table with the same columns."""
    with ls.Client([], ledger=tmp_path / "jobs.sqlite", results=tmp_path) as client:
        with pytest.raises(ls.BadRequest, match=f"'year' is none of {', '.join(GROUPS)}"):
            client.costs(by=("project", "year"))
        assert len(client.costs(by=GROUPS)) == 0
