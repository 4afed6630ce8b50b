"""One vendor's API over HTTP: retries, redaction, and limits on answers.

Credentials are added by an ``httpx.Auth`` and go to the vendor's own origin only: an API call
follows no redirect, and files on other hosts move through `lipsync_nb.http.transfer`.
"""

import asyncio
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import count
from math import inf, isfinite
from time import time
from typing import Any, TypeVar

import httpx

from lipsync_nb.decode.containers import media_type
from lipsync_nb.errors import (
    BadRequest,
    LipSyncError,
    RateLimited,
    ServerError,
    Unreachable,
    VendorError,
)
from lipsync_nb.files import UnchangedFile, Unreadable
from lipsync_nb.http.call import Answer, Call, redirect_error
from lipsync_nb.http.connections import (
    LARGEST,
    LONGEST_ANSWER,
    Clients,
    TooLarge,
    first_header,
    limit_size,
    quiet,
    time_limit,
)
from lipsync_nb.http.proxies import Route
from lipsync_nb.http.rate_limit import Limiter, Rate
from lipsync_nb.http.redact import Redactor
from lipsync_nb.http.refusal import NO_JOB_IDS, proves_refusal
from lipsync_nb.http.retry import (
    Failure,
    Purpose,
    Stop,
    backoff,
    decide,
    retry_after,
    seconds_until,
)
from lipsync_nb.log import log

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds for each step of a request; some vendors take long to answer."""

NOT_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""After these errors, the request certainly never reached the vendor."""

LONGEST_SAID = 200
"""Characters of JSON that are shown where a file was expected."""

T = TypeVar("T")


class Observer:
    """Methods that are called at each attempt of a call; these do nothing."""

    async def on_attempt(self, call: Call[Any]) -> None:
        """Called before each attempt; an error raised here stops the call."""

    async def on_no_work(self, call: Call[Any]) -> None:
        """Called after an attempt that certainly did no work."""

    def on_retry(self, error: LipSyncError) -> None:
        """Called after an attempt that failed and will be repeated."""


UNOBSERVED = Observer()


