"""What a vendor is: a translator between requests and snapshots here, and its own API there.

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
"""An id that no job has, and that every vendor can be asked for."""

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
        base_url: Where its API is; the vendor's own by default.
        credentials: By name, as in `variables`; what is not given is looked up (`settings.find`).

    Raises:
        MissingCredentials: One is neither given nor found.
        BadRequest: One cannot be a key, or the base URL is none.
    """

    name: ClassVar[str]
    """As in ``client.vendors``; also the module's name."""
    title: ClassVar[str]
    """As people call it."""
    kinds: ClassVar[tuple[type[Request], ...]]
    """The requests it takes."""
    variables: ClassVar[Mapping[str, str]]
    """The environment variable of each credential."""
    public: ClassVar[frozenset[str]] = frozenset()
    """The credentials that are mere names, and need no hiding."""
    identifiers: ClassVar[frozenset[str]] = frozenset()
    """The credentials that are useless alone, such as an application's id: masked in texts, but
    left in URLs and ids, which a vendor may build from them."""
    default_base_url: ClassVar[str | None] = None
    """Where its API is, if all customers share one."""
    rates: ClassVar[Mapping[str, Rate]] = {}
    """Its documented rates, by `Call.rate`."""
    poll_seconds: ClassVar[tuple[float, float]] = (2.0, 15.0)
    """The shortest and the longest interval between two looks at a job."""
    results_need_key: ClassVar[bool] = False
    """Whether results at its own origin are behind its key."""
    lists: ClassVar[bool] = False
    """Whether it can list jobs (`listing`)."""
    cancels: ClassVar[bool] = False
    """Whether it can cancel a job (`cancellation`)."""
    no_such_job: ClassVar[frozenset[int]] = frozenset({400, 404, 422})
    """The codes with which it says that it has no such job."""
    timeout: httpx.Timeout = TIMEOUT
    """Seconds for each step of a request."""
    patience: float = 1.0
    """Factor of the waits between attempts; the sandbox deserves less of it."""
    unit: ClassVar[str | None] = None
    """What its published prices are in, if there are any."""
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
        where = getattr(self, "base_url", "")  # a traceback may show one that is only half made
        return f"{type(self).__name__}(base_url={shown(str(where))!r})"

    @classmethod
    def missing(cls) -> list[str]:
        """Return the variables that would have to be set to connect."""
        needed = list(cls.variables.values())
        if cls.default_base_url is None:
            needed.append(cls.base_url_variable())
        return [variable for variable in needed if find(variable) is None]

    def secret(self, name: str) -> str:
        """Return a credential in clear, for the request that needs it."""
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
        """Where results may be fetched from. A vendor on loopback may have them there too."""
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
        """Return what adds the credentials to a request."""

    @abstractmethod
    async def submission(self, request: Any, courier: Courier) -> Call[Snapshot]:
        """Do a request's free steps, such as uploads, and return the paid call."""

    @abstractmethod
    def poll(self, vendor_id: str) -> Call[Snapshot]:
        """Return the call that asks how a job is."""

    def cancellation(self, vendor_id: str) -> Call[None]:
        """Return the call that cancels a job."""
        raise Unsupported(f"{self.title} cannot cancel a job ({vendor_id})")

    def listing(self, page: int) -> Call[JobPage]:
        """Return the call that lists jobs, pages from 1."""
        raise Unsupported(f"{self.title} cannot list jobs (page {page})")

    def estimate(self, request: Any, seconds: Callable[[Media], float | None]) -> Cost | None:  # noqa: ARG002 - most vendors publish no price
        """Return what a request will cost by the vendor's published prices, if there are any."""
        return None

    def verify(self) -> str:
        """Ask something that costs nothing, to see whether the vendor takes the key.

        Returns:
            What came of it, in words.

        Raises:
            VendorError: The key was refused, or the vendor is in no state to tell.
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
        """Raise a `VendorError` where the answer is an error."""
        if answer.status >= httpx.codes.BAD_REQUEST:
            raise status_error(self.name, answer, reason(answer.payload))

    def read(self, model: type[AnswerModel], payload: Any, said: str = "") -> AnswerModel:
        """Read an answer, or a part of one.

        Args:
            model: Its documented shape.
            payload: What came.
            said: What the vendor said around it.

        Raises:
            ServerError: It has another shape.
        """
        try:
            return model.model_validate(payload)
        except ValidationError as error:
            wrong = {".".join(map(str, e["loc"])) or "body" for e in error.errors()}
        where = ", ".join(sorted(wrong))
        why = self.redactor.text(reason(payload) or said or "no reason given")
        raise ServerError(f"{self.name}: unexpected answer (see {where}): {why}")

    def read_data(self, model: type[AnswerModel], payload: Any) -> AnswerModel:
        """Read what an answer carries in its envelope's ``data``."""
        return self.read(model, self.read(Envelope, payload).data, reason(payload))

    def unforeseen(self, fault: Exception) -> LipSyncError:
        """Log a fault of the program's, and return it as an error; neither shows a key."""
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
    """Return a vendor's id as one piece of a path, whatever is in it."""
    return quote(vendor_id, safe="")
