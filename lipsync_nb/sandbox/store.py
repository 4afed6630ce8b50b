"""The sandbox's storage: documents and counts in an SQLite file in its home."""

import json
import sqlite3
from pathlib import Path
from typing import Any

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;  -- a killed process loses nothing; a crash of the machine may
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id TEXT, body TEXT, UNIQUE (kind, id));
CREATE TABLE IF NOT EXISTS counts (
    vendor TEXT, name TEXT, amount REAL, PRIMARY KEY (vendor, name));
"""
PUT = """
INSERT INTO documents (kind, id, body) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
"""
ADD = """
INSERT INTO counts VALUES (?, ?, ?)
ON CONFLICT (vendor, name) DO UPDATE SET amount = amount + excluded.amount
"""

RENAMED = {"fate": "outcome", "fate_reason": "outcome_reason", "own_failure": "internal_error"}
"""Fields of documents that earlier versions wrote, and their names now."""


class Store:
    """JSON documents by kind and id, in the order of their creation, and counts per vendor.

    Args:
        path: The SQLite file; it is created if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(SCHEMA)

    def put(self, kind: str, name: str, body: dict[str, Any]) -> None:
        """Store a document. It replaces an earlier one of the same kind and name."""
        self._db.execute(PUT, (kind, name, json.dumps(body)))

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """The document, or None."""
        query = "SELECT body FROM documents WHERE kind = ? AND id = ?"
        row = self._db.execute(query, (kind, name)).fetchone()
        return None if row is None else _read(row[0])

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Every document of a kind, oldest first."""
        query = "SELECT body FROM documents WHERE kind = ? ORDER BY seq"
        return [_read(body) for (body,) in self._db.execute(query, (kind,))]

    def count(self, vendor: str, name: str, by: float = 1) -> None:
        """Add to one of a vendor's counts."""
        self._db.execute(ADD, (vendor, name, by))

    def counts(self, vendor: str) -> dict[str, float]:
        """Every count of a vendor."""
        query = "SELECT name, amount FROM counts WHERE vendor = ?"
        return dict(self._db.execute(query, (vendor,)).fetchall())

    def credits(self, vendor: str) -> float:
        """The credits of the account with a vendor, which are one of its counts."""
        return self.counts(vendor).get("credits", 0.0)

    def charge(self, vendor: str, amount: float) -> bool:
        """Charge credits, if there are enough."""
        if self.credits(vendor) < amount:
            return False
        self.count(vendor, "credits", -amount)
        self.count(vendor, "charged", amount)
        return True

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _read(body: str) -> dict[str, Any]:
    return {RENAMED.get(name, name): value for name, value in json.loads(body).items()}