class SubmissionLost(LipSyncError):
    """A paid request failed, but the vendor may have done the work.

    Attributes:
        error: Why it failed.
        job_id: The vendor's id of a job that the error names; the vendor may not know it.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.error))
        self.error = failure.error
        self.job_id = failure.job_id


class Api:
    """The HTTP side of one vendor.

    Args:
        name: The vendor's name, for messages.
        base_url: The URL that paths are joined to.
        auth: Adds the credentials.
        check: Raises a `VendorError` if an answer is an error.
        refuses: Returns whether an error has a code from the vendor's table of refusals.
        rates: The vendor's documented rate limits, by `Call.rate`.
        redactor: Masks the vendor's secrets in answers and messages.
        route: How the vendor is reached, if the user said so.
        timeout: Seconds for each step of a request.
        longest: Seconds for a whole answer.
        wait: Returns the seconds to wait after the given number of attempts.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        auth: httpx.Auth,
        check: Callable[[Answer], None],
        refuses: Callable[[Answer], bool] = lambda _: False,
        rates: Mapping[str, Rate],
        redactor: Redactor,
        route: Route | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        longest: float = LONGEST_ANSWER,
        wait: Callable[[int], float] = backoff,
    ) -> None:
        self._name = name
        self._check = check
        self._refuses = refuses
        self._redactor = redactor
        self._longest = longest
        self._wait = wait
        limiters = {key: Limiter(rate) for key, rate in rates.items()}
        self._limiters = defaultdict(Limiter, limiters)
        self._base_url = base_url.rstrip("/") + "/"
        self._url = httpx.URL(self._base_url)
        self._route = route
        self._clients = _clients(auth, timeout)
        self._fresh = _clients(auth, timeout, keepalive=False)
        self._dated = "", 0.0

    @property
    def clock_ahead(self) -> float | None:
        """Seconds by which the vendor's clock is ahead of ours, by its last answer's ``Date``."""
        date, then = self._dated
        ahead = seconds_until(date) + time() - then
        return ahead if isfinite(ahead) else None

    async def send(self, call: Call[T], observer: Observer = UNOBSERVED) -> T:
        """Send a call, and repeat it where the retry policy allows it.

        Args:
            call: What to send.
            observer: Called at each attempt, when the vendor's rate limit allows it.

        Returns:
            What the call reads from the answer.

        Raises:
            VendorError: The vendor refused.
            BadRequest: A file could not be read.
            Unreachable: No answer came; a paid request certainly did no work.
            SubmissionLost: A paid request failed, but may have done its work.
        """
        # A paid call uses a new connection: if the vendor closed an idle one at that moment, it
        # would be unknown whether the call arrived.
        clients = self._fresh if call.purpose is Purpose.paid else self._clients
        client, route = clients.to(self._url, self._route)
        limiter = self._limiters[call.rate]
        for attempt in count(1):
            await limiter.slot()
            await observer.on_attempt(call)
            outcome = await self._attempt(client, route, call)
            if not isinstance(outcome, Failure):
                return outcome
            if not outcome.worked:
                await observer.on_no_work(call)
            verdict = decide(call.purpose, outcome, attempt, self._wait)
            if verdict is Stop.unknown:
                raise SubmissionLost(outcome)
            if verdict is Stop.failed:
                raise outcome.error
            log.debug("%s: %s; again in %.1f s", self._name, outcome.error, verdict.seconds)
            observer.on_retry(outcome.error)
            if isinstance(outcome.error, RateLimited):
                limiter.pause(verdict.seconds)
            else:
                await asyncio.sleep(verdict.seconds)
        raise AssertionError("the loop above does not end")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._clients.aclose()
        await self._fresh.aclose()

    async def _attempt(self, client: httpx.AsyncClient, route: Route, call: Call[T]) -> T | Failure:
        # Errors are returned, not raised, so that no traceback shows a frame with a key in it.
        try:
            with ExitStack() as files:
                request = self._request(client, call, files)
                return await self._exchange(client, route, request, call)
        except Unreadable as error:
            reason = f"{error.filename or 'a file'}: {error.strerror or error}"
            return Failure(BadRequest(reason))

    async def _exchange(
        self, client: httpx.AsyncClient, route: Route, request: httpx.Request, call: Call[T]
    ) -> T | Failure:
        try:
            connecting = inf if route.proxy is None else self._longest
            limit = time_limit(request, call.longest or self._longest, connecting=connecting)
            with quiet(), route.named(request), limit:
                response = await client.send(request)
        except httpx.RequestError as error:
            return self._lost(error, request)
        except httpx.InvalidURL:  # httpx parses a redirect's target at once
            return Failure(ServerError(f"{self._name}: redirects to an invalid URL"), worked=True)
        except Unreadable:
            raise
        except OSError as error:  # httpcore does not wrap some errors of TLS
            reason = self._redactor.text(error.strerror or type(error).__name__)
            text = f"{self._name}: no answer ({reason}{route.via})"
            return Failure(Unreachable(text, sent=True), worked=True)
        except LipSyncError as error:
            return Failure(error.with_traceback(None))
        log.debug("%s: %s %s: %d", self._name, call.method, call.path, response.status_code)
        return self._answer(response, route, call)

    def _request(
        self, client: httpx.AsyncClient, call: Call[Any], files: ExitStack
    ) -> httpx.Request:
        parts: list[tuple[str, Any]] = [
            (name, (None, value.encode())) for name, value in _each(call.form)
        ]
        parts += [
            (name, (file.name, files.enter_context(UnchangedFile(file)), file.mime))
            for name, file in _each(call.files)
        ]
        # client.build_request takes twice as long, as it merges options.
        return httpx.Request(
            call.method,
            self._base_url + call.path,
            params=call.params,
            headers={**client.headers, **call.headers},
            json=call.json,
            files=parts or None,
            extensions={LARGEST: call.largest, **_patience(client.timeout, call.longest)},
        )

    def _lost(self, error: httpx.RequestError, request: httpx.Request) -> Failure:
        ours = error.request is request  # otherwise it was the request for a token
        sent = ours and not isinstance(error, NOT_CONNECTED)
        if isinstance(error, TooLarge):
            return Failure(ServerError(f"{self._name}: {error}"), worked=ours)
        reason = self._redactor.text(str(error) or type(error).__name__)
        return Failure(Unreachable(f"{self._name}: no answer ({reason})", sent=sent), worked=sent)

    def _answer(self, response: httpx.Response, route: Route, call: Call[T]) -> T | Failure:
        if date := response.headers.get("Date"):
            self._dated = date, time()
        if response.is_redirect:
            error = redirect_error(self._name, response, self._redactor)
            return Failure(error, worked=True)  # some servers redirect to the result of their work
        payload: Any
        problem: VendorError | None = None
        try:
            payload = self._redactor.clean(json.loads(response.content))
        except (ValueError, RecursionError):
            payload = None
            if not (call.is_file and response.is_success and _may_be_file(response)):
                problem = self._no_json(response, route)
        wait = retry_after(first_header(response, "Retry-After"))
        answer = Answer(response.status_code, payload, wait)
        check = self._check if call.errors is None else call.errors.check
        refuses = self._refuses if call.errors is None else call.errors.refuses
        try:
            check(answer)
            if call.is_file and payload is not None:
                said = json.dumps(payload, ensure_ascii=False)[:LONGEST_SAID]
                raise ServerError(f"{self._name}: the answer is JSON, not a file: {said}")
            if problem is None:
                return call.read(response.content if call.is_file else payload)
        except VendorError as error:
            error.is_page = problem is not None
            if error.is_page:
                error.args = (f"{error}{route.via}",)  # it may be the proxy's page
            problem = error
        job_id = _named_job(call, payload) if call.purpose is Purpose.paid else None
        refused = proves_refusal(answer, job_id=job_id, listed=refuses(answer))
        return Failure(problem.with_traceback(None), worked=not refused, job_id=job_id)

    def _no_json(self, response: httpx.Response, route: Route) -> VendorError:
        kind = (response.headers.get("Content-Type") or "something").partition(";")[0]
        text = f"{self._name}: the answer is {kind}, not JSON{route.via}"
        error = ServerError(self._redactor.text(text))
        error.is_page = True
        return error


