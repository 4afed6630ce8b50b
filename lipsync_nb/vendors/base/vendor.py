"""The base of all vendors: translators between requests and snapshots here, and an API there.

A vendor builds calls and reads answers. Sending, retrying, polling, storing and showing are
done elsewhere, the same for all.
"""

import asyncio
import json
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from lipsync_nb import event_loop as loop
from lipsync_nb.errors import (
    BadRequest,
    LipSyncError,
    OutOfCredit,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
    Unsupported,
    VendorError,
)
from lipsync_nb.http.api import Observer
from lipsync_nb.http.call import Call
from lipsync_nb.http.retry import Purpose
from lipsync_nb.log import log, notify_user
from lipsync_nb.media.media import Media
from lipsync_nb.status import Cost, Snapshot
from lipsync_nb.vendors.base.answers import Envelope, Reply, reason
from lipsync_nb.vendors.base.connection import Connection
from lipsync_nb.vendors.base.delivery import Delivery
from lipsync_nb.vendors.base.request import Request

PROBE_SECONDS = 15.0
"""Seconds for which a paid call waits for the answer to a free one: longer than it takes to notice
that nobody answers a connection."""
GATEWAY_ERRORS = range(500, 600)
"""HTTP statuses with which gateways send pages of their own."""
NO_JOB = "0"
"""An id that no job has, in a form that every vendor's API accepts."""

