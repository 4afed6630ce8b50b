"""What was spent, by vendor, unit and hour, so that a budget need not add up all jobs.

The table ``spent`` has one sum per hour. Triggers of SQLite mark the sum of an hour (NULL) as soon
as a job of that hour is written, whoever writes it. It is added up again when it is asked for. So
the sum for a budget takes as long with 100,000 jobs as with a thousand, and is right within the
transaction that adds a job, for any number of kernels.
"""

import sqlite3
from collections.abc import Iterable

HOUR = 3600.0
"""Seconds. 30 days have 720 sums, and an hour of 10,000 jobs a day has about 400 jobs."""
DAY = 24 * HOUR
"""Seconds."""
MOST_COST = "1.7976931348623157e308"
"""The largest finite number: an infinite cost does not count."""
COUNTED = f"""
    cost BETWEEN 0 AND {MOST_COST}
    AND (status NOT IN ('failed', 'cancelled') OR accepted_at IS NULL OR NOT cost_estimated)
"""
"""The jobs whose costs count as spent.

A job counts if it has or may get a result, if its vendor has reported its cost, and if it was
abandoned, or replaced after its answer was lost, as it may have been paid. A job that was refused
or never sent costs 0. The estimated cost of a job that failed after it was accepted does not count.
"""


def _spent_at(row: str = "") -> str:
    """Return the time from which a job's cost counts, as an expression of SQL.

    A job that uses others counts as long as it waits for them, and then from when it is sent. What
    is no time counts always.
    """
    return (
        f"min(9e9, CASE WHEN {row}inputs IS NULL THEN {row}created_at "
        f"WHEN {row}status IN ('waiting', 'submitting') THEN 9e9 "
        f"ELSE max({row}created_at, ifnull({row}sent_at, 0)) END)"
    )


def _hour(row: str = "") -> str:
    return f"CAST({_spent_at(row)} / 3600 AS INTEGER)"


def _marked(row: str) -> str:
    """Return a statement that marks the hour of a job, the row of a trigger."""
    values = f"{row}.vendor, {row}.cost_unit, {_hour(f'{row}.')}, NULL"
    return f"""
        INSERT INTO spent SELECT {values} WHERE {row}.cost_unit IS NOT NULL
            ON CONFLICT (vendor, unit, hour) DO UPDATE SET amount = NULL;
    """


_DECIDING = (
    *("vendor", "cost", "cost_unit", "cost_estimated", "status", "accepted_at"),
    *("created_at", "sent_at", "inputs"),
)
"""The columns on which the sums depend."""
_CHANGED = " OR ".join(f"old.{name} IS NOT new.{name}" for name in _DECIDING)
_SUMMED = ("cost", "status", "accepted_at", "cost_estimated", "created_at", "sent_at", "inputs")
"""The columns of which an hour's sum is made. The index has them, so that no row is read."""
SPENT_BY_HOUR = (
    f"CREATE INDEX jobs_spent ON jobs (vendor, cost_unit, {_hour()}, {', '.join(_SUMMED)})",
    """
    CREATE TABLE spent (
        vendor TEXT NOT NULL,
        unit TEXT NOT NULL,
        hour INTEGER NOT NULL,
        amount REAL,
        PRIMARY KEY (vendor, unit, hour)
    ) WITHOUT ROWID
    """,
    f"""
    INSERT INTO spent SELECT DISTINCT vendor, cost_unit, {_hour()}, NULL
        FROM jobs WHERE cost_unit IS NOT NULL
    """,  # noqa: S608 - our own words
    """
    CREATE TABLE spent_by_pruned (
        vendor TEXT NOT NULL,
        unit TEXT NOT NULL,
        hour INTEGER NOT NULL,
        amount REAL NOT NULL,
        PRIMARY KEY (vendor, unit, hour)
    ) WITHOUT ROWID
    """,
    f"CREATE TRIGGER spent_added AFTER INSERT ON jobs BEGIN {_marked('new')} END",
    f"CREATE TRIGGER spent_removed AFTER DELETE ON jobs BEGIN {_marked('old')} END",
    f"""
    CREATE TRIGGER spent_changed AFTER UPDATE ON jobs WHEN {_CHANGED}
        BEGIN {_marked("old")} {_marked("new")} END
    """,
)
"""The statements of the migration that brought these sums. A change of what counts needs a new
migration, which makes them again."""

_OF_JOBS = f"SELECT total(cost) FROM jobs WHERE vendor = ? AND cost_unit = ? AND {COUNTED}"  # noqa: S608 - our own words
_ADD_UP = f"""
    UPDATE spent SET amount = ({_OF_JOBS} AND {_hour()} = spent.hour)
        WHERE vendor = ? AND unit = ? AND hour > ? AND amount IS NULL
"""  # noqa: S608 - our own words
_FIRST_HOUR = f"{_OF_JOBS} AND {_hour()} = ? AND {_spent_at()} >= ?"
_PRUNED = "SELECT total(amount) FROM spent_by_pruned WHERE vendor = ? AND unit = ? AND hour >= ?"
_KEEP = f"""
    INSERT INTO spent_by_pruned
        SELECT vendor, cost_unit, {_hour()}, cost FROM jobs
            WHERE id = ? AND cost_unit IS NOT NULL AND cost > 0 AND {COUNTED}
        ON CONFLICT (vendor, unit, hour) DO UPDATE SET amount = amount + excluded.amount
"""  # noqa: S608 - our own words
_LATER_HOURS = "SELECT total(amount) FROM spent WHERE vendor = ? AND unit = ? AND hour > ?"


def keep_spent(db: sqlite3.Connection, ids: Iterable[tuple[str]]) -> None:
    """Keep what some jobs cost, before they are removed, within the caller's transaction."""
    db.executemany(_KEEP, ids)


def spent(db: sqlite3.Connection, vendor: str, unit: str, since: float) -> float:
    """Return what was spent at a vendor since a Unix time, within the caller's transaction.

    Of jobs that were removed, only the sum of each hour is known. So the first hour counts whole,
    and up to an hour more than was asked for: a budget is rather reached too early than exceeded.
    """
    of, hour = (vendor, unit), int(max(since, 0.0) // HOUR)
    db.execute(_ADD_UP, (*of, *of, hour))
    [first] = db.execute(_FIRST_HOUR, (*of, hour, since)).fetchone()
    [later] = db.execute(_LATER_HOURS, (*of, hour)).fetchone()
    [pruned] = db.execute(_PRUNED, (*of, hour)).fetchone()
    return float(first + later + pruned)