def _each(values: Mapping[str, T | list[T]]) -> Iterator[tuple[str, T]]:
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, each


def _patience(usual: httpx.Timeout, longest: float | None) -> dict[str, Any]:
    """Return the extension of a request whose answer may take longer than usual."""
    return {} if longest is None else {"timeout": usual.as_dict() | {"read": longest}}


def _may_be_file(response: httpx.Response) -> bool:
    """Return whether an answer can be a file, and is no page, such as that of a gateway.

    Media are known by their content, whatever their type is said to be.
    """
    kind = response.headers.get("Content-Type", "").strip().lower()
    named = bool(response.content) and not kind.startswith("text/")
    return named or media_type(io.BytesIO(response.content)) is not None


def _named_job(call: Call[Any], payload: Any) -> str | None:
    """Return the id of the job that an error names, as the answer to a submission would name it."""
    if call.is_file or not isinstance(payload, dict):
        return None
    try:
        named = {k: v for k, v in payload.items() if k.lower().replace("_", "") not in NO_JOB_IDS}
        found = call.read(named)
    except VendorError:
        return None
    return getattr(found, "vendor_id", None) or None


def _clients(auth: httpx.Auth, timeout: httpx.Timeout, *, keepalive: bool = True) -> Clients:
    return Clients(
        auth=auth,
        timeout=timeout,
        limits=httpx.Limits(max_keepalive_connections=20 if keepalive else 0),
        event_hooks={"response": [limit_size]},
    )
