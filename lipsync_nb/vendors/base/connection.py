"""The connection to a vendor: its credentials, its account there, and its API over HTTP."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from traceback import format_exception
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import SecretStr

from lipsync_nb import event_loop as loop
from lipsync_nb.errors import BadRequest, LipSyncError, MissingCredentials
from lipsync_nb.http.addresses import Reach, Source, shown
from lipsync_nb.http.api import TIMEOUT, Api
from lipsync_nb.http.call import Answer, Call, status_error
from lipsync_nb.http.hosts import is_local
from lipsync_nb.http.proxies import Route
from lipsync_nb.http.rate_limit import Rate
from lipsync_nb.http.redact import Redactor
from lipsync_nb.http.retry import scaled_backoff
from lipsync_nb.log import log
from lipsync_nb.tracebacks import without_frames
from lipsync_nb.vendors.base.answers import reason
from lipsync_nb.vendors.base.credentials import (
    Key,
    Setting,
    base_url_setting,
    credential,
    find,
    parse_base_url,
)

ACCOUNT_DIGITS = 16
"""Hexadecimal digits of an account's hash: enough to tell the accounts of one user apart."""

FOUND = {
    "argument": "given as an argument",
    "environment": "from the environment",
    ".env": "from ./.env",
    "keyring": "from the keyring",
    "default": "the default",
}
"""Where a setting was found, in words, by its source."""

T = TypeVar("T")


