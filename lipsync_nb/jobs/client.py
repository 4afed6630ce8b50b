"""The client without widgets. `lipsync_nb.Client` adds forms, tables and comparisons."""

import asyncio
import atexit
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar
from uuid import uuid4

from lipsync_nb import event_loop as loop
from lipsync_nb import interrupts
from lipsync_nb.checks.finding import Findings
from lipsync_nb.engine.accounts import Accounts
from lipsync_nb.engine.engine import Engine
from lipsync_nb.engine.estimates import Estimates
from lipsync_nb.engine.inputs import Inputs
from lipsync_nb.engine.names import EXPORTED, USUAL
from lipsync_nb.engine.options import DEADLINE
from lipsync_nb.engine.records import Records
from lipsync_nb.errors import LedgerError, LipSyncError
from lipsync_nb.files import own_folder
from lipsync_nb.http.transfer import LARGEST_FILE
from lipsync_nb.jobs.budget import Budget
from lipsync_nb.jobs.costs import NEEDED, costs_frame
from lipsync_nb.jobs.costs import USUAL as USUAL_GROUPS
from lipsync_nb.jobs.dataframe import ledger_frame
from lipsync_nb.jobs.ending import SendingAtExit, wait_until_sent
from lipsync_nb.jobs.job import Job
from lipsync_nb.jobs.ledger_export import ClientLedger
from lipsync_nb.jobs.options import ClientOptions, check_vendor
from lipsync_nb.jobs.session import IN_A_WORKER, Session, refuse_other
from lipsync_nb.jobs.validation import Validator
from lipsync_nb.jobs.waiting import gather
from lipsync_nb.ledger.details import Details
from lipsync_nb.ledger.reading import BRIEF, brief_records
from lipsync_nb.log import notify_user
from lipsync_nb.media.host import MediaHost
from lipsync_nb.status import Cost
from lipsync_nb.tracebacks import without_frames
from lipsync_nb.vendors.base import Request, Vendor

if TYPE_CHECKING:
    import pandas as pd

    from lipsync_nb.jobs.callbacks import Receiver


T = TypeVar("T")


