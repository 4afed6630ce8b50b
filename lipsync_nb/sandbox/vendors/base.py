"""The base class of the vendors, their calls and their refusals."""

import asyncio
import hmac
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.errors import JobError
from lipsync_nb.sandbox.faults.faulty_bodies import put_at
from lipsync_nb.sandbox.jobs.job import Pace, RenderOrder, VendorJob
from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.jobs.worker_tasks import Probe
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.vendors.product import Product

COMMON_STEPS = frozenset(
    {"submit", "poll", "download", "other"}
)  # a path that is on no page is "other"

GIB = 1 << 30  # only Yunai's page names a limit; this one protects the disk

FORGED_RESULT = "http://127.0.0.1:9/forged.{}"  # the discard port, where nothing answers

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
class ApiCall:
    """One call of a vendor's API.

    Args:
        method: HTTP method.
        path: Path after the base path, as on the vendor's page; ``{name}`` for a variable part.
        step: One of ``faults.kinds.STEPS``.
        handler: Answers it.
        public: Whether it needs no credentials.
        product: What it is about; None for the vendor's first product, or for none.
        act: The value of the form's field ``act``, where calls share a path. The one without it
            answers all others.
    """

    method: str
    path: str
    step: str
    handler: Handler
    public: bool = False
    product: Product | None = None
    act: str = ""