AnswerModel = TypeVar("AnswerModel", bound=Reply)


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a vendor's list of jobs.

    Attributes:
        snapshots: The jobs, the newest first.
        pages: How many pages there are.
    """

    snapshots: list[Snapshot]
    pages: int


class _Retried(Observer):
    """Keeps the last error after which a call was repeated."""

    error: LipSyncError | None = None

    def on_retry(self, error: LipSyncError) -> None:
        """Keep the error."""
        self.error = error


class Vendor(Connection):
    """One vendor, with its credentials: its kinds of requests, and how its API expresses them."""

    kinds: ClassVar[tuple[type[Request], ...]]
    """The kinds of requests it takes."""
    lists: ClassVar[tuple[type[Request], ...]] = ()
    """The kinds of requests whose jobs it can list (`listing`)."""
    cancels: ClassVar[tuple[type[Request], ...]] = ()
    """The kinds of requests whose jobs it can cancel (`cancellation`)."""
    takes_urls_only: ClassVar[bool] = False
    """Whether local files must be given a URL by a media host first."""
    uploads: ClassVar[tuple[type[Request], ...]] = ()
    """The kinds of requests whose files it takes itself nevertheless."""
    poll_seconds: ClassVar[tuple[float, float]] = (2.0, 30.0)
    """The shortest and the longest interval between two polls of a job, in seconds."""
    no_such_job: ClassVar[frozenset[int]] = frozenset({400, 404, 422})
    """The error codes that mean that it has no such job, or that no job can have such an id."""
    unit: ClassVar[str | None] = None
    """The unit of its published prices, if there are any."""
    prices: ClassVar[str] = "not published"
    """What a job costs, in words."""
    verified: bool = False
    """Whether `verify` has shown no reason why a paid call would fail."""

    @classmethod
    def prices_of(cls, kind: type[Request]) -> str:  # noqa: ARG003 - a vendor may have several
        """Return what a job of a kind costs, in words."""
        return cls.prices

    @classmethod
    def request(cls, kind: str, fields: str) -> Request:
        """Read a request from its JSON; `BadRequest` if it is not one of this vendor's."""
        try:
            return cls.model(kind).model_validate_json(fields)
        except ValidationError as error:
            problem = str(error)
        raise BadRequest(f"{kind}: {problem}")

    @classmethod
    def recorded(cls, kind: str, fields: str) -> Request:
        """Read the request of a job that was submitted, to ask for the job.

        An older version may have sent what this version refuses. Then the fields are returned as
        they were written.

        Raises:
            BadRequest: The fields are no JSON object, or this vendor has no such kind.
        """
        try:
            return cls.request(kind, fields)
        except BadRequest as error:
            refusal = error
        try:
            return cls.model(kind).model_construct(**json.loads(fields))
        except (ValueError, TypeError, RecursionError):
            raise refusal from None

    @classmethod
    def model(cls, kind: str) -> type[Request]:
        """Return the class of a kind of requests; `BadRequest` if this vendor has no such kind."""
        model = next((model for model in cls.kinds if model.kind() == kind), None)
        if model is None:
            raise BadRequest(f"{cls.title} has no {kind}")
        return model

    @abstractmethod
    async def submission(self, request: Any, delivery: Delivery) -> Call[Snapshot]:
        """Do a request's free steps, such as uploads, and return the paid call."""

    @abstractmethod
    def poll(self, request: Any, vendor_id: str) -> Call[Snapshot]:
        """Return the call that asks for a job's state. Its snapshot has the same ``vendor_id``.

        Args:
            request: What the job makes; each of a vendor's products may have a call of its own.
            vendor_id: The vendor's id of the job.
        """

    def cancellation(self, request: Any, vendor_id: str) -> Call[None]:
        """Return the call that cancels a job; for the arguments, see `poll`."""
        raise Unsupported(f"{self.title} cannot cancel a {request.kind()} ({vendor_id})")

    def listing(self, kind: type[Request], page: int) -> Call[JobPage]:
        """Return the call for one page of the list of jobs of a kind; `page` counts from 1."""
        raise Unsupported(f"{self.title} cannot list jobs of {kind.kind()} (page {page})")

    def estimate(self, request: Any, seconds: Callable[[Media], float | None]) -> Cost | None:
        """Return a request's cost by the published prices; ``None`` if it cannot be estimated.

        Args:
            request: The request.
            seconds: Returns the length of audio or a clip in seconds; ``None`` if it is unknown.
        """
        return None

    def free_call(self) -> Call[Any]:
        """Return a call that costs nothing and needs the key: it asks for a job that no one has."""
        return self.poll(self.kinds[0].model_construct(), NO_JOB)

    def verify(self) -> str:
        """Send a free request, to see whether the vendor accepts the key.

        Returns:
            The outcome, in words.

        Raises:
            VendorError: The key was refused, or the vendor could not check it.
            Unreachable: No answer came.
        """
        outcome = "the key was accepted"
        try:
            self.ask(self.free_call())
        except VendorError as error:
            if not (self.denies(error) and error.code in self.no_such_job):
                raise
            if error.is_page:
                outcome = self._doubt(error)
        self.verified = True
        return outcome

    async def probe(self) -> bool:
        """Look at the answer to a free call, before the first paid one.

        Otherwise a mistyped base URL would make every job unknown, as a stranger's answer proves
        nothing. Only what certainly stops a paid call is an error. Of all else, only a page is
        worth a warning, as no vendor says how it answers to an unknown id. No answer is awaited
        for longer than `PROBE_SECONDS`.

        Returns:
            Whether it need not be repeated before the next paid call. It is repeated if the vendor
            was busy or failed, but not if it was slow.

        Raises:
            Unreachable: There is no connection.
            Unauthorized: The key was refused.
            VendorError: The API redirects to another origin.
        """
        retried = _Retried()
        try:
            call = replace(self.free_call(), purpose=Purpose.probe)
            async with asyncio.timeout(PROBE_SECONDS):
                await self.api.send(call, retried)
        except Unauthorized as error:
            why = f"{error}; nothing was paid; check {self.keys_origin}; {self.base_url_origin}"
            raise Unauthorized(why, code=error.code) from None
        except VendorError as error:
            if error.leaves_origin:
                why = f"{error}; nothing was paid; {self.base_url_origin}"
                raise VendorError(why, code=error.code) from None
            return self._proves_something(error)
        except Unreachable as error:
            if not error.sent:
                raise self._unconnected(error) from None
            return False
        except TimeoutError:
            if retried.error is not None:
                raise self._unconnected(retried.error) from None
            log.debug("%s: no answer to a free call in %g s", self.name, PROBE_SECONDS)
        except loop.FAULTS as fault:  # a further vendor may have no such call
            self.unforeseen(fault)
        return True

    def _proves_something(self, error: VendorError) -> bool:
        if isinstance(error, RateLimited) or error.code in GATEWAY_ERRORS:
            return False
        if error.redirects or error.is_page:
            notify_user(self._doubt(error))
        return True

    def _unconnected(self, error: LipSyncError) -> Unreachable:
        return Unreachable(f"{error}; nothing was paid; {self.base_url_origin}", sent=False)

    def _doubt(self, error: VendorError) -> str:
        what = f"{error}: a free call was answered by a page, not by JSON"
        return f"{what}; is the base URL right? {self.base_url_origin}"

    def denies(self, error: LipSyncError) -> bool:
        """Return whether the error of a poll means that the vendor has no such job.

        HTTP 404 does, whatever the vendor's own codes are.
        """
        if isinstance(error, Unauthorized | OutOfCredit | RateLimited | ServerError):
            return False
        codes = {*self.no_such_job, httpx.codes.NOT_FOUND}
        return isinstance(error, VendorError) and error.code in codes

    def read(self, model: type[AnswerModel], payload: Any, said: str = "") -> AnswerModel:
        """Read an answer, or a part of one.

        Args:
            model: Its documented shape.
            payload: The answer's JSON, or the part.
            said: The vendor's message in the whole answer, for the error.

        Raises:
            ServerError: The answer has another shape.
        """
        try:
            return model.model_validate(payload)
        except ValidationError as error:
            wrong = {".".join(map(str, e["loc"])) or "body" for e in error.errors()}
        where = ", ".join(sorted(wrong))
        why = self.redactor.text(reason(payload) or said or "no reason given")
        raise ServerError(f"{self.name}: unexpected answer (see {where}): {why}")

    def read_data(self, model: type[AnswerModel], payload: Any) -> AnswerModel:
        """Read the part of an answer that its envelope has as ``data``."""
        return self.read(model, self.read(Envelope, payload).data, reason(payload))


def in_path(vendor_id: str) -> str:
    """Return a vendor's id escaped as one segment of a path; ``.`` and ``..`` would not be one."""
    escaped = quote(vendor_id, safe="")
    return escaped if escaped.strip(".") else escaped.replace(".", "%2E")
