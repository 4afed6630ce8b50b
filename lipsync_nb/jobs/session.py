"""What a client shares with its jobs: the ledger, the records, the vendors and the engine."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from lipsync_nb import loop
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.engine import Engine
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import BadRequest, LipSyncError, MissingCredentials
from lipsync_nb.jobs.budget import Budgets
from lipsync_nb.jobs.validation import Validator, request_of
from lipsync_nb.ledger.record import Record
from lipsync_nb.vendors.base import Request


class Session:
    """Enters requests in the ledger, and sees that their jobs are driven.

    Args:
        records: Where jobs are changed and shown.
        accounts: The vendors.
        engine: Drives the jobs.
        validator: Checks requests.
        budgets: How much may be spent.
    """

    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        engine: Engine,
        validator: Validator,
        budgets: Budgets,
    ) -> None:
        self.records = records
        self.accounts = accounts
        self.engine = engine
        self.validator = validator
        self._budgets = budgets
        self.closed = False

    @property
    def path(self) -> Path:
        """The ledger's file."""
        return self.records.ledger.path

    def check(self, request: Request) -> Record:
        """Check a request and return its row, not yet written.

        Raises:
            BadRequest: A media file does not suit the vendor, or this is not a request.
            LipSyncError: The client is closed.
            MissingCredentials: The vendor is not connected.
        """
        self.refuse_closed()
        if not isinstance(request, Request):
            raise BadRequest(f"{request!r} is not a request, such as ls.lingdong.Generate(...)")
        return self.validator.record(request, self.accounts[request.vendor])

    def enter(self, new: Record, *, fresh: bool, exclude: Iterable[str] = ()) -> str:
        """Enter a job, or find the one that is there for the same request; return its id."""
        allow = partial(self._budgets.check, new)
        reuse = not fresh
        return self.follow(
            self.records.reserve(new, reuse=reuse, allow=allow, exclude=frozenset(exclude))
        )

    def follow(self, record: Record) -> str:
        """See that a job is driven to its end; return its id."""
        loop.call(self.engine.attend, record.id)
        return record.id

    def load(self, job_id: str) -> None:
        """Read a job from the ledger; drive it if another kernel has moved it on for us.

        Raises:
            LedgerError: There is no such job.
        """
        row = self.records.ledger.get(job_id)
        if self.records.learn(row):
            loop.call(self.engine.attend_own, row)

    def attach(self, job_id: str, vendor_id: str) -> None:
        """Give a lost job its id at the vendor; see `Job.attach`."""
        self.refuse_closed()
        self.load(job_id)
        record = self.records.get(job_id)
        vendor = self.accounts.of(record)
        request = vendor.recorded(record.kind, record.request)
        vendor.poll(request, vendor_id)  # refuses an id that cannot be the vendor's
        if not record.lost:
            raise BadRequest(f"job {job_id} is {record.status}: its submission was not lost")
        loop.run(self.engine.attach(job_id, vendor_id))

    def resubmit(self, job_id: str) -> str:
        """Enter a job in the place of another, and return its id; see `Job.resubmit`."""
        self.refuse_closed()
        self.load(job_id)
        record = self.records.get(job_id)
        if record.successor is not None:
            self.load(record.successor)
            return record.successor
        if not record.resubmittable:
            raise BadRequest(f"job {job_id} is {record.status}: nothing to submit again")
        request = request_of(record)
        if request.fingerprint() != record.fingerprint:
            raise BadRequest(f"job {job_id}: its media have changed since; submit a new request")
        new = self.validator.record(request, self.accounts[record.vendor])
        allow = partial(self._budgets.check, new)
        return self.follow(self.records.supersede(job_id, new, allow=allow))

    def refuse_closed(self) -> None:
        """Raise `LipSyncError` if the client is closed."""
        if self.closed:
            raise LipSyncError("this client is closed: make a new one")

    def refuse_undriven(self, record: Record) -> None:
        """Raise if neither this client nor another running kernel will drive a job.

        A finished job's video, deleted since, is fetched again by who asks for it.
        """
        self.refuse_closed()
        try:
            self.accounts.of(record)
        except MissingCredentials:
            ours = record.owner == self.engine.id
            if record.settled or ours or not self.records.ledger.is_alive(record.owner):
                raise
