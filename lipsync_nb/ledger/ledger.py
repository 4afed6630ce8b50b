"""The ledger: all jobs in an SQLite file. A job is written before its paid request is sent.

Several kernels can share a ledger. Each write is one transaction. The facts that decide about
payment (whether a request may be sent, whether it was sent, the vendor's id) are on the disk before
the next step begins.
"""

import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from time import sleep, time
from typing import TypeAlias

from lipsync_nb.errors import BadRequest, LedgerError
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.file import in_file_thread
from lipsync_nb.ledger.leases import LEASE_SECONDS, Leases
from lipsync_nb.ledger.pruning import DECIDING, PAUSE, Removable, moment, remove
from lipsync_nb.ledger.reading import (
    COLUMNS,
    NEVER_SENT,
    OLDEST_FIRST,
    OPEN,
    UNFETCHED,
    UNFINISHED,
    UNREPORTED,
    JobsFile,
    brief_records,
    few,
)
from lipsync_nb.ledger.record import Record
from lipsync_nb.ledger.spending import spent
from lipsync_nb.status import JobStatus

UNSENT = "status IN ('waiting', 'submitting') AND sent_at IS NULL"
WITHDRAWN = few("jobs_open", OPEN, UNSENT, "owner = ?")
"""Jobs of an engine that were not sent."""
WAITING = "status = 'waiting'"
USERS = (
    f"{few('jobs_open', OPEN, WAITING, 'inputs LIKE ?')} UNION "
    f"{few('jobs_never_sent', NEVER_SENT, 'inputs LIKE ?')}"
)
"""Jobs that use another one, and wait for it or were never sent."""

Spent: TypeAlias = Callable[[str, str, float], float]
"""See `Ledger.spent`."""
Allow: TypeAlias = Callable[[Sequence[Record], Spent], None]
"""Raises if new jobs must not be paid. Their costs count as spent already."""
Follow: TypeAlias = Callable[[Record, Mapping[str, str]], Record]
"""Returns a job that uses other inputs, by the ids of those that they replace."""
AccountHashes: TypeAlias = Mapping[str, AbstractSet[str]]
"""The hashes of accounts, by vendor."""


