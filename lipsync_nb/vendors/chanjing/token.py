"""Chanjing's access token: a new one kills the old, so a key pair has one at a time.

All users of a pair in one process share its token. Another process fetches its own, which kills
ours. So each lets the other work for a while before it fetches a new one, and a request that was
refused for a dead token, which means that it did no work, is sent again. No token is written to
disk.

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

from lipsync_nb.http.redact import Redactor
from lipsync_nb.http.retry import retry_after
from lipsync_nb.vendors.base import Answer, as_code
from lipsync_nb.vendors.chanjing.answers import API, DEAD_TOKEN

TOKEN_PATH = f"{API}access_token"
ATTEMPTS = 8
"""How often a request is sent at most, as long as each token worked before it died."""
YOUNG = 10.0
"""Seconds; a token that dies sooner was killed by another process that fetched one."""
TRUCE = 0.5
"""Least seconds before a token that died young is replaced, so that the other process can use its
own; the most are twice as many. Both double after each further such death."""
LONGEST_TRUCE = 4.0
"""Where `TRUCE` stops doubling, in seconds; even twice this is below `YOUNG`."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Whose token it is, and where tokens are given out."""

    url: httpx.URL
    app_id: SecretStr
    secret_key: SecretStr


class _Token:
    """The token of one key pair, for all who use the pair in this process.

    Its expiry is not kept: a token is used until the vendor says that it is dead, which may be long
    before it expires.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.value = SecretStr("")
        self.worked = False
        self._born = -math.inf
        self._young_deaths = 0

    def replace(self, value: SecretStr) -> None:
        """Take a new token, which has not been used yet."""
        self.value, self.worked, self._born = value, False, time.monotonic()

    def truce(self) -> float:
        """Return the seconds to wait before a dead token is replaced."""
        if time.monotonic() - self._born > YOUNG:
            self._young_deaths = 0
            return 0.0
        shortest = min(LONGEST_TRUCE, TRUCE * 2**self._young_deaths)
        self._young_deaths += 1
        return random.uniform(shortest, 2 * shortest)  # noqa: S311 - keeps the two out of step


_tokens: WeakValueDictionary[KeyPair, _Token] = WeakValueDictionary()


class TokenAuth(httpx.Auth):
    """Adds the token; fetches one if there is none, and another if it proves dead.

    Args:
        pair: The key pair.
        granted: Reads a token from the answer, or raises a `VendorError`.
        redactor: Masks the token wherever it is told.
    """

    def __init__(
        self, pair: KeyPair, granted: Callable[[Answer], SecretStr], redactor: Redactor
    ) -> None:
        self._pair = pair
        self._granted = granted
        self._redactor = redactor
        self._token = _tokens.setdefault(pair, _Token())
        self._known = SecretStr("")

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token, and again with a new one if it was dead.

        If a new one is dead at once, no further one is fetched: the refusal stands.
        """
        token, dead = self._token, SecretStr("")
        for attempt in range(ATTEMPTS):
            async with token.lock:
                if token.value == dead:
                    await asyncio.sleep(token.truce())
                    token.replace(self._granted(await _answer((yield self._ask(request)))))
                used = token.value
            request.headers["access_token"] = self._hidden(used)
            response = yield request
            if not _is_dead(await _answer(response)):
                token.worked = True
                return
            if attempt and token.value == used and not token.worked:
                return
            dead = used

    def _ask(self, request: httpx.Request) -> httpx.Request:
        pair = self._pair
        return httpx.Request(
            "POST",
            pair.url,
            json={
                "app_id": pair.app_id.get_secret_value(),
                "secret_key": pair.secret_key.get_secret_value(),
            },
            extensions=request.extensions,  # its timeouts: httpx sets none for an auth's requests
        )

    def _hidden(self, token: SecretStr) -> str:
        clear = token.get_secret_value()
        if token != self._known:  # another user of the pair may have fetched it
            self._redactor.add(clear, passing=True)
            self._known = token
        return clear


async def _answer(response: httpx.Response) -> Answer:
    await response.aread()
    wait = retry_after(response.headers.get("Retry-After"))
    try:
        return Answer(response.status_code, response.json(), wait)
    except (ValueError, RecursionError):
        return Answer(response.status_code, None, wait)


def _is_dead(answer: Answer) -> bool:
    return isinstance(answer.payload, dict) and as_code(answer.payload.get("code")) in DEAD_TOKEN
