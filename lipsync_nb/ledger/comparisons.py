"""Comparisons and votes in the ledger.

The compared jobs are in the ledger too, so that opening an earlier comparison costs nothing.
"""

import hashlib
import json
import sqlite3
from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from time import time
from typing import Any

from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger.file import LedgerFile, in_file_thread
from lipsync_nb.ledger.readable import Readable

ID_DIGITS = 12
"""Hexadecimal digits of a comparison's id."""


class Choice(StrEnum):
    """A vote on two videos."""

    left = "left"
    right = "right"
    equal = "equal"
    skip = "skip"
    """No vote: it is not counted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a comparison.

    Attributes:
        vendor: The vendor's name.
        kind: The kind of request.
        face: The face's name; ``None`` if the vendor shows a stock figure.
        script: The script's name.
        repeat: The number of the repeat, from 1.
        job: The job's id; ``None`` if there is no job.
        note: The reason why there is no job, or a remark.
        face_media: The path of the face, if it is a local file and was used.
        speech_media: The path of the speech, under the same conditions.
    """

    vendor: str
    kind: str
    face: str | None
    script: str | None
    repeat: int = 1
    job: str | None = None
    note: str = ""
    face_media: str | None = None
    speech_media: str | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    """The vote of one person on two videos; `voted_at` is a Unix time in seconds."""

    left_job: str
    right_job: str
    choice: Choice
    voter: str
    voted_at: float


class Comparisons:
    """The comparisons in a ledger.

    Args:
        file: The ledger.
    """

    def __init__(self, file: LedgerFile) -> None:
        self._file = file
        self.run = file.run

    @in_file_thread
    def add(self, entries: Sequence[Entry]) -> str:
        """Store a comparison, unless it is stored already.

        Returns:
            Its id. The same jobs for the same inputs always have the same id.
        """
        comparison = _id_of(entries)
        with self._file.writing(durable=True) as db:
            known = "SELECT count(*) FROM comparisons WHERE id = ?"
            if not db.execute(known, (comparison,)).fetchone()[0]:
                db.execute("INSERT INTO comparisons VALUES (?, ?)", (comparison, time()))
                db.executemany(_insertion("entries", Entry), _rows(comparison, entries))
        return comparison

    @in_file_thread
    def entries(self, comparison: str) -> list[Entry]:
        """Return the entries of a comparison that this version can read.

        Raises:
            LedgerError: There is none with that id.
        """
        query = "SELECT * FROM entries WHERE comparison = ? ORDER BY rowid"
        with self._file.reading() as db:
            rows = [_values(row) for row in db.execute(query, (comparison,)).fetchall()]
        found = [Entry(**row) for row in rows if not _ENTRY.wrong(row)]
        if not found:
            raise LedgerError(f"no comparison {comparison!r} in {self._file.path}")
        return found

    @in_file_thread
    def all(self) -> list[tuple[str, float]]:
        """Return the ids and Unix times of all comparisons, the oldest first."""
        with self._file.reading() as db:
            return [tuple(row) for row in db.execute("SELECT * FROM comparisons ORDER BY rowid")]

    @in_file_thread
    def vote(self, comparison: str, vote: Vote) -> None:
        """Store a vote."""
        with self._file.writing(durable=True) as db:
            db.executemany(_insertion("votes", Vote), _rows(comparison, [vote]))

    @in_file_thread
    def votes(self, jobs: Container[str]) -> list[Vote]:
        """Return the votes on pairs of these jobs in all comparisons, the oldest first.

        Votes that this version cannot read are left out.
        """
        with self._file.reading() as db:
            rows = db.execute("SELECT * FROM votes ORDER BY rowid").fetchall()
        readable = (row for row in map(_values, rows) if not _VOTE.wrong(row))
        votes = (Vote(**row | {"choice": Choice(row["choice"])}) for row in readable)
        return [vote for vote in votes if vote.left_job in jobs and vote.right_job in jobs]


def _id_of(entries: Iterable[Entry]) -> str:
    places = [{**asdict(entry), "note": ""} for entry in entries if entry.job]
    return hashlib.sha256(json.dumps(places, sort_keys=True).encode()).hexdigest()[:ID_DIGITS]


def _insertion(table: str, kind: type[Entry | Vote]) -> str:
    names = ["comparison", *(field.name for field in fields(kind))]
    marks = ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own words


def _rows(comparison: str, things: Iterable[Entry | Vote]) -> list[dict[str, object]]:
    return [{"comparison": comparison, **asdict(thing)} for thing in things]


def _values(row: sqlite3.Row) -> dict[str, Any]:
    values = dict(row)
    del values["comparison"]
    return values


_ENTRY, _VOTE = Readable(Entry), Readable(Vote)