class Connection(ABC):
    """A vendor's API, and the credentials of one account there.

    Args:
        base_url: The API's base URL; by default the one that is set, or else the vendor's own.
        proxy: The proxy to the API and to the hosts of its files, such as
            ``http://127.0.0.1:7890``, or ``"direct"`` for none; by default the environment's.
        credentials: By name, as in `variables`; those not given are looked up (`credentials.find`).

    Raises:
        MissingCredentials: A credential, or the base URL, is neither given nor found.
        BadRequest: A credential is unknown or cannot be a key, or the base URL or the proxy is not
            a URL.
    """

    name: ClassVar[str]
    """The vendor's name in ``client.vendors``, and that of its module."""
    title: ClassVar[str]
    """The vendor's name for people."""
    variables: ClassVar[Mapping[str, str]]
    """The environment variable of each credential."""
    public: ClassVar[frozenset[str]] = frozenset()
    """Credentials that are not secret."""
    identifiers: ClassVar[frozenset[str]] = frozenset()
    """Credentials that name the account, such as an application's id. They give no access alone, so
    they are masked in texts only. URLs and ids may contain them."""
    default_base_url: ClassVar[str | None] = None
    """The API's base URL, if all customers share one."""
    rates: ClassVar[Mapping[str, Rate]] = {}
    """Its documented rate limits, by `Call.rate`."""
    results_need_key: ClassVar[bool] = False
    """Whether results at its own origin can be fetched only with its key."""
    timeout: httpx.Timeout = TIMEOUT
    """Seconds for each step of a request."""
    backoff_scale: float = 1.0
    """Factor of the waits between attempts; less for the sandbox."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Leave the constructor out of tracebacks, as it is called with keys."""
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = without_frames(cls.__init__)  # type: ignore[method-assign]

    @without_frames
    def __init__(
        self,
        *,
        base_url: str | None = None,
        proxy: str | None = None,
        **credentials: str | SecretStr | None,
    ) -> None:
        if unknown := credentials.keys() - self.variables.keys():
            raise BadRequest(f"{self.title} has no {', '.join(sorted(unknown))}")
        for name, value in {**credentials, "base_url": base_url}.items():
            if not isinstance(value, str | SecretStr | None):
                raise BadRequest(f"{self.title}: {name} is a {type(value).__name__}, not a text")
        settings = {
            name: credential(credentials.get(name), variable)
            for name, variable in self.variables.items()
        }
        variable, default = self.base_url_variable(), self.default_base_url
        base = base_url_setting(base_url, variable, settings.values(), default)
        missing = [self.variables[name] for name, setting in settings.items() if setting is None]
        if base is None:
            missing.append(variable)
        if missing or base is None:
            raise MissingCredentials(f"{self.title}: set {' and '.join(missing)}")
        self.settings: dict[str, Setting] = {k: s for k, s in settings.items() if s is not None}
        self.base_url = parse_base_url(base.value.get_secret_value(), variable)
        self.base_url_source = base.source
        self.route = Route.given(proxy)
        hidden = self.settings.keys() - self.public
        secrets = (self.secret(name) for name in hidden - self.identifiers)
        self.redactor = Redactor(
            *secrets, identifiers=[self.secret(n) for n in hidden & self.identifiers]
        )

    def __repr__(self) -> str:
        where = getattr(self, "base_url", "")  # a traceback may show it before it is complete
        return f"{type(self).__name__}(base_url={shown(str(where))!r})"

    @classmethod
    def missing(cls) -> list[str]:
        """Return the environment variables that are still to be set to connect."""
        needed = list(cls.variables.values())
        if cls.default_base_url is None:
            needed.append(cls.base_url_variable())
        return [variable for variable in needed if find(variable) is None]

    @classmethod
    def base_url_variable(cls) -> str:
        """Return the environment variable of the base URL."""
        return f"{cls.name.upper()}_BASE_URL"

    def key(self, name: str) -> Key:
        """Return a credential, hidden in every repr, for what signs requests."""
        return Key(self.secret(name))

    def secret(self, name: str) -> str:
        """Return a credential in plain text, for the request that needs it."""
        return self.settings[name].value.get_secret_value()

    @cached_property
    def account(self) -> str:
        """A hash that identifies the account at this vendor, whatever the base URL.

        It is made of the credentials that name the account, or of the key if none does.
        """
        names = sorted(self.identifiers or self.variables)
        parts = [self.name, *(self.secret(name) for name in names)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:ACCOUNT_DIGITS]

    @cached_property
    def api(self) -> Api:
        """The vendor's API over HTTP."""
        return Api(
            name=self.name,
            base_url=str(self.base_url),
            auth=self.auth(),
            check=self.check,
            refuses=self.refuses,
            rates=self.rates,
            redactor=self.redactor,
            route=self.route,
            timeout=self.timeout,
            wait=scaled_backoff(self.backoff_scale),
        )

    @property
    def base_url_origin(self) -> str:
        """The base URL, how it is set, and where it was found, in words."""
        setting = f"base_url or {self.base_url_variable()}"
        return f"{setting} is {shown(str(self.base_url))} ({FOUND[self.base_url_source]})"

    @property
    def keys_origin(self) -> str:
        """The variables of the keys, and where each was found, in words."""
        found = ((self.variables[name], setting) for name, setting in self.settings.items())
        return " and ".join(f"{name} ({FOUND[setting.source]})" for name, setting in found)

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
        return Source(self.base_url, auth, reach, self.route)

    @abstractmethod
    def auth(self) -> httpx.Auth:
        """Return the ``httpx.Auth`` that adds the credentials to each request."""

    def check(self, answer: Answer) -> None:
        """Raise a `VendorError` if the answer is an error."""
        if answer.status >= httpx.codes.BAD_REQUEST:
            raise status_error(self.name, answer, reason(answer.payload))

    def refuses(self, answer: Answer) -> bool:
        """Return whether an error has a code that proves that a paid request was refused.

        The HTTP status is judged apart, see `lipsync_nb.http.refusal`. An answer that names a job
        is never a refusal.
        """
        return False

    def ask(self, call: Call[T]) -> T:
        """Send a call that concerns no job, and wait for its answer."""
        return loop.run(self.api.send(call))

    def unforeseen(self, fault: BaseException) -> LipSyncError:
        """Log an unexpected exception, and return it as an error; neither shows a key."""
        log.error("%s: %s", self.name, self.redactor.text("".join(format_exception(fault))))
        return LipSyncError(self.redactor.text(f"{type(fault).__name__}: {fault}"))
