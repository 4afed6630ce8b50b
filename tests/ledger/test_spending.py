"""What was spent: the sums of hours are those of the jobs, however these change."""

import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lipsync_nb as ls
from lipsync_nb.jobs.budget import Budgets
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.ledger.schema import MIGRATIONS
from lipsync_nb.ledger.spending import HOUR
from lipsync_nb.status import JobStatus

START = 1_760_000_000.0
TIMES = st.sampled_from([START + hours * HOUR for hours in (0, 0.5, 1, 1.5, 30)])
COST = st.sampled_from([None, -5.0, 0.0, 0.25, 3.0, 1e6])
SAID = st.fixed_dictionaries(
    {
        "vendor": st.sampled_from(["lingdong", "yunai"]),
        "status": st.sampled_from(list(JobStatus)),
        "created_at": TIMES,
        "cost": COST,
        "cost_unit": st.sampled_from([None, "credits", "beans"]),
        "cost_estimated": st.sampled_from([None, False, True]),
    },
    optional={"accepted_at": TIMES, "sent_at": TIMES, "inputs": st.just("x")},
)
CHANGES = st.lists(st.tuples(st.sampled_from("abcd"), st.none() | SAID), max_size=12)


def job(job_id, **said):
    """Return a job. One with inputs uses itself, which is in the ledger."""
    if "inputs" in said:
        said["inputs"] = job_id
    return Record(job_id, kind="Generate", request="{}", fingerprint=job_id, **said)


def counts(record, since):
    """Return whether a job's cost counts: what `lipsync_nb.ledger.spending` says, in Python."""
    if record.cost is None or not 0 <= record.cost <= sys.float_info.max:
        return False
    if record.status in {JobStatus.failed, JobStatus.cancelled}:
        reported = record.cost_estimated is False
        if record.accepted_at is not None and not reported:
            return False
    if record.inputs is None:
        return record.created_at >= since
    waits = record.status in {JobStatus.waiting, JobStatus.submitting}
    return waits or max(record.created_at, record.sent_at or 0) >= since


@settings(max_examples=40)  # each writes to a disk
@given(changes=CHANGES, since=TIMES)
def test_the_sum_is_that_of_the_jobs(tmp_path_factory, changes, since):
    """After any number of jobs were added, changed and removed, also between two sums."""
    path = tmp_path_factory.mktemp("ledger") / "jobs.sqlite"
    jobs: dict[str, Record] = {}
    with closing(Ledger(path)) as ledger, closing(sqlite3.connect(path)) as other:
        for job_id, said in changes:
            if said is None:
                jobs.pop(job_id, None)
                other.execute("DELETE FROM jobs WHERE id = ?", job_id)
                other.commit()
            elif job_id in jobs:
                after = replace(jobs[job_id], **said)  # it is in the ledger, whatever its inputs
                ledger.update(
                    job_id, lambda before, after=after: replace(after, revision=before.revision)
                )
                jobs[job_id] = after
            else:
                jobs[job_id] = job(job_id, **said)
                ledger.reserve([jobs[job_id]], reuse=False, allow=lambda *_: None)
            for vendor, unit in (("lingdong", "credits"), ("yunai", "beans")):
                of = [
                    each
                    for each in jobs.values()
                    if (each.vendor, each.cost_unit) == (vendor, unit)
                ]
                expected = sum(each.cost for each in of if counts(each, since))
                assert ledger.spent(vendor, unit, since) == expected


def test_an_older_ledger_is_added_up(tmp_path: Path):
    """Its jobs count as before, also in hours of which nothing was written since."""
    path = tmp_path / "jobs.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.create_function("bare_url", 1, lambda url: url, deterministic=True)
        for statement in sum(MIGRATIONS[:10], ()):
            db.execute(statement)
        row = "INSERT INTO jobs (id, vendor, kind, request, fingerprint, status, created_at, "
        row += "vendor_status, revision, cost, cost_unit, cost_estimated) VALUES "
        row += "(?, 'lingdong', 'Generate', '{}', 'f', 'succeeded', ?, '', 1, 2, 'credits', 0)"
        for n in range(100):
            db.execute(row, (str(n), START + n * HOUR / 2))
        db.execute("PRAGMA user_version = 10")
        db.commit()
    with closing(Ledger(path)) as ledger:
        assert ledger.spent("lingdong", "credits", 0.0) == 200
        assert ledger.spent("lingdong", "credits", START + 10.25 * HOUR) == 158


def test_what_is_no_time_counts(tmp_path: Path):
    """A row that cannot be read may have been paid now."""
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        said = {"vendor": "lingdong", "status": JobStatus.running, "created_at": START}
        new = job("a", **said, cost=2.0, cost_unit="credits")
        ledger.reserve([new], reuse=False, allow=lambda *_: None)
        with closing(sqlite3.connect(ledger.path)) as db:
            db.execute("UPDATE jobs SET created_at = 'yesterday'")
            db.commit()

        assert ledger.spent("lingdong", "credits", START + 1e6) == 2


def test_fractions_fill_a_budget(tmp_path: Path):
    """Ten tenths are one, in whatever hours they were spent."""
    tenth = {"cost": 0.1, "cost_unit": "credits", "cost_estimated": True}
    said = {"vendor": "lingdong", "status": JobStatus.running} | tenth
    allow = Budgets({"lingdong": ls.Budget(1.0, days=1e6)}).check
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        for n in range(10):
            new = job(str(n), **said, created_at=START + n * n * HOUR / 4)
            ledger.reserve([new], reuse=False, allow=allow)
        last = job("last", **said, created_at=START)
        with pytest.raises(ls.BudgetExceeded, match=r"exceeds the budget by 0\.1;"):
            ledger.reserve([last], reuse=False, allow=allow)
        assert len(ledger.all()) == 10


def test_an_hour_of_many_jobs_is_added_up_from_the_index(tmp_path: Path):
    """No row is read, which would take as long again, while no other kernel can write."""
    statements: list[str] = []
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        db = ledger._db
        ledger.run(db.set_trace_callback, statements.append)
        ledger.spent("lingdong", "credits", START)
        ledger.run(db.set_trace_callback, None)
        sums = [text for text in statements if "total(cost)" in text]
        plans = [ledger.run(lambda of=of: [*db.execute(f"EXPLAIN QUERY PLAN {of}")]) for of in sums]

    read = [row["detail"] for plan in plans for row in plan if " jobs " in row["detail"]]
    assert len(read) == 2
    assert all("USING COVERING INDEX jobs_spent" in step for step in read)
