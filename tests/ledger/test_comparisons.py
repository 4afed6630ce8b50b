"""Comparisons and votes in the ledger: kept as they were, in files of any age."""

import sqlite3
from dataclasses import replace

import pytest

from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger import Ledger
from lipsync_nb.ledger.comparisons import Choice, Comparisons, Entry, Vote
from lipsync_nb.ledger.schema import MIGRATIONS

ENTRIES = [
    Entry("lingdong", "Generate", "脸", "hello", 1, "a", face_media="/脸.png"),
    Entry("xingyun", "RenderScript", None, "hello", 2, None, "it needs a text"),
]
VOTES = [Vote("a", "b", Choice.left, "安", 100.0), Vote("b", "a", Choice.skip, "Bo", 101.5)]


@pytest.fixture
def ledger(tmp_path):
    """An empty ledger."""
    ledger = Ledger(tmp_path / "jobs.sqlite")
    yield ledger
    ledger.close()


def test_what_is_kept_is_found_again(ledger):
    """Entries and votes come back as they went in, in their order."""
    kept = Comparisons(ledger)
    first, second = kept.add(ENTRIES), kept.add([replace(ENTRIES[0], repeat=2)])
    for vote in VOTES:
        kept.vote(first, vote)

    assert kept.entries(first) == ENTRIES
    assert kept.votes({"a", "b"}) == VOTES
    assert kept.votes({"a", "c"}) == []
    assert [name for name, _ in kept.all()] == [first, second]


def test_the_same_comparison_is_kept_once(ledger):
    """A notebook that is run again does not double it, whatever is noted of its jobs."""
    kept = Comparisons(ledger)
    first = kept.add(ENTRIES)

    assert kept.add([replace(ENTRIES[0], note="shared"), ENTRIES[1]]) == first
    assert kept.entries(first) == ENTRIES
    assert len(kept.all()) == 1


def test_an_unknown_comparison_is_an_error(ledger):
    """Not an empty one."""
    with pytest.raises(LedgerError, match="no comparison 'x'"):
        Comparisons(ledger).entries("x")


def test_a_ledger_from_before_comparisons_gets_them(tmp_path):
    """Its jobs stay."""
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as db:
        for statement in MIGRATIONS[0]:
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        db.execute(
            "INSERT INTO jobs (id, vendor, kind, request, fingerprint, status, created_at, "
            "vendor_status, revision) VALUES ('a', 'v', 'k', '{}', 'f', 'queued', 1, '', 1)"
        )
    db.close()
    ledger = Ledger(path)

    first = Comparisons(ledger).add(ENTRIES)

    assert [job.id for job in ledger.all()] == ["a"]
    assert Comparisons(ledger).entries(first) == ENTRIES
    ledger.close()
