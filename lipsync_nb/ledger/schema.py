"""The tables of the ledger, as numbered migrations, and the migration of a file."""

import sqlite3
from itertools import chain
from pathlib import Path

from lipsync_nb.errors import LedgerError
from lipsync_nb.ledger.spending import SPENT_BY_HOUR

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            vendor TEXT NOT NULL,
            kind TEXT NOT NULL,
            request TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at REAL NOT NULL,
            vendor_status TEXT NOT NULL,
            vendor_id TEXT,
            progress REAL,
            video_url TEXT,
            poster_url TEXT,
            error TEXT,
            error_type TEXT,
            cost REAL,
            cost_unit TEXT,
            cost_estimated INTEGER,
            duration_s REAL,
            path TEXT,
            sent_at REAL,
            accepted_at REAL,
            started_at REAL,
            finished_at REAL,
            owner TEXT,
            revision INTEGER NOT NULL
        )
        """,
        "CREATE INDEX jobs_fingerprint ON jobs (fingerprint)",
        "CREATE INDEX jobs_revision ON jobs (revision)",
        "CREATE INDEX jobs_vendor ON jobs (vendor, created_at)",
        """
        CREATE TABLE owners (
            id TEXT PRIMARY KEY,
            pid INTEGER NOT NULL,
            host TEXT NOT NULL,
            alive_until REAL NOT NULL
        )
        """,
    ),
    (
        """
        CREATE TABLE comparisons (
            id TEXT PRIMARY KEY,
            created_at REAL NOT NULL
        )
        """,
        """
        CREATE TABLE entries (
            comparison TEXT NOT NULL REFERENCES comparisons (id),
            vendor TEXT NOT NULL,
            kind TEXT NOT NULL,
            face TEXT,
            script TEXT,
            repeat INTEGER NOT NULL,
            job TEXT,
            note TEXT NOT NULL,
            face_media TEXT,
            speech_media TEXT
        )
        """,
        "CREATE INDEX entries_comparison ON entries (comparison)",
        """
        CREATE TABLE votes (
            comparison TEXT NOT NULL REFERENCES comparisons (id),
            left_job TEXT NOT NULL,
            right_job TEXT NOT NULL,
            choice TEXT NOT NULL,
            voter TEXT NOT NULL,
            voted_at REAL NOT NULL
        )
        """,
        "CREATE INDEX votes_comparison ON votes (comparison)",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN successor TEXT",
        "ALTER TABLE jobs ADD COLUMN unproven INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE jobs SET successor = substr(error, -16)
            WHERE error LIKE 'given up_ submitted again as %'
        """,
        """
        UPDATE jobs SET sent_at = NULL
            WHERE status IN ('failed', 'cancelled') AND accepted_at IS NULL AND successor IS NULL
        """,
    ),
    ("ALTER TABLE jobs ADD COLUMN account TEXT",),
    (
        """
        UPDATE jobs SET cost = 0, cost_estimated = 0
            WHERE status IN ('failed', 'cancelled') AND accepted_at IS NULL AND sent_at IS NULL
                AND cost IS NOT NULL
        """,
        "CREATE INDEX IF NOT EXISTS jobs_vendor_id ON jobs (vendor, vendor_id)",
    ),
    ("ALTER TABLE jobs ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0",),
    (
        "ALTER TABLE jobs ADD COLUMN note TEXT",
        "ALTER TABLE owners ADD COLUMN boot TEXT",
        "ALTER TABLE owners ADD COLUMN pid_namespace TEXT",
        "ALTER TABLE owners ADD COLUMN until REAL",
        """
        UPDATE jobs
            SET video_url = bare_url(CAST(video_url AS BLOB)),
                poster_url = bare_url(CAST(poster_url AS BLOB))
            WHERE path IS NOT NULL
        """,
    ),
    ("ALTER TABLE jobs ADD COLUMN verdict TEXT",),
    (
        "ALTER TABLE jobs ADD COLUMN makes TEXT NOT NULL DEFAULT 'Video'",
        "ALTER TABLE jobs ADD COLUMN inputs TEXT",
        "ALTER TABLE jobs ADD COLUMN result TEXT",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN project TEXT",
        "ALTER TABLE jobs ADD COLUMN title TEXT",
        "ALTER TABLE jobs ADD COLUMN key TEXT",
        "ALTER TABLE jobs ADD COLUMN notes TEXT",
    ),
    (
        """
        CREATE INDEX jobs_open ON jobs (created_at)
            WHERE status NOT IN ('succeeded', 'failed', 'cancelled', 'abandoned', 'expired')
        """,
        "CREATE INDEX jobs_newest ON jobs (created_at)",
        """
        CREATE INDEX jobs_unfetched ON jobs (created_at)
            WHERE status = 'succeeded' AND path IS NULL AND makes NOT IN ('Avatar', 'Text', 'Voice')
        """,
        """
        CREATE INDEX jobs_never_sent ON jobs (fingerprint, created_at)
            WHERE status = 'cancelled' AND error_type = 'NeverSent' AND successor IS NULL
        """,
        "CREATE INDEX jobs_succeeded ON jobs (vendor, kind, created_at) WHERE status = 'succeeded'",
        "CREATE INDEX jobs_key ON jobs (key) WHERE key IS NOT NULL",
        *SPENT_BY_HOUR,
        "CREATE TABLE prunings (pruned_at REAL NOT NULL, jobs INTEGER NOT NULL)",
    ),
    ("ALTER TABLE jobs ADD COLUMN unwatched_s REAL",),
)
"""The statements of each migration. The ``user_version`` of a file is the number of migrations that
were applied to it."""


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Apply the migrations that a file has not had, within the caller's transaction.

    Raises:
        LedgerError: A newer version of this package has written the file.
    """
    for statement in chain.from_iterable(MIGRATIONS[version(db, path) :]):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def version(db: sqlite3.Connection, path: Path) -> int:
    """Return how many migrations a file has had.

    Raises:
        LedgerError: A newer version of this package has written the file.
    """
    done, known = int(db.execute("PRAGMA user_version").fetchone()[0]), len(MIGRATIONS)
    if done > known:
        raise LedgerError(
            f"{path} was written by a newer lipsync_nb: it has version {done} of the ledger, and "
            f"this package knows version {known}; upgrade it: pip install -U lipsync_nb"
        )
    return done
