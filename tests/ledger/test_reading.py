"""How jobs are looked up: no everyday query reads all of them."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from notebook.ledgers import client_of, made_up

from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger import Ledger
from lipsync_nb.ledger.reading import NEVER_SENT, OPEN, UNFETCHED
from lipsync_nb.status import JobStatus

FEW = ("jobs_open", "jobs_unfetched", "jobs_never_sent")
"""Indexes of a few jobs each, which may be read as a whole."""


@pytest.fixture
def ledger(tmp_path):
    """A ledger with jobs of all kinds."""
    with closing(Ledger(tmp_path / "jobs.sqlite")) as ledger:
        new = [made_up(number) for number in range(12)]
        ledger.reserve(new, reuse=False, allow=lambda *_: None)
        yield ledger


def spend(_, spent):
    """Ask what was spent, as a budget does."""
    spent("chanjing", "beans", 1e9)


EVERYDAY = {
    "submit": lambda it: it.reserve([made_up(99)], reuse=True, allow=spend),
    "change": lambda it: it.update(made_up(2).id, lambda job: replace(job, progress=0.9)),
    "replace": lambda it: it.supersede(
        made_up(4).id, made_up(98, status="submitting"), follow=lambda job: job, allow=spend
    ),
    "claim": lambda it: it.claim("me", {"yunai": set()}, fetchable_since=1.0),
    "withdraw": lambda it: it.withdraw("me"),
    "send": lambda it: it.mark_sent(made_up(1).id, "me", "account"),
    "find a lost job": lambda it: it.rivals(made_up(5), ["v1", "v2"]),
    "accept": lambda it: it.with_vendor_id(made_up(1), "v1"),
    "start": lambda it: it.unfinished(),
    "follow": lambda it: it.since(it.newest_revision() - 1),
    "follow in parts": lambda it: it.since(it.newest_revision() - 1, 2),
    "never sent": lambda it: it.never_sent(),
    "the last succeeded": lambda it: it.last_succeeded("yunai", "AvatarVideo", 50),
    "rows of a batch": lambda it: it.having("key", ["7"]),
    "jobs of a request": lambda it: it.having("fingerprint", ["print 1"]),
    "pruned": lambda it: it.prunings(),
}


@pytest.mark.parametrize("name", EVERYDAY)
def test_no_everyday_query_reads_all_jobs(ledger, name):
    """Each uses an index, by SQLite's own plan."""
    statements: list[str] = []
    db = ledger._db
    ledger.run(db.set_trace_callback, statements.append)
    EVERYDAY[name](ledger)
    ledger.run(db.set_trace_callback, None)

    queries = [text for text in statements if re.match(r"\s*(SELECT|UPDATE|INSERT|DELETE)", text)]
    assert queries
    for query in queries:
        plan = ledger.run(lambda query=query: [*db.execute(f"EXPLAIN QUERY PLAN {query}")])
        read = [row["detail"] for row in plan if row["detail"].startswith("SCAN jobs")]
        assert all(step.endswith(FEW) for step in read), query


def test_the_newest_jobs_are_read_by_their_index(ledger):
    """However many there are."""
    query = "EXPLAIN QUERY PLAN SELECT id FROM jobs ORDER BY created_at DESC, rowid DESC LIMIT 3"
    [plan] = ledger.run(lambda: [row["detail"] for row in ledger._db.execute(query)])

    assert [job.id for job in ledger.newest(3)] == [made_up(number).id for number in (9, 10, 11)]
    assert plan == "SCAN jobs USING INDEX jobs_newest" or "COVERING INDEX jobs_newest" in plan


@pytest.mark.parametrize(
    ("index", "condition"),
    [("jobs_open", OPEN), ("jobs_unfetched", UNFETCHED), ("jobs_never_sent", NEVER_SENT)],
)
def test_an_index_of_few_jobs_has_the_condition_that_is_asked_for(ledger, index, condition):
    """Otherwise SQLite refuses the query, and no ledger opens."""
    query = "SELECT sql FROM sqlite_master WHERE name = ?"
    [made] = ledger.run(lambda: [row["sql"] for row in ledger._db.execute(query, (index,))])

    assert made.partition("WHERE")[2].split() == condition.split()