class Ledger(JobsFile):
    """The jobs in the ledger's file. All methods may be called from any thread.

    Args:
        path: The SQLite file; made, with its folders, if it is not there.

    Raises:
        LedgerError: The file cannot be opened, or was made by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._leases = Leases()
        super().__init__(path)

    @in_file_thread
    def reserve(
        self,
        new: Iterable[Record],
        *,
        reuse: bool,
        allow: Allow,
        exclude: AbstractSet[str] = frozenset(),
        follow: Follow | None = None,
    ) -> list[Record]:
        """Add jobs: all, or none if `allow` raises. Jobs of the same requests are used instead.

        A new job that uses one which another job was used for uses this one.

        Args:
            new: The jobs.
            reuse: Whether jobs of the same requests are used.
            allow: Raises if the added jobs must not be paid.
            exclude: The ids of earlier jobs that must not be used.
            follow: Returns a job that uses other inputs, by the ids of those that they replace.

        Returns:
            For each, the job to use.

        Raises:
            LedgerError: An input of a job is not there, or a job was entered meanwhile.
        """
        jobs, added = [], []
        replaced: dict[str, str] = {}
        with self._changing(durable=True):
            self.refuse_replaced()
            for each in new:
                uses = replaced.keys() & each.input_ids
                job = follow(each, replaced) if uses and follow else each
                found = self.reusable(job.fingerprint, exclude) if reuse else []
                jobs.append(self._complete(found[0], job.details) if found else self._add(job))
                if jobs[-1].id != job.id:
                    replaced[job.id] = jobs[-1].id
                added += [] if found else jobs[-1:]
            allow(added, self._spent)
            for job_id in {job_id for job in added for job_id in job.input_ids}:
                self.get(job_id)
            self._renew({job.owner for job in added})
        return jobs

    @in_file_thread
    def complete(self, new: Mapping[str, Details]) -> list[Record]:
        """Add details to jobs that do not have them yet, by the jobs' ids; return the jobs."""
        with self._changing():
            return [self._complete(self.get(job_id), of) for job_id, of in new.items()]

    @in_file_thread
    def supersede(
        self, old_id: str, new: Record, *, follow: Callable[[Record], Record], allow: Allow
    ) -> Record:
        """Replace a job by another, at most once.

        Args:
            old_id: The id of the job to replace.
            new: The job that replaces it.
            follow: Returns a job that uses the old one, and was not sent, with the new one instead.
            allow: Raises if the new job must not be paid.

        Returns:
            The job that replaces it; the old job, if it must not be replaced.
        """
        with self._changing(durable=True):
            self.refuse_replaced()
            old = self.get(old_id)
            replaceable = old.resubmittable or old.came_in_answer
            if old.successor is not None or not replaceable:
                return self.get(old.successor or old_id)
            job = self._write(new.completed(old.details))
            self._write(old.superseded(job.id, time()))
            users = self._select(f"rowid IN ({USERS})", *[f"%{old_id}%"] * 2)
            for user in [user for user in users if user.readable]:
                self._write(follow(user))
            allow([job], self._spent)
            self._renew({job.owner})
        return job

    @in_file_thread
    def revive(self, new: Mapping[str, Record], *, reuse: bool, allow: Allow) -> list[Record]:
        """Enter jobs again, under their ids, that were never sent: all, or none if `allow` raises.

        Args:
            new: By the job's id, the record of the same request as it would be entered now.
            reuse: Whether another job of the same request, that has a result or may get one,
                replaces a job instead.
            allow: Raises if the jobs must not be paid.

        Returns:
            The jobs that are entered again.
        """
        added: list[Record] = []
        with self._changing(durable=True):
            self.refuse_replaced()
            for old in [self.get(job_id) for job_id in new]:
                if not old.never_sent:
                    continue
                repeats = {job.id for job in added}
                others = self.reusable(new[old.id].fingerprint, repeats) if reuse else []
                if others:
                    self._write(old.superseded(others[0].id, time()))
                else:
                    again = replace(new[old.id], id=old.id).completed(old.details)
                    added.append(self._write(again))
            allow(added, self._spent)
            self._renew({job.owner for job in added})
        return added

    @in_file_thread
    def mark_ready(self, job_id: str, job: Record, *, allow: Allow) -> Record:
        """Let a waiting job be sent, as the jobs are done whose results it uses.

        Args:
            job_id: The job's id.
            job: The record of its request as it would be entered now, with its cost.
            allow: Raises if it must not be paid.

        Returns:
            The job; unchanged if it does not wait for this engine any more.
        """
        with self._changing(durable=True):
            self.refuse_replaced()
            waiting = self.get(job_id)
            if waiting.status is not JobStatus.waiting or waiting.owner != job.owner:
                return waiting
            ready = self._write(waiting.ready(job))
            allow([ready], self._spent)
            return ready

    @in_file_thread
    def mark_sent(self, job_id: str, owner: str, account: str) -> Record | None:
        """Record that the paid request is about to be sent; return ``None`` if it must not be sent.

        It must not be sent if another engine has taken the job over, or if the job has ended.

        Args:
            job_id: The job's id.
            owner: The engine that sends it.
            account: The hash of the paying account.
        """
        with self._changing(durable=True):
            self.refuse_replaced()
            record = self.get(job_id)
            if record.owner != owner or record.status is not JobStatus.submitting:
                return None
            sent_at = record.sent_at or time()
            return self._write(replace(record, sent_at=sent_at, account=account))

    @in_file_thread
    def update(
        self, job_id: str, change: Callable[[Record], Record], *, durable: bool = False
    ) -> Record:
        """Change a job.

        Args:
            job_id: The job's id.
            change: Returns the changed record, or the same one.
            durable: Whether to wait until it is on the disk.

        Raises:
            BadRequest: It cannot be read, and has ended.
        """
        with self._changing(durable=durable):
            before = self.get(job_id)
            after = change(before)
            if after == before:
                return before
            written = self._write(after) if before.readable else self._amend(before, after)
        if written.path and not before.path:
            self.empty_log()  # it contains the signed URL of the result
        return written

    @in_file_thread
    def foreign_writes(self) -> int:
        """Return a number that changes whenever another connection may have written."""
        with self.reading() as db:
            written = int(db.execute("PRAGMA data_version").fetchone()[0])
            return (self.connections << 32) + written  # each connection counts from the beginning

    @in_file_thread
    def spent(self, vendor: str, unit: str, since: float) -> float:
        """Return what was spent at a vendor since a Unix time, in its unit; see `COUNTED`."""
        with self.writing():
            return self._spent(vendor, unit, since)

    @in_file_thread
    def heartbeat(self, owner: str, seconds: float = LEASE_SECONDS) -> None:
        """Keep the ownership of an engine's jobs for `seconds` from now."""
        with self.writing() as db:
            self._leases.renew(db, owner, seconds)

    @in_file_thread
    def release(self, owner: str) -> None:
        """Let other engines take over an engine's jobs."""
        with self.writing():
            self._db.execute("DELETE FROM owners WHERE id = ?", (owner,))

    @in_file_thread
    def withdraw(self, owner: str) -> list[Record]:
        """Cancel the jobs of an engine that were not sent, as it ends; return them."""
        of = f"rowid IN ({WITHDRAWN}) {OLDEST_FIRST}"
        with self._changing(durable=True):
            jobs = [job for job in self._select(of, owner) if job.readable]
            return [self._write(job.withdrawn(time())) for job in jobs]

    @in_file_thread
    def claim(
        self,
        owner: str,
        accounts: AccountHashes,
        *,
        wanted: Container[str] = (),
        fetchable_since: float = 0.0,
    ) -> list[Record]:
        """Take over the unfinished jobs of some accounts that no running engine drives.

        Those that were never sent are cancelled; see `Record.claimed`. Those that were cancelled so
        before, and that no engine has reported, are returned too.

        Args:
            owner: The engine that takes them over.
            accounts: The hashes of its accounts, by vendor. A job without one fits all accounts.
            wanted: The ids of jobs that were submitted again meanwhile, so that they are sent.
            fetchable_since: A job with a failed download is not taken over if it was created before
                this Unix time, as the URL of its result has expired.
        """
        seen = self.foreign_writes()
        orphans = self._orphans(owner, accounts, fetchable_since)
        if not orphans:
            return []
        with self._changing(durable=True):
            if self.foreign_writes() != seen:
                orphans = self._orphans(owner, accounts, fetchable_since)
            claimed = [
                self._write(job.claimed(owner, time(), wanted=job.id in wanted)) for job in orphans
            ]
            self._renew({owner})
        return claimed

    def prune(self, before: datetime | date | str | float, *, results: bool = False) -> int:
        """Remove finished jobs that are not needed any more, to keep the ledger small.

        Removed are jobs that failed, were cancelled, were abandoned or have expired, from a day
        after their end, and from 31 days after it if they have a cost. Files of results are not
        touched. What the jobs cost still counts in budgets, but ``client.costs()``
        and ``client.jobs`` have them no more: ``export`` keeps a copy.

        Kept are, whatever their age: jobs that have not ended, that are lost or were abandoned
        before the vendor's answer came, or whose row cannot be read; jobs that were never sent, as
        they can still be; jobs with a result, and those of a batch's rows (they have a `key`), as
        otherwise their requests would be paid again; jobs of a comparison; the inputs and the
        successors of all these; and the jobs of a vendor from a day before its oldest one that has
        not ended, as that one is searched among them if its answer is lost.

        Other kernels can write meanwhile: 2,000 jobs are removed at a time, with pauses.

        The file does not shrink: SQLite uses the free space for new jobs. ``VACUUM`` shrinks it.

        Args:
            before: Jobs that ended before this time, which is not later than now: a `datetime`, a
                `date`, a text such as ``"2026-01-01"``, or a Unix time in seconds. Without a zone,
                it is in UTC, also if it is ``datetime.now()``.
            results: Whether jobs with a downloaded result, and those of a batch's rows, are
                removed too. **Then the same requests are sent, and paid, again.**

        Returns:
            How many were removed.

        Raises:
            BadRequest: `before` is no point in time, or is later than now.
            LedgerError: The ledger cannot be written.
        """
        until = moment(before)
        seen = self.newest_revision()
        # Not within a transaction, and mostly not on the file's thread, as it takes long.
        jobs = brief_records(self.columns(), DECIDING)
        going = Removable(jobs, self.compared(), until, results=results, now=time(), newest=seen)
        removed = 0
        while going.ids:  # in parts, and with pauses, so that no other kernel waits long
            part, seen = self._prune(going, seen)
            removed += part
            if going.ids:
                sleep(PAUSE)
        if removed:
            self.run(self.empty_log)  # it contains what was removed
        return removed

    @in_file_thread
    def _prune(self, going: Removable, seen: int) -> tuple[int, int]:
        """Remove the next jobs; return how many, and the revision up to which jobs were read."""
        with self._changing(durable=True) as db:
            newest = self.newest_revision()
            going.keep(self.since(seen), self.compared())
            return remove(db, going.next()), newest

    @in_file_thread
    def rename_account(self, vendor: str, account: str) -> None:
        """Assign all jobs of a vendor to an account, after its key was renewed.

        Only those that have not ended get a new revision, so that other kernels read only these:
        the account of the others is asked for when somebody looks at them.
        """
        with self._changing() as db:
            db.execute(_RENAMING, (account, self._revision, vendor, account))

    @in_file_thread
    def is_alive(self, owner: str | None) -> bool:
        """Return whether an engine is running, in this process or another."""
        with self.reading() as db:
            return owner in self._leases.running(db)

    def _orphans(self, owner: str, accounts: AccountHashes, fetchable_since: float) -> list[Record]:
        with self.reading() as db:
            living = self._leases.running(db) | {owner}
            of = f"rowid IN ({UNFINISHED} UNION {UNREPORTED}) ORDER BY created_at"
            unfinished = self._select(of, fetchable_since)
        return [
            job
            for job in unfinished
            if job.readable
            and job.owner not in living
            and job.vendor in accounts
            and (job.account is None or job.account in accounts[job.vendor])
        ]

    def _add(self, new: Record) -> Record:
        """Add a job. If one of the same request was never sent, it is this job, under its id.

        Raises:
            LedgerError: Another kernel has entered a job under its id meanwhile.
        """
        of = f"{NEVER_SENT} AND fingerprint = ? ORDER BY created_at, id"
        for old in [job for job in self._select(of, new.fingerprint) if job.readable][:1]:
            return self._write(replace(new, id=old.id).completed(old.details))
        if self._select("id = ?", new.id):
            why = "was entered by another kernel meanwhile"
            raise LedgerError(f"job {new.id} {why}; nothing was submitted, call again")
        return self._write(new)

    def _complete(self, job: Record, details: Details) -> Record:
        """Add the details of a new job to one of the same request that is used instead."""
        completed = job.completed(details) if job.readable else job
        return job if completed == job else self._write(completed)

    @contextmanager
    def _changing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Begin a transaction that writes jobs. All of its rows have the same revision."""
        with self.writing(durable=durable) as db:
            self._revision = self.newest_revision() + 1
            yield db

    def _spent(self, vendor: str, unit: str, since: float) -> float:
        return spent(self._db, vendor, unit, since)

    def _renew(self, owners: Iterable[str | None]) -> None:
        """Renew the leases of running engines, whose heartbeat this transaction may have delayed.

        Otherwise another engine could cancel the rows that this transaction has added.
        """
        self._leases.prolong(self._db, owners)

    def _write(self, record: Record) -> Record:
        written = replace(record, revision=self._revision)
        self._db.execute(_WRITING, {name: getattr(written, name) for name in COLUMNS})
        return written

    def _amend(self, before: Record, after: Record) -> Record:
        """Change a row that cannot be read, and keep all other values in it."""
        old, new = asdict(before), asdict(replace(after, revision=self._revision))
        changes = ", ".join(f"{name} = :{name}" for name in COLUMNS if new[name] != old[name])
        query = f"UPDATE jobs SET {changes} WHERE id = :id AND {OPEN}"  # noqa: S608 - our own words
        if not self._db.execute(query, new).rowcount:
            raise BadRequest(f"job {before.id} has ended already; {before.note}")
        return replace(after, revision=self._revision)


_RENAMING = f"""
    UPDATE jobs
        SET account = ?, revision = CASE WHEN {OPEN} OR {UNFETCHED} THEN ? ELSE revision END
        WHERE vendor = ? AND typeof(account) = 'text' AND account != ?
"""  # noqa: S608 - our own words
_NAMES, _MARKS = ", ".join(COLUMNS), ", ".join(f":{column}" for column in COLUMNS)
_NEW = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS)
_WRITING = f"INSERT INTO jobs ({_NAMES}) VALUES ({_MARKS}) ON CONFLICT (id) DO UPDATE SET {_NEW}"  # noqa: S608 - our own words
