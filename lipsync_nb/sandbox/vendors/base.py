"""The base class of the vendors, and what their calls and refusals are."""

import hmac
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.faults.garbage import put_at
from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.vendors.services import Services
from lipsync_nb.sandbox.work.jobs import Job, Pace, Trouble
from lipsync_nb.sandbox.work.worker import Probe

COMMON_STEPS = frozenset({"submit", "poll", "download", "other"})  # a path of no page is "other"

GIB = 1 << 30  # no page but yunai's names a limit; this one only keeps the disk from filling

FORGED_RESULT = "http://127.0.0.1:9/forged.mp4"  # the discard port: nobody answers there

Handler = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An answer that ends the handling of a request.

    Args:
        status: HTTP status.
        body: The JSON body.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.response = JSONResponse(body, status)


@dataclass(frozen=True)
class Call:
    """One call of a vendor's API.

    Args:
        method: HTTP method.
        path: Path behind the base path, as on the vendor's page; ``{name}`` for a part that varies.
        step: What the call is for; one of ``faults.kinds.STEPS``.
        handler: Answers it.
        public: Whether it is answered without credentials.
    """

    method: str
    path: str
    step: str
    handler: Handler
    public: bool = False


class Vendor(ABC):
    """One vendor: its calls, how its clients are recognized, and how it says things.

    Attributes:
        NAME: The module's name.
        BASE_PATH: Path of its base URL, before every call's own.
        PATHS: Where its paths begin, if no other vendor's begin there.
        IS_FALLBACK: Whether it answers what no vendor recognizes; one vendor does.
        CREDENTIAL_HEADERS: Headers its clients' credentials travel in, in lower case.
        OPENING_CREDITS: What a new home's account holds; None where its page knows no credits.
        STEPS: The steps of its calls, and ``callback`` if it posts any; of ``faults.kinds.STEPS``.
        HAS_ERROR_CODES: Whether the envelope of its errors has a code.
        PACE: How long its jobs take.
        LIMIT_BYTES: The most it fetches for one file.
        TROUBLES: Code of a Trouble → its words for it; ``{}`` takes the detail.
        STATUS_AT: Keys that lead to the status in a poll's answer.
        RESULT_AT: Keys that lead to the result's URL in a poll's answer.
        DONE_STATUS: Its word for success.
        ODD_STATUS: A status its page does not list.

    Args:
        keys: Its client's credentials, by their names in the client.
        services: What the vendors share.
    """

    NAME: ClassVar[str]
    BASE_PATH: ClassVar[str] = ""
    PATHS: ClassVar[tuple[str, ...]] = ()
    IS_FALLBACK: ClassVar[bool] = False
    CREDENTIAL_HEADERS: ClassVar[tuple[str, ...]]
    OPENING_CREDITS: ClassVar[float | None] = None
    STEPS: ClassVar[frozenset[str]] = COMMON_STEPS
    HAS_ERROR_CODES: ClassVar[bool] = True
    PACE: ClassVar[Pace]
    LIMIT_BYTES: ClassVar[int] = GIB
    TROUBLES: ClassVar[dict[str, str]]
    STATUS_AT: ClassVar[tuple[str, ...]]
    RESULT_AT: ClassVar[tuple[str, ...]]
    DONE_STATUS: ClassVar[str | int]
    ODD_STATUS: ClassVar[str | int]

    def __init__(self, keys: dict[str, str], services: Services) -> None:
        self.keys = keys
        self.services = services

    @staticmethod
    @abstractmethod
    def new_keys() -> dict[str, str]:
        """Fresh credentials in its own form, by their names in the client."""

    @abstractmethod
    def calls(self) -> list[Call]:
        """Every call its API answers."""

    def storage_calls(self) -> list[Call]:
        """What it answers on the storage host, beside its jobs' results; paths are absolute."""
        return []

    def owns(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers carry credentials of its clients."""
        return any(name in headers for name in self.CREDENTIAL_HEADERS)

    def recognizes(self, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request whose path is on no page seems to be meant for it."""
        return path.startswith(self.PATHS) or self.owns(headers)

    @abstractmethod
    async def authorize(self, request: Request) -> None:
        """Raise a Refusal unless the request carries this vendor's credentials."""

    @abstractmethod
    def invalid(self, message: str) -> Refusal:
        """Its refusal of a wrong field."""

    def broken(self, message: str) -> Refusal:
        """Its refusal when something is wrong on its own side."""
        return Refusal(500, self.envelope(500, message))

    @abstractmethod
    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of its errors."""

    def callback(self, job: Job) -> dict[str, Any]:
        """What it posts when a job has ended, if it posts callbacks at all."""
        raise NotImplementedError

    def check(self, job: Job, probes: dict[str, Probe]) -> None:  # noqa: B027 -- most vendors need none
        """Look at a job's media once they are here; raise Trouble to fail the job."""

    def resume(self) -> None:  # noqa: B027 -- most vendors need none
        """Go on with what an earlier run left unfinished, beside the jobs."""

    def forget_token(self) -> None:  # noqa: B027 -- most vendors need none
        """Invalidate its client's token, if it gives out tokens."""

    def reason(self, trouble: Trouble) -> str:
        """Why a job failed, in its own words."""
        if trouble.code == "fault" and trouble.detail:
            return trouble.detail
        return self.TROUBLES[trouble.code].format(trouble.detail)

    async def unknown(self, request: Request) -> Response:  # noqa: ARG002 -- a handler's form
        """Answer a path that is on no page: 404 (what is really answered is on no page either)."""
        return JSONResponse(self.envelope(404, "Not Found"), 404)

    async def tell(self, job: Job) -> None:
        """Post the callback of a job that has ended, if the client asked for one."""
        if job.callback and job.ended:
            await self.services.callbacks.send(job.vendor, job.callback, self.callback(job))

    async def mislead(self, job: Job) -> None:
        """Let somebody else post a callback that claims success, if that fault is waiting."""
        if job.callback:
            body = self.callback(job)
            put_at(body, self.STATUS_AT, self.DONE_STATUS)
            put_at(body, self.RESULT_AT, FORGED_RESULT)
            await self.services.callbacks.forge(job.vendor, job.callback, body)

    def submit(self, job: Job) -> None:
        """Accept a job of its own and start it; from here on it counts as paid."""
        self.services.runner.submit(job, self)

    def charge(self, amount: float) -> bool:
        """Take credits from its client's account, if there are enough."""
        return self.services.credits.charge(self.NAME, amount)

    def balance(self) -> float:
        """Credits left on its client's account."""
        return self.services.credits.left(self.NAME)

    def job(self, job_id: str) -> Job | None:
        """Its job of this id, or None."""
        return self.services.jobs.get(self.NAME, job_id)

    def all_jobs(self) -> list[Job]:
        """Its jobs, oldest first."""
        return self.services.jobs.of(self.NAME)

    def result_url(self, job: Job, suffix: str = "mp4") -> str:
        """A signed URL of a finished job's video, or of its cover (``jpg``, ``webp``)."""
        path = f"/results/{self.NAME}/{job.id}.{suffix}"
        return self.services.signer.url(path, self.services.settings.url_lifetime_s)


def same(given: str, expected: str) -> bool:
    """Whether a secret is the expected one, told in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


async def json_body(request: Request) -> Any:
    """The request's JSON; a FieldError where it is none."""
    try:
        return await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise FieldError("the body is not valid JSON") from None