def test_unfinished_jobs_come_with_what_they_use(ledger):
    """Also what these use, and what has replaced them."""
    first, second = made_up(4, status="succeeded", path="/a.mp4"), made_up(9)
    chain = [
        made_up(30, status="succeeded", path="/b.mp4", inputs=first.id),
        made_up(31, status="failed", inputs=made_up(30).id, successor=second.id),
        made_up(32, status="waiting", inputs=made_up(31).id),
    ]
    ledger.update(first.id, lambda _: first)
    ledger.reserve(chain, reuse=False, allow=lambda *_: None)

    found = {job.id for job in ledger.unfinished()}
    assert {first.id, second.id, *(job.id for job in chain)} <= found
    assert made_up(5).status is JobStatus.cancelled
    assert made_up(5).id not in found


def test_jobs_are_read_once_to_be_taken_over(ledger):
    """They are read before the transaction, and again in it only if another kernel has written."""
    statements: list[str] = []
    db = ledger._db
    ledger.run(db.set_trace_callback, statements.append)
    claimed = ledger.claim("me", {"yunai": set()}, fetchable_since=1.0)
    ledger.run(db.set_trace_callback, None)

    assert claimed
    assert sum("INDEXED BY jobs_open" in each for each in statements) == 1


def test_changes_are_read_in_parts_that_split_no_revision(tmp_path):
    """Each change comes once, in the order of their writing."""
    with closing(Ledger(tmp_path / "parts.sqlite")) as ledger:
        for size in (1, 3, 2, 5):
            new = [made_up(10 * size + number) for number in range(size)]
            ledger.reserve(new, reuse=False, allow=lambda *_: None)

        parts, last = [], 0
        while part := ledger.since(last, 2):
            parts.append(len(part))
            last = part[-1].revision

        assert parts == [4, 2, 5]


def test_a_closed_ledger_is_read_while_another_kernel_writes(ledger):
    """It is opened to be read only, so it does not wait for the other's transaction."""
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        ledger.close()
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM jobs")

        assert ledger.count() == 12
        assert len(ledger.columns()["id"]) == 12


def test_reading_a_closed_ledger_does_not_change_its_file(ledger):
    """No migration is applied, and nothing is written."""
    ledger.close()
    before = ledger.path.read_bytes()

    assert ledger.get(made_up(3).id).id == made_up(3).id
    assert ledger.path.read_bytes() == before


def test_a_closed_ledger_that_a_newer_version_has_migrated_is_not_read(ledger):
    """The version of the file is looked at although nothing is migrated."""
    ledger.close()
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version = 99")

    with pytest.raises(LedgerError, match="newer lipsync_nb"):
        ledger.count()


def test_costs_read_only_the_columns_of_costs(tmp_path):
    """Requests are most of a ledger. A row that is wrong elsewhere costs what a budget counts."""
    failed = made_up(4, status="failed", accepted_at=1e9, cost_estimated=True)
    with client_of(tmp_path, made_up(1), replace(failed, cost=3.0, cost_unit="beans")) as client:
        ledger, statements = client.ledger, []
        with closing(sqlite3.connect(ledger.path)) as db:
            db.execute("UPDATE jobs SET note = x'ff' WHERE id = ?", (failed.id,))
            db.execute("UPDATE jobs SET cost = 'much' WHERE id = ?", (made_up(1).id,))
            db.commit()
        ledger.run(ledger._db.set_trace_callback, statements.append)
        costs = client.costs(by="title")
        ledger.run(ledger._db.set_trace_callback, None)

    [query] = [text for text in statements if text.startswith("SELECT id, vendor, kind, ")]
    assert "request" not in query
    assert costs["jobs"].sum() == 2
    assert (costs["amount"].sum(), costs["unknown"].sum()) == (0, 1)
