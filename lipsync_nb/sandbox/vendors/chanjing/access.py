"""Who may call 蝉镜 Chanjing, and how often: its client's token, and rate limits."""

import secrets
import time
from collections import deque
from typing import Any

from lipsync_nb.sandbox.settings import Settings
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors.base import same

TOKEN = ("token", "chanjing")
"""Kind and name of the token's document in the store."""


class Token:
    """The client's token: only the newest one is good, and only for its lifetime.

    Args:
        store: Where it is kept.
        settings: They tell its lifetime.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def renew(self) -> dict[str, Any]:
        """Make a new one; returns what access_token answers."""
        token = secrets.token_urlsafe(48)
        now = int(time.time())
        self._store.put(*TOKEN, {"access_token": token, "made": now})
        return {"access_token": token, "expire_in": now + int(self._settings.token_lifetime_s)}

    def is_good(self, given: str) -> bool:
        """Whether this is the newest token, and its lifetime is not over."""
        token = self._store.get(*TOKEN)
        if token is None or not same(given, token["access_token"]):
            return False
        return bool(time.time() < token["made"] + self._settings.token_lifetime_s)

    def forget(self) -> None:
        """Put a token that nobody knows in the place of the client's."""
        self._store.put(*TOKEN, {"access_token": secrets.token_hex(), "made": 0})


class Window:
    """A rate limit over a sliding window of time.

    Args:
        count: Requests allowed in the window.
        seconds: The window's length.
    """

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._times: deque[float] = deque()

    def admits(self) -> bool:
        """Whether one more request is allowed now; it is counted if so."""
        now = time.monotonic()
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        if len(self._times) >= self._count:
            return False
        self._times.append(now)
        return True
