"""Chanjing's access token: a new one invalidates the old, so a key pair has one at a time.

All users of a pair in one process share its token. Another process fetches its own, which
invalidates ours. So each process waits before it fetches a new one, to let the other work. A
request that was refused for an invalid token did no work, so it is sent again. No token is written
to disk.

Page: access_token.
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from weakref import WeakValueDictionary

import httpx
from pydantic import SecretStr

from lipsync_nb.http.call import redirect_error
from lipsync_nb.http.connections import first_header
from lipsync_nb.http.redact import Redactor
from lipsync_nb.http.retry import retry_after
from lipsync_nb.vendors.base import Answer, as_code
from lipsync_nb.vendors.chanjing.answers import API, INVALID_TOKEN

TOKEN_PATH = f"{API}access_token"
ATTEMPTS = 8
"""How often a request is sent at most, if each token worked before it became invalid."""
SHORT_LIFE = 10.0
"""Seconds; a token that becomes invalid sooner was replaced by another process."""
DELAY = 0.5
"""Least seconds before a token with a short life is replaced, so that the other process can use its
own. The most are twice as many, and both double each time."""
LONGEST_DELAY = 4.0
"""Seconds at which `DELAY` stops doubling; even twice this is below `SHORT_LIFE`."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The key pair of a token, and the URL that issues tokens."""

    url: httpx.URL
    app_id: SecretStr
    secret_key: SecretStr


class _Token:
    """The token of one key pair, for all who use the pair in this process.

    Its expiry is not used: the vendor may refuse a token long before it expires.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.value = SecretStr("")
        self.worked = False
        self._created = -math.inf
        self._short_lives = 0

    def replace(self, value: SecretStr) -> None:
        """Set a new token, which has not been used yet."""
        self.value, self.worked, self._created = value, False, time.monotonic()

    def delay(self) -> float:
        """Return the seconds to wait before an invalid token is replaced."""
        if time.monotonic() - self._created > SHORT_LIFE:
            self._short_lives = 0
            return 0.0
        shortest = min(LONGEST_DELAY, DELAY * 2**self._short_lives)
        self._short_lives += 1
        return random.uniform(shortest, 2 * shortest)  # noqa: S311 - keeps the two out of step


_tokens: WeakValueDictionary[KeyPair, _Token] = WeakValueDictionary()


class TokenAuth(httpx.Auth):
    """Adds the token; fetches one if there is none, or if the vendor refuses it.

    Args:
        pair: The key pair.
        read_token: Reads a token from the answer, or raises a `VendorError`.
        redactor: Masks the token in answers and messages.
    """

    def __init__(
        self, pair: KeyPair, read_token: Callable[[Answer], SecretStr], redactor: Redactor
    ) -> None:
        self._pair = pair
        self._read_token = read_token
        self._redactor = redactor
        self._token = _tokens.setdefault(pair, _Token())
        self._known = SecretStr("")

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token, and again with a new one if it was invalid.

        If the vendor refuses the new one as well, no further one is fetched.
        """
        token, invalid = self._token, SecretStr("")
        for attempt in range(ATTEMPTS):
            async with token.lock:
                if token.value == invalid:
                    await asyncio.sleep(token.delay())
                    response = yield self._token_request(request)
                    if response.is_redirect:
                        raise redirect_error("chanjing", response, self._redactor)
                    token.replace(self._read_token(await _answer(response)))
                used = token.value
            request.headers["access_token"] = self._hidden(used)
            response = yield request
            if not _is_invalid(await _answer(response)):
                token.worked = True
                return
            if attempt and token.value == used and not token.worked:
                return
            invalid = used

    def _token_request(self, request: httpx.Request) -> httpx.Request:
        pair = self._pair
        return httpx.Request(
            "POST",
            pair.url,
            json={
                "app_id": pair.app_id.get_secret_value(),
                "secret_key": pair.secret_key.get_secret_value(),
            },
            headers={"User-Agent": request.headers["User-Agent"]},
            extensions=request.extensions,  # its timeouts, as httpx sets none here
        )

    def _hidden(self, token: SecretStr) -> str:
        clear = token.get_secret_value()
        if token != self._known:  # another user of the pair may have fetched it
            self._redactor.add(clear, passing=True)
            self._known = token
        return clear


async def _answer(response: httpx.Response) -> Answer:
    await response.aread()
    wait = retry_after(first_header(response, "Retry-After"))
    try:
        return Answer(response.status_code, response.json(), wait)
    except (ValueError, RecursionError):
        return Answer(response.status_code, None, wait)


def _is_invalid(answer: Answer) -> bool:
    return isinstance(answer.payload, dict) and as_code(answer.payload.get("code")) in INVALID_TOKEN
