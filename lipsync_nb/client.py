"""The client: submit requests, get jobs."""

import atexit
import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from lipsync_nb import loop
from lipsync_nb.budget import Budget, Budgets
from lipsync_nb.client_compare import ClientCompare
from lipsync_nb.client_widgets import ClientWidgets
from lipsync_nb.connected import Connected
from lipsync_nb.dataframe import jobs_frame
from lipsync_nb.engine.board import Board
from lipsync_nb.engine.driver import EngineOptions
from lipsync_nb.engine.engine import Engine
from lipsync_nb.errors import BadRequest, LipSyncError
from lipsync_nb.intake import Intake, recorded_seconds
from lipsync_nb.job import Job
from lipsync_nb.ledger import Ledger, Record
from lipsync_nb.log import log
from lipsync_nb.media.host import FsspecHost, MediaHost, UploadHost
from lipsync_nb.net.transfer import LARGEST_FILE
from lipsync_nb.request import Request
from lipsync_nb.settings import home
from lipsync_nb.vendors import VENDORS
from lipsync_nb.vendors.base import Vendor
from lipsync_nb.video import Video

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.callbacks import Receiver
    from lipsync_nb.sandbox import Sandbox

DEADLINE = 1800.0
"""Default seconds for which a job is polled."""
SANDBOX_POLL = (0.2, 1.0)
"""Shortest and longest poll interval of a sandbox's client, in seconds."""
SANDBOX_PATIENCE = 0.2
"""``patience`` of a sandbox's client: its servers are local and never busy for long."""


