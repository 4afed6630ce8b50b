"""The base of all vendors: translators between requests and snapshots here, and an API there.

A vendor builds calls and reads answers. Sending, retrying, polling, storing and showing are
done elsewhere, the same for all.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from traceback import format_exception
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

import httpx
from pydantic import SecretStr, ValidationError

from lipsync_nb import loop
from lipsync_nb.errors import (
    BadRequest,
    LipSyncError,
    MissingCredentials,
    OutOfCredit,
    RateLimited,
    ServerError,
    Unauthorized,
    Unsupported,
    VendorError,
)
from lipsync_nb.jobs import Cost, Snapshot
from lipsync_nb.log import log
from lipsync_nb.media.media import Media
from lipsync_nb.net.addresses import Reach, Source, is_local, shown
from lipsync_nb.net.api import TIMEOUT, Api
from lipsync_nb.net.call import Answer, Call, status_error
from lipsync_nb.net.rate_limit import Rate
from lipsync_nb.net.redact import Redactor
from lipsync_nb.net.retry import waits
from lipsync_nb.request import Request
from lipsync_nb.settings import Setting, find
from lipsync_nb.vendors.courier import Courier
from lipsync_nb.vendors.credentials import credential, in_clear, parse_base_url
from lipsync_nb.vendors.reading import Envelope, Reply, reason

NO_JOB = "0"
"""An id that no job has, and that every vendor's API takes."""