class JobClient:
    """Submits requests to vendors, and returns jobs.

    Args:
        vendors: The vendors, with their credentials; by default all whose credentials are set in
            the environment, in ``./.env`` or in the keyring.
        ledger: The SQLite file of all jobs; by default in the user's data folder, or in
            ``LIPSYNC_NB_HOME``.
        results: The folder for results; by default a folder of the working directory, from which
            Jupyter can serve them.
        media_host: Gives local files a public URL, for vendors that accept URLs only: an fsspec
            URL such as ``"s3://bucket/prefix"``, or a `MediaHost`.
        budget: By vendor, the limit of the costs in the vendor's unit: a number for any 30 days,
            or a `Budget`.
        poll: The shortest and longest poll interval in seconds, instead of the vendors' own.
        deadline: Seconds for which a job is polled, until `Job.result` raises `JobTimeout`.
        backoff_scale: Factor of every wait between attempts, both of retries and of the search for
            lost jobs.
        largest_result: Largest result that is downloaded, in bytes.
        project: What jobs belong to that are given no other project; see `Job.project`.
        names: How the files of results are named, by `str.format`, such as
            ``"{date:%Y-%m-%d}_{key}_{title}"``; see `lipsync_nb.engine.names.file_name`.
        max_unfinished: How many unfinished jobs a vendor may have at a time: a number for every
            vendor, or one by vendor. The others wait, unsent, in the order of their entry. `close`
            and the end of a script wait for them too: until jobs before them have ended, or have
            passed the `deadline`.

    Attributes:
        ledger: The ledger. ``client.ledger.export("jobs.parquet")`` writes the table of all jobs to
            a file, and ``client.ledger.prune(before="2026-01-01")`` removes old jobs that are not
            needed any more; see `ClientLedger`.

    Raises:
        BadRequest: An option is not valid, or nothing can be written to the package's own folder;
            nothing was connected.
        LedgerError: The ledger cannot be opened.
    """

    @without_frames  # a media host's URL may contain a key
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
        backoff_scale: float = 1.0,
        largest_result: int = LARGEST_FILE,
        project: str | None = None,
        names: str = USUAL,
        max_unfinished: int | Mapping[str, int] | None = None,
    ) -> None:
        options = ClientOptions.checked(
            vendors=vendors,
            ledger=ledger,
            results=results,
            media_host=media_host,
            budget=budget,
            poll=poll,
            deadline=deadline,
            backoff_scale=backoff_scale,
            largest_result=largest_result,
            project=project,
            names=names,
            max_unfinished=max_unfinished,
        )
        self.project = options.project
        self.vendors = Accounts(options.vendors)
        self._backoff_scale = options.backoff_scale
        for vendor in self.vendors.values():
            vendor.backoff_scale = options.backoff_scale
        self.ledger = ClientLedger(options.ledger or own_folder() / "jobs.sqlite")
        self.records = Records(self.ledger, uuid4().hex)
        self.results = options.results
        inputs = Inputs(self.vendors, self.records)
        kept, has_host = self.ledger.path.parent / "media", options.media_host is not None
        self.validator = Validator(kept, self.records.owner, inputs, has_host=has_host)
        self.engine = Engine(
            self.vendors,
            self.records,
            options,
            inputs=inputs,
            entry=self.validator,
            allow=options.budget.check,
            speech_length=self.validator.recorded_seconds,
            estimates=Estimates(self.records, self.validator.spoken_seconds),
        )
        self.session = Session(
            self.records,
            self.vendors,
            self.engine,
            inputs,
            validator=self.validator,
            budgets=options.budget,
            of_ledger=session_of,
        )
        self._receiver: Receiver | None = None
        self._last_calls: list[Callable[[], object]] = []
        try:
            loop.run(self.engine.start())
        except BaseException:
            self.ledger.close()
            raise
        _open.add(self)
        _at_exit.start()

    def submit(
        self,
        request: Request[T],
        *,
        fresh: bool = False,
        exclude: Iterable[Job[T]] = (),
        project: str | None = None,
        title: str | None = None,
        notes: str | None = None,
    ) -> Job[T]:
        """Submit a request, and return its job at once.

        A request whose fields hold other jobs waits for their results; see `Job.inputs`.

        The same request is paid once. If the ledger contains a job for it that has not failed and
        was neither cancelled nor abandoned, that job is returned.

        Args:
            request: What to make.
            fresh: Submit it even if the ledger contains a job for it. **This costs money again.**
            exclude: Jobs of the same request that must not be returned.
            project: What the job belongs to; see `Job.project`. If the ledger contains a job for
                the request, its own project, title and notes are kept.
            title: What its result is called.
            notes: Anything else that is to be kept with it.

        Raises:
            BadRequest: The vendor does not accept a media file, or this is not a request.
            BudgetExceeded: The cost is unknown, or exceeds the rest of the vendor's budget.
            LipSyncError: This client is closed.
            MissingCredentials: The vendor is not connected.
        """
        details = Details(project, title, notes=notes)
        [job] = self.enter([(request, details)], fresh=fresh, exclude=exclude)
        return job

    @interrupts.noted()
    def enter(
        self,
        requests: Iterable[tuple[Request[T], Details]],
        *,
        fresh: bool = False,
        exclude: Iterable[Job[T]] = (),
    ) -> list[Job[T]]:
        """Submit requests with their details, all or none; see `submit` and `map`."""
        ids = [job.id for job in exclude]
        new = [
            self.session.check(request, fresh=fresh, exclude=ids, details=details.of(self.project))
            for request, details in requests
        ]
        ids = self.session.enter(new, fresh=fresh, exclude=ids)
        return [Job(self.session, job_id) for job_id in ids]

    def estimate(self, request: Request) -> Cost | None:
        """Return what a request costs by its vendor's published prices. Nothing is sent.

        Args:
            request: What would be made.

        Returns:
            The estimated cost, as budgets count it. ``at_least`` is set if it is not certain
            which price applies. ``None`` if the vendor publishes no prices, or if the cost depends
            on the length of media that are not readable local files.

        Raises:
            BadRequest: This is not a request.
            MissingCredentials: The vendor is not connected.
        """
        refuse_other(request)
        return self.validator.estimate(self.session.entered(request), self.vendors[request.vendor])

    def check_inputs(self, request: Request) -> Findings:
        """Check a request's media for what most often wastes money. Nothing is sent or refused.

        Found are: no face, a face that is small, cut off, not upright or missing in a part of the
        clip, several faces; speech that is silent, clipped, or a steady noise; channels that are
        silent or cancel each other; a clip and a speech of very different lengths; and what
        `submit` would refuse. Neither a key nor a connected vendor is needed. It takes 0.5
        to 5 s per clip, of which 12 frames are looked at, and 0.3 s per minute of sound, of which
        the first five minutes are heard.

        Args:
            request: What would be made.

        Returns:
            A list, empty if all is well. What was not looked at is in it, with the reason: media
            behind a URL, and faces where OpenCV is not installed, which the extra ``compare``
            brings. Faces that are turned away may be missed, so findings are only warnings.

        Raises:
            BadRequest: This is not a request.
        """
        refuse_other(request)
        return self.validator.check_inputs(self.session.entered(request))

    def map(
        self, requests: Iterable[Request[T]], *, fresh: bool = False, project: str | None = None
    ) -> list[Job[T]]:
        """Submit many requests; see `submit`.

        All files and budgets are checked before the first request is sent. If one check fails,
        nothing is submitted.
        """
        details = Details(project)
        return self.enter([(request, details) for request in requests], fresh=fresh)

    def gather(self, jobs: Iterable[Job[T]], *, errors: str = "raise") -> list[T]:
        """Wait for many jobs.

        Args:
            jobs: The jobs.
            errors: ``"raise"`` raises the first error, in the order of the jobs; ``"skip"`` leaves
                out jobs without a result.

        Returns:
            Their results, in the order of the jobs.
        """
        return gather(jobs, errors)

    @property
    def jobs(self) -> "pd.DataFrame":
        """The ledger as a DataFrame with one row per job; see `lipsync_nb.jobs.dataframe`."""
        return ledger_frame(self.ledger.columns(), self.records.noted())

    def costs(self, by: Sequence[str] | str = USUAL_GROUPS) -> "pd.DataFrame":
        """Return what jobs cost, by project and month or others; see `costs_frame`."""
        columns = self.ledger.columns((*BRIEF, *NEEDED))
        return costs_frame(brief_records(columns, NEEDED), by)

    def export(
        self,
        jobs: "Iterable[Job[Any] | str] | Job[Any] | str | pd.DataFrame | None" = None,
        path: str | os.PathLike[str] = "export",
        *,
        names: str = EXPORTED,
        sidecar: bool = False,
    ) -> Path:
        """Copy the results of jobs into a folder or a zip, with their table, to hand them over.

        The table ``jobs.csv`` names the file of each job, and for a job without one, the reason. A
        second export to the same place replaces what the first one wrote, and nothing else: what
        somebody else has put there under such a name, or has changed since, is not overwritten. A
        copy is kept, and stays in the table, if its job's own file is gone.

        Args:
            jobs: Jobs, their ids, or a table with the column ``id``, such as
                ``client.jobs.query("project == 'autumn'")``; by default all that have a file.
            path: The folder; or a zip, if it ends with ``.zip``.
            names: How the files are named; see `lipsync_nb.engine.names.file_name`.
            sidecar: Whether each file gets a sidecar; see `Job.download`. It has no paths of this
                machine.

        Returns:
            The folder or the zip.

        Raises:
            BadRequest: Something is in the way, or cannot be written, or these are no jobs, or
                none.
            LedgerError: There is no such job.
        """
        from lipsync_nb.jobs.export import export, selected  # noqa: PLC0415 - needed only here

        records = selected(self.session, jobs)
        return export(self.session, records, path, names, sidecar=sidecar)

    def job(self, job_id: str) -> Job[Any]:
        """Return a job by its id in the ledger; `LedgerError` if there is none."""
        self.session.load(job_id)
        return Job(self.session, job_id)

    def listen(
        self, port: int = 0, public_url: str | None = None, *, host: str = "127.0.0.1"
    ) -> "Receiver":
        """Listen for callbacks of the vendors. Jobs that are submitted later ask for callbacks.

        Args:
            port: Port to listen on; 0 chooses a free port.
            public_url: Base URL under which vendors reach the receiver, such as the HTTPS address
                of a tunnel.
            host: Interface to listen on; the default is right for a tunnel on this machine.

        Returns:
            The receiver. Close it to stop listening. An earlier receiver is closed.

        Raises:
            BadRequest: The address cannot be used.
        """
        from lipsync_nb.jobs.callbacks import Receiver  # noqa: PLC0415 - needed only here

        self.session.refuse_closed()
        if self._receiver is not None:
            self._receiver.close()
        ended = partial(self.engine.driver.listen, None)
        self._receiver = Receiver(
            self.engine.driver.poll_now, ended, host=host, port=port, public_url=public_url
        )
        self.engine.driver.listen(self._receiver.url)
        return self._receiver

    @without_frames
    def connect(self, vendor: Vendor, *, same_account: bool = False) -> None:
        """Connect a vendor, or connect it with another key.

        Unfinished jobs of its account continue. Jobs of an account that was connected before
        continue with the key of that account.

        Args:
            vendor: The vendor with its credentials, such as ``ls.Yunai(api_key="…")``.
            same_account: Whether all of this vendor's jobs in the ledger belong to this account,
                because its key was renewed.

        Raises:
            BadRequest: This is not a vendor with its keys.
        """
        self.session.refuse_closed()
        check_vendor(vendor, "vendor")
        vendor.backoff_scale = self._backoff_scale
        loop.run(self.engine.reconnect(vendor, same_account=same_account))

    def resume(self, *, unsent: bool = False) -> list[Job[Any]]:
        """Take over unfinished jobs that no kernel drives. This is also done every few seconds.

        What a client had not sent when it ended is never sent by itself. Such jobs are cancelled,
        with the error `NeverSent`.

        Args:
            unsent: Whether to submit the jobs again that were never sent. **This costs money.**
                A job is left out if another job of the same request has a result or may get one. A
                job whose media files are missing or have changed is left out too, and stderr says
                so.

        Returns:
            The jobs that were taken over, and those that were submitted again.

        Raises:
            BudgetExceeded: The jobs that were never sent exceed a budget; nothing was sent.
            LipSyncError: This client is closed.
        """
        self.session.refuse_closed()
        ids = loop.finish(self.engine.resume())
        if unsent:
            ids += self.session.send_unsent()
        return [Job(self.session, job_id) for job_id in ids]

    def close(self, *, wait: bool = True) -> None:
        """Send what was submitted, then stop. A new client continues to poll the jobs.

        Args:
            wait: Whether to wait, without a limit, until every submitted request was sent and
                answered, or was refused. Ctrl-C ends the wait. Without it, the answers to
                requests that were sent are awaited for up to 10 seconds. What was not sent is
                cancelled: nothing is paid for it, and ``resume(unsent=True)`` sends it.

        At the end of the program, or of a ``with`` block, an open client waits in the same way,
        unless Ctrl-C ended it. It did if nobody caught it, and also if it was caught after it had
        interrupted a call of this package: a program that goes on submits something after it. In
        a console, Ctrl-C ends a statement only. At the end of a Jupyter kernel, clients do not
        wait: a restart stops what was submitted.

        Raises:
            LipSyncError: The event loop has ended; the client is closed all the same.
            RuntimeError: Called on the package's own event loop, as in a callback.
        """
        if self not in _open:
            return
        loop.refuse_on_loop()
        try:
            if wait:
                wait_until_sent(lambda: [self.engine])
        finally:
            self._close()

    def _close(self) -> None:
        try:
            self._stop()
        except Exception:  # not Ctrl-C: an interrupted close can be repeated
            self._release()
            raise
        self._release()

    def _stop(self) -> None:
        """Stop what runs on the event loop; `LipSyncError` if the loop has ended."""
        if self._receiver is not None:
            self._receiver.close()
        loop.run(self.engine.close())
        others = (client.vendors.opened for client in _open if client is not self)
        for vendor in self.vendors.opened.difference(*others):
            loop.run(vendor.aclose())

    def _release(self) -> None:
        self.session.closed = True
        self.ledger.close()
        for function in self._last_calls:
            function()
        self._end()
        _open.discard(self)

    def at_close(self, function: Callable[[], object]) -> None:
        """Call a function when this client is closed, after the last change of its jobs."""
        self._last_calls.append(function)

    def _end(self) -> None:
        """Close the resources of a subclass."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the client; wait unless Ctrl-C ended the block. It cancels asyncio's main task."""
        stopped = isinstance(error, KeyboardInterrupt | asyncio.CancelledError)
        self.close(wait=not (stopped or interrupts.ended_program()))

    def __reduce__(self) -> NoReturn:
        what = "a client cannot be sent to another process: it has threads, connections and keys"
        raise LipSyncError(f"{what}; {IN_A_WORKER}")

    def __repr__(self) -> str:
        return f"<Client: {', '.join(self.vendors) or 'no vendor connected'}>"