class Client(ClientCompare, ClientWidgets):
    """Submits requests to vendors, and follows the jobs.

    Args:
        vendors: The vendors, with their credentials; by default all whose credentials are found
            in the environment, in ``./.env`` or in the keyring.
        ledger: The SQLite file of all jobs; by default in the user's data folder, or in
            ``LIPSYNC_NB_HOME``.
        results: The folder for videos; by default below the working folder, so that Jupyter can
            serve them.
        media_host: Where local files get a public URL, for vendors that take URLs only: an
            fsspec URL such as ``"s3://bucket/prefix"``, or a `MediaHost`.
        budget: By vendor, how much may be spent, in the vendor's unit: a number, which limits any
            30 days, or a `Budget`.
        poll: The shortest and longest poll interval in seconds, instead of the vendors' own.
        deadline: Seconds a job is polled before `Job.result` raises `JobTimeout`.
        patience: Factor of every wait between attempts, both of retries and of the search for lost
            jobs.
        largest_result: Largest result that is downloaded, in bytes.
    """

    def __init__(
        self,
        vendors: Iterable[Vendor] | None = None,
        *,
        ledger: str | os.PathLike[str] | None = None,
        results: str | os.PathLike[str] = "lipsync_videos",
        media_host: str | MediaHost | None = None,
        budget: Mapping[str, float | Budget] | None = None,
        poll: tuple[float, float] | None = None,
        deadline: float = DEADLINE,
        patience: float = 1.0,
        largest_result: int = LARGEST_FILE,
    ) -> None:
        self.budgets = Budgets(budget or {})
        self.vendors = Connected(vendors)
        self._patience = patience
        for vendor in self.vendors.values():
            vendor.patience = patience
        self._replaced: list[Vendor] = []
        self.ledger = Ledger(_absolute(ledger) if ledger else home() / "jobs.sqlite")
        self.board = Board()
        self.results = _absolute(results)
        host = FsspecHost(media_host) if isinstance(media_host, str) else media_host
        engine_options = EngineOptions(host, self.results, poll, deadline, patience, largest_result)
        self.engine = Engine(
            self.vendors, self.ledger, self.board, engine_options, recorded_seconds
        )
        self.intake = Intake(
            self.ledger.path.parent / "media", self.engine.id, has_host=host is not None
        )
        self._sandbox: Sandbox | None = None  # a sandbox ends when nobody holds it
        self._own_sandbox = False
        self._receiver: Receiver | None = None
        loop.run(self.engine.start())
        _open.add(self)

    @classmethod
    def sandbox(cls, sandbox: "Sandbox | None" = None, **options: Any) -> Self:
        """Connect to the sandbox: all five vendors on loopback, with real videos, no keys, no cost.

        Args:
            sandbox: A running sandbox; by default the user's own is joined, or started.
            options: Passed to `Client`.
        """
        from lipsync_nb.sandbox import Sandbox  # noqa: PLC0415 - needed only here

        own = sandbox is None
        sandbox = sandbox or Sandbox(home() / "sandbox")
        vendors = [
            kind(base_url=sandbox.base_urls[name], **sandbox.keys[name])
            for name, kind in VENDORS.items()
        ]
        options.setdefault("ledger", sandbox.home / "jobs.sqlite")
        options.setdefault("poll", SANDBOX_POLL)
        options.setdefault("patience", SANDBOX_PATIENCE)
        options.setdefault("media_host", UploadHost(sandbox.media_url))
        client = cls(vendors, **options)
        client._sandbox, client._own_sandbox = sandbox, own
        return client

    def submit(self, request: Request, *, fresh: bool = False, exclude: Iterable[Job] = ()) -> Job:
        """Submit a request, and return its job at once.

        The same request is paid once: if the ledger has a live or finished job for it, that job
        is returned.

        Args:
            request: What to make.
            fresh: Submit it even if the ledger has a job for it. **This costs money again.**
            exclude: Jobs that must not be returned, although they are for the same request.

        Raises:
            BadRequest: A media file does not suit the vendor, or this is not a request.
            BudgetExceeded: The cost is unknown, or more than the vendor's budget leaves.
            LipSyncError: This client is closed.
            MissingCredentials: The vendor is not connected.
        """
        return self._enter(self._checked(request), fresh=fresh, exclude=exclude)

    def _checked(self, request: Request) -> Record:
        self.refuse_closed()
        if not isinstance(request, Request):
            raise BadRequest(f"{request!r} is not a request, such as ls.lingdong.Generate(...)")
        return self.intake.record(request, self.vendors[request.vendor])

    def _enter(self, new: Record, *, fresh: bool, exclude: Iterable[Job] = ()) -> Job:
        allow = partial(self.budgets.check, new)
        ids = {job.id for job in exclude}
        return self.follow(self.ledger.reserve(new, reuse=not fresh, allow=allow, exclude=ids))

    def follow(self, record: Record) -> Job:
        """Return the job of a ledger row, and see that it is driven to its end."""
        self.board.publish(record)
        loop.call(self.engine.attend, record.id)
        return Job(self, record.id)

    def refuse_closed(self) -> None:
        """Raise `LipSyncError` if this client is closed."""
        if self not in _open:
            raise LipSyncError("this client is closed: make a new one")

    def refuse_undriven(self, record: Record) -> None:
        """Raise if neither this client nor another running kernel can drive a job."""
        self.refuse_closed()
        if record.vendor not in self.vendors and not self.ledger.is_alive(record.owner):
            raise self.vendors.missing(record.vendor)

    def map(self, requests: Iterable[Request], *, fresh: bool = False) -> list[Job]:
        """Submit many requests; see `submit`.

        All files are checked before the first is submitted; budgets, at each submission.
        """
        checked = [self._checked(request) for request in requests]
        return [self._enter(new, fresh=fresh) for new in checked]

    def gather(self, jobs: Iterable[Job], *, errors: str = "raise") -> list[Video]:
        """Wait for many jobs.

        Args:
            jobs: The jobs.
            errors: ``"raise"`` the first error, in the order of the jobs, or ``"skip"`` jobs
                without a video.

        Returns:
            Their videos, in the order of the jobs.
        """
        if errors == "raise":
            return [job.result() for job in jobs]
        if errors != "skip":
            raise BadRequest(f"errors={errors!r}: expected 'raise' or 'skip'")
        return [job.result() for job in jobs if job.exception() is None]

    @property
    def jobs(self) -> "pd.DataFrame":
        """The ledger as a DataFrame, one row per job; columns as in `lipsync_nb.dataframe`."""
        return jobs_frame(self.board.all())

    def job(self, job_id: str) -> Job:
        """Return a job by its id in the ledger; `LedgerError` if there is none."""
        record = self.ledger.get(job_id)
        if self.board.publish(record):
            loop.call(self.engine.attend_own, record)
        return Job(self, job_id)

    def listen(
        self, port: int = 0, public_url: str | None = None, *, host: str = "127.0.0.1"
    ) -> "Receiver":
        """Listen for vendors' callbacks; jobs submitted from now on ask for them.

        Args:
            port: Port to listen on; 0 picks a free one.
            public_url: Base URL at which vendors reach it, such as a tunnel's HTTPS address.
            host: Interface to listen on; the default will do for a tunnel on this machine.

        Returns:
            The receiver; close it to stop listening. Any earlier one is closed.

        Raises:
            BadRequest: The address cannot be listened on.
        """
        from lipsync_nb.callbacks import Receiver  # noqa: PLC0415 - needed only here

        self.refuse_closed()
        if self._receiver is not None:
            self._receiver.close()
        ended = partial(self.engine.driver.listen, None)
        self._receiver = Receiver(
            self.engine.driver.heard, ended, host=host, port=port, public_url=public_url
        )
        self.engine.driver.listen(self._receiver.url)
        return self._receiver

    def connect(self, vendor: Vendor) -> None:
        """Connect a vendor, or reconnect it with another key; its unfinished jobs go on.

        Args:
            vendor: The vendor with its credentials, such as ``ls.Yunai(api_key="…")``.
        """
        self.refuse_closed()
        vendor.patience = self._patience
        if vendor.name in self.vendors:  # calls under way end with the old key
            self._replaced.append(self.vendors[vendor.name])
        self.vendors[vendor.name] = vendor
        self.resume()

    def resume(self) -> list[Job]:
        """Take over unfinished jobs that no kernel drives; done at start and every few seconds."""
        self.refuse_closed()
        return [Job(self, job_id) for job_id in loop.run(self.engine.resume())]

    def close(self) -> None:
        """Stop sending and following jobs; a new client takes them up again."""
        if self not in _open:
            return
        if self._receiver is not None:
            self._receiver.close()
        loop.run(self.engine.close())
        for vendor in self._own_vendors():
            loop.run(vendor.aclose())
        self.ledger.close()
        if self._sandbox is not None and self._own_sandbox:
            self._sandbox.close()
        _open.discard(self)  # last, so that an interrupted close can be repeated

    def _own_vendors(self) -> set[Vendor]:
        others = (client.vendors.values() for client in _open if client is not self)
        return {*self.vendors.values(), *self._replaced}.difference(*others)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client: {', '.join(self.vendors) or 'no vendor connected'}>"


def _absolute(path: str | os.PathLike[str]) -> Path:
    return Path(path).expanduser().absolute()


_open: set[Client] = set()
"""Clients not yet closed, kept even if the user drops them: at exit one may be paying for a job."""


@atexit.register
def _close_all() -> None:
    for client in list(_open):
        try:
            client.close()
        except Exception:  # noqa: BLE001 - the others must be closed as well
            log.exception("%r did not close", client)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open.clear)  # the parent goes on with them