AnswerModel = TypeVar("AnswerModel", bound=Reply)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a vendor's list of jobs.

    Attributes:
        snapshots: The jobs, the newest first.
        pages: How many pages there are.
    """

    snapshots: list[Snapshot]
    pages: int


class Vendor(ABC):
    """One vendor, with its credentials.

    Args:
        base_url: The API's base URL; by default the one that is set, or else the vendor's own.
        credentials: By name, as in `variables`; those not given are looked up (`settings.find`).

    Raises:
        MissingCredentials: A credential, or the base URL, is neither given nor found.
        BadRequest: A credential is unknown or cannot be a key, or the base URL is not a URL.
    """

    name: ClassVar[str]
    """The vendor's name in ``client.vendors``, and that of its module."""
    title: ClassVar[str]
    """What people call the vendor."""
    kinds: ClassVar[tuple[type[Request], ...]]
    """The kinds of requests it takes."""
    variables: ClassVar[Mapping[str, str]]
    """The environment variable of each credential."""
    public: ClassVar[frozenset[str]] = frozenset()
    """Credentials that are mere names, and need no hiding."""
    identifiers: ClassVar[frozenset[str]] = frozenset()
    """Credentials that are useless alone, such as an application's id: masked in texts, but left in
    URLs and ids, which a vendor may build from them."""
    default_base_url: ClassVar[str | None] = None
    """The API's base URL, if all customers share one."""
    rates: ClassVar[Mapping[str, Rate]] = {}
    """Its documented rate limits, by `Call.rate`."""
    poll_seconds: ClassVar[tuple[float, float]] = (2.0, 15.0)
    """The shortest and the longest interval between two polls of a job, in seconds."""
    takes_urls_only: ClassVar[bool] = False
    """Whether local files must be given a URL by a media host first."""
    results_need_key: ClassVar[bool] = False
    """Whether results at its own origin need its key."""
    lists: ClassVar[bool] = False
    """Whether it can list jobs (`listing`)."""
    cancels: ClassVar[bool] = False
    """Whether it can cancel a job (`cancellation`)."""
    no_such_job: ClassVar[frozenset[int]] = frozenset({400, 404, 422})
    """The error codes by which it says that it has no such job."""
    timeout: httpx.Timeout = TIMEOUT
    """Seconds for each step of a request."""
    patience: float = 1.0
    """Factor of the waits between attempts; less for the sandbox."""
    unit: ClassVar[str | None] = None
    """The unit of its published prices, if there are any."""
    prices: ClassVar[str] = "not published"
    """What a job costs, in words."""

    def __init__(
        self, *, base_url: str | None = None, **credentials: str | SecretStr | None
    ) -> None:
        if unknown := credentials.keys() - self.variables.keys():
            raise BadRequest(f"{self.title} has no {', '.join(sorted(unknown))}")
        settings = {
            name: credential(credentials.get(name), variable)
            for name, variable in self.variables.items()
        }
        found = find(self.base_url_variable(), secret=False)
        base = base_url or in_clear(found) or self.default_base_url
        missing = [self.variables[name] for name, setting in settings.items() if setting is None]
        if base is None:
            missing.append(self.base_url_variable())
        if missing or base is None:
            raise MissingCredentials(f"{self.title}: set {' and '.join(missing)}")
        self.settings: dict[str, Setting] = {k: s for k, s in settings.items() if s is not None}
        self.base_url = parse_base_url(base, self.base_url_variable())
        hidden = self.settings.keys() - self.public
        secrets = (self.secret(name) for name in hidden - self.identifiers)
        self.redactor = Redactor(
            *secrets, identifiers=[self.secret(n) for n in hidden & self.identifiers]
        )

    def __repr__(self) -> str:
        where = getattr(self, "base_url", "")  # a traceback may show a half-made one
        return f"{type(self).__name__}(base_url={shown(str(where))!r})"

    @classmethod
    def missing(cls) -> list[str]:
        """Return the environment variables that are still to be set to connect."""
        needed = list(cls.variables.values())
        if cls.default_base_url is None:
            needed.append(cls.base_url_variable())
        return [variable for variable in needed if find(variable) is None]

    def secret(self, name: str) -> str:
        """Return a credential in plain text, for the request that needs it."""
        return self.settings[name].value.get_secret_value()

    @cached_property
    def api(self) -> Api:
        """The vendor's API over HTTP."""
        return Api(
            name=self.name,
            base_url=str(self.base_url),
            auth=self.auth(),
            check=self.check,
            rates=self.rates,
            redactor=self.redactor,
            timeout=self.timeout,
            wait=waits(self.patience),
        )

    async def aclose(self) -> None:
        """Close all connections; the next call opens new ones."""
        api: Api | None = self.__dict__.pop("api", None)
        if api is not None:
            await api.aclose()

    @property
    def source(self) -> Source:
        """Where results may be fetched from; for a vendor on loopback, also from there."""
        auth = self.auth() if self.results_need_key else None
        reach = Reach.loopback if is_local(self.base_url.host) else Reach.public
        return Source(self.base_url, auth, reach)

    @classmethod
    def request(cls, kind: str, fields: str) -> Request:
        """Read a request back from its JSON; `BadRequest` if it is none of this vendor's."""
        model = next((model for model in cls.kinds if model.kind() == kind), None)
        if model is None:
            raise BadRequest(f"{cls.title} has no {kind}")
        try:
            return model.model_validate_json(fields)
        except ValidationError as error:
            problem = str(error)
        raise BadRequest(f"{kind}: {problem}")

    @abstractmethod
    def auth(self) -> httpx.Auth:
        """Return the ``httpx.Auth`` that adds the credentials to each request."""

    @abstractmethod
    async def submission(self, request: Any, courier: Courier) -> Call[Snapshot]:
        """Do a request's free steps, such as uploads, and return the paid call."""

    @abstractmethod
    def poll(self, vendor_id: str) -> Call[Snapshot]:
        """Return the call that asks for a job's state."""

    def cancellation(self, vendor_id: str) -> Call[None]:
        """Return the call that cancels a job."""
        raise Unsupported(f"{self.title} cannot cancel a job ({vendor_id})")

    def listing(self, page: int) -> Call[JobPage]:
        """Return the call for one page of the list of jobs; `page` counts from 1."""
        raise Unsupported(f"{self.title} cannot list jobs (page {page})")

    def estimate(self, request: Any, seconds: Callable[[Media], float | None]) -> Cost | None:  # noqa: ARG002 - most vendors publish no price
        """Return a request's cost by the published prices; ``None`` if it cannot be estimated.

        Args:
            request: The request.
            seconds: Returns the length of audio in seconds; ``None`` if it is unknown.
        """
        return None

    def verify(self) -> str:
        """Ask something that costs nothing, to see whether the vendor accepts the key.

        Returns:
            The outcome, in words.

        Raises:
            VendorError: The key was refused, or the vendor could not check it.
            Unreachable: No answer came.
        """
        try:
            self.ask(self.poll(NO_JOB))
        except (Unauthorized, OutOfCredit, RateLimited, ServerError):
            raise
        except VendorError as error:
            if error.code not in self.no_such_job:
                raise
            log.debug("%s has no job %s, but it looked: it took the key", self.name, NO_JOB)
        return "the key was taken"

    def check(self, answer: Answer) -> None:
        """Raise a `VendorError` if the answer is an error."""
        if answer.status >= httpx.codes.BAD_REQUEST:
            raise status_error(self.name, answer, reason(answer.payload))

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

    def unforeseen(self, fault: BaseException) -> LipSyncError:
        """Log an unexpected exception, and return it as an error; neither shows a key."""
        log.error("%s: %s", self.name, self.redactor.text("".join(format_exception(fault))))
        return LipSyncError(self.redactor.text(f"{type(fault).__name__}: {fault}"))

    def ask(self, call: Call[T]) -> T:
        """Send a call that concerns no job, and wait for its answer."""
        return loop.run(self.api.send(call))

    @classmethod
    def base_url_variable(cls) -> str:
        """Return the environment variable of the base URL."""
        return f"{cls.name.upper()}_BASE_URL"


def in_path(vendor_id: str) -> str:
    """Return a vendor's id escaped as one segment of a path."""
    return quote(vendor_id, safe="")
