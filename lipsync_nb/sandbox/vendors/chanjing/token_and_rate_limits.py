"""Access to 蝉镜 Chanjing: the client's token, and rate limits."""

import secrets
import time
from collections import deque
from typing import Any

from lipsync_nb.sandbox.settings import SandboxSettings
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors.base import same

TOKEN = ("token", "chanjing")
"""Kind and name of the token's document in the store."""


class Token:
    """The client's token. Only the newest one is valid, and only during its lifetime.

    Args:
        store: Where it is stored.
        settings: With its lifetime.
    """

    def __init__(self, store: Store, settings: SandboxSettings) -> None:
        self._store = store
        self._settings = settings

    def renew(self) -> dict[str, Any]:
        """Create a new token and return the answer of access_token."""
        token = secrets.token_urlsafe(48)
        now = int(time.time())
        self._store.put(*TOKEN, {"access_token": token, "made": now})
        return {"access_token": token, "expire_in": now + int(self._settings.token_lifetime_s)}

    def is_valid(self, given: str) -> bool:
        """Whether this is the newest token, and has not expired."""
        token = self._store.get(*TOKEN)
        if token is None or not same(given, token["access_token"]):
            return False
        return bool(time.time() < token["made"] + self._settings.token_lifetime_s)

    def forget(self) -> None:
        """Replace the client's token by one that nobody knows."""
        self._store.put(*TOKEN, {"access_token": secrets.token_hex(), "made": 0})


class RateWindow:
    """A rate limit over a sliding window of time.

    Args:
        count: Requests allowed in the window.
        seconds: The window's length.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._times: deque[float] = deque()

    def allows(self) -> bool:
        """Whether one more request is allowed now. If so, it is counted."""
        now = time.monotonic()
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        if len(self._times) >= self._count:
            return False
        self._times.append(now)
        return True