class VendorService(ABC):
    """One vendor: its calls, its credentials, and its messages.

    Attributes:
        NAME: The module's name.
        BASE_PATH: Path of its base URL, before every call's own.
        PATHS: Prefixes of its paths, if no other vendor has them.
        IS_FALLBACK: Whether it answers requests that no vendor recognizes; true for one vendor.
        CREDENTIAL_HEADERS: Headers with its clients' credentials, in lower case.
        OPENING_CREDITS: Credits of a new account; None if its page has no credits.
        STEPS: The steps of its calls, with ``callback`` if it sends any; of ``faults.kinds.STEPS``.
        HAS_ERROR_CODES: Whether the body of an error has a code.
        ALWAYS_200: Whether its errors have HTTP 200, too, like all its answers.
        PRODUCTS: Its products, the main one first.
        LIMIT_BYTES: The size limit of a file that it fetches.
        ERROR_MESSAGES: Code of a JobError → its message; ``{}`` is replaced by the detail.

    Args:
        keys: Its client's credentials, by their names in the client.
        resources: Shared by the vendors.
        runner: Runs the jobs.
    """

    NAME: ClassVar[str]
    BASE_PATH: ClassVar[str] = ""
    PATHS: ClassVar[tuple[str, ...]] = ()
    IS_FALLBACK: ClassVar[bool] = False
    CREDENTIAL_HEADERS: ClassVar[tuple[str, ...]]
    OPENING_CREDITS: ClassVar[float | None] = None
    STEPS: ClassVar[frozenset[str]] = COMMON_STEPS
    HAS_ERROR_CODES: ClassVar[bool] = True
    ALWAYS_200: ClassVar[bool] = False
    PRODUCTS: ClassVar[tuple[Product, ...]]
    LIMIT_BYTES: ClassVar[int] = GIB
    ERROR_MESSAGES: ClassVar[dict[str, str]]

    def __init__(self, keys: dict[str, str], resources: Resources, runner: JobRunner) -> None:
        self.keys = keys
        self.resources = resources
        self.runner = runner

    @staticmethod
    @abstractmethod
    def new_keys() -> dict[str, str]:
        """New credentials in its format, by their names in the client."""

    @abstractmethod
    def calls(self) -> list[ApiCall]:
        """All calls of its API."""

    def storage_calls(self) -> list[ApiCall]:
        """Its calls on the storage host, other than results; paths are absolute."""
        return []

    def owns(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers have credentials of its clients."""
        return any(name in headers for name in self.CREDENTIAL_HEADERS)

    def recognizes(self, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request with a path that is on no page probably belongs to this vendor."""
        return path.startswith(self.PATHS) or self.owns(headers)

    @abstractmethod
    async def authorize(self, request: Request) -> None:
        """Raise a Refusal unless the request has this vendor's credentials."""

    def invalid(self, message: str) -> Refusal:
        """The refusal of a wrong field."""
        return self.refusal(400, message)

    def broken(self, message: str) -> Refusal:
        """The refusal for an error of the vendor itself."""
        return Refusal(500, self.envelope(500, message))

    def refusal(self, code: int, message: str) -> Refusal:
        """The refusal with a code, which is also the HTTP status unless that is always 200."""
        return Refusal(200 if self.ALWAYS_200 else code, self.envelope(code, message))

    @abstractmethod
    def envelope(self, code: int, message: str) -> dict[str, Any]:
        """The body of an error."""

    def callback(self, job: VendorJob) -> dict[str, Any]:
        """The body of the callback for a job, if the vendor sends callbacks."""
        raise NotImplementedError

    def check(self, job: VendorJob, probes: dict[str, Probe]) -> None:  # noqa: B027 -- most vendors need none
        """Check a job's media; raise JobError to fail the job."""

    def resume(self) -> None:  # noqa: B027 -- most vendors need none
        """Resume what an earlier run left unfinished, other than jobs."""

    def forget_token(self) -> None:  # noqa: B027 -- most vendors need none
        """Invalidate the client's token, if the vendor uses tokens."""

    def reason(self, error: JobError) -> str:
        """Why a job failed, in the vendor's words."""
        if error.code == "fault" and error.detail:
            return error.detail
        return self.ERROR_MESSAGES[error.code].format(error.detail)

    async def unknown(self, request: Request) -> Response:  # noqa: ARG002 -- a handler's signature
        """Answer a path that is on no page with 404 (the real answer is unknown)."""
        return JSONResponse(self.envelope(404, "Not Found"), 404)

    async def send_callback(self, job: VendorJob) -> None:
        """Post the callback of a job that has ended, if the client asked for one."""
        if job.callback and job.ended:
            await self.resources.callbacks.send(job.vendor, job.callback, self.callback(job))

    async def forge_callback(self, job: VendorJob) -> None:
        """Post a false callback that claims success, if that fault is requested."""
        if job.callback:
            body, product = self.callback(job), self._product_of(job)
            put_at(body, product.status_at, product.done_status)
            put_at(body, product.result_at, FORGED_RESULT.format(job.order.suffix))
            await self.resources.callbacks.forge(job.vendor, job.callback, body)

    def submit(
        self,
        job_id: str,
        request: dict[str, Any],
        order: RenderOrder,
        callback: str = "",
        cost: float = 0.0,
        *,
        product: Product | None = None,
    ) -> asyncio.Task[None]:
        """Accept a job and start it. It is now counted as paid; see VendorJob for the arguments.

        Returns:
            The work, which ends with the job.
        """
        name = (product or self.PRODUCTS[0]).name
        job = VendorJob(self.NAME, job_id, request, order, callback, cost=cost, product=name)
        return self.runner.submit(job, self)

    async def made(self, work: asyncio.Task[None], job_id: str) -> VendorJob:
        """Wait until a job has ended, for an answer that has its result; JobError if it failed."""
        await asyncio.shield(work)
        job = self.resources.jobs.get(self.NAME, job_id)
        if job is None or job.state != "done":
            raise JobError("fault", job.reason if job else "")
        return job

    def pace(self, job: VendorJob) -> Pace:
        """How long a job takes."""
        return self._product_of(job).pace

    def limit_bytes(self, job: VendorJob) -> int:  # noqa: ARG002 -- the same for all, for most
        """The size limit of a file that it fetches for a job."""
        return self.LIMIT_BYTES

    def _product_of(self, job: VendorJob) -> Product:
        return next(product for product in self.PRODUCTS if product.name == job.product)

    def charge(self, amount: float) -> bool:
        """Charge credits to the client's account, if there are enough."""
        return self.resources.store.charge(self.NAME, amount)

    def balance(self) -> float:
        """The credits of the client's account."""
        return self.resources.store.credits(self.NAME)

    def job(self, job_id: str, product: Product | None = None) -> VendorJob:
        """The job of a product (the first one) with this id; a Refusal if there is none."""
        product = product or self.PRODUCTS[0]
        job = self.resources.jobs.get(self.NAME, job_id)
        if job is None or job.product != product.name:
            raise self.refusal(*product.no_job)
        return job

    def all_jobs(self) -> list[VendorJob]:
        """The jobs of its first product, oldest first."""
        name = self.PRODUCTS[0].name
        return [job for job in self.resources.jobs.of(self.NAME) if job.product == name]

    def result_url(self, job: VendorJob, suffix: str = "") -> str:
        """A signed URL of a finished job's result, or of a video's poster (``jpg``, ``webp``)."""
        path = f"/results/{self.NAME}/{job.id}.{suffix or job.order.suffix}"
        return self.resources.signer.url(path, self.resources.settings.url_lifetime_s)


def same(given: str, expected: str) -> bool:
    """Whether a secret is the expected one, compared in constant time."""
    return hmac.compare_digest(given.encode(), expected.encode())


async def json_body(request: Request) -> Any:
    """The request's JSON; a FieldError if it is not valid, or not declared as JSON.

    A web page can send a request to another host without asking only if it declares another type.
    """
    if media_type(request) != "application/json":
        raise FieldError("the Content-Type must be application/json")
    try:
        return await request.json()
    except (ValueError, RecursionError):
        raise FieldError("the body is not valid JSON") from None


def media_type(request: Request) -> str:
    """The media type that a request declares, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