_open: set[JobClient] = set()
"""All clients that are not closed. They are closed when the program ends."""


def open_ledgers() -> list[Path]:
    """Return the files of the ledgers that this process has open."""
    return list(dict.fromkeys(client.ledger.path for client in list(_open)))


def _engines() -> list[Engine]:
    return [client.engine for client in list(_open)]


_at_exit = SendingAtExit(_engines)
_reopening = Lock()


def session_of(ledger: Path) -> Session:
    """Return the session of an open client of a ledger, or of a new one without vendors.

    Raises:
        LedgerError: There is no such file, as on another machine, or it cannot be opened.
    """
    if (found := _open_session(ledger)) is not None:
        return found
    loop.refuse_on_loop()
    with _reopening:
        if (found := _open_session(ledger)) is not None:
            return found
        if not ledger.exists():
            raise LedgerError(f"ledger {ledger}: there is no such file on this machine")
        return JobClient([], ledger=ledger, results=ledger.parent).session


def _open_session(ledger: Path) -> Session | None:
    clients = [client for client in list(_open) if client.ledger.path == ledger]
    best = max(clients, key=lambda client: len(client.vendors), default=None)
    return None if best is None else best.session


@atexit.register
def _close_all() -> None:
    for client in list(_open):
        try:
            client.close(wait=False)
        except Exception as error:  # noqa: BLE001 - the others must be closed too
            notify_user(f"{client!r} did not close: {error}")


def _forget() -> None:
    """Close nothing in a forked child: these clients belong to the parent process."""
    global _reopening  # noqa: PLW0603 - one for the process
    _reopening = Lock()
    for client in _open:
        client.session.closed = True
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
