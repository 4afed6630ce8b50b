"""Keeping what httpx itself logs of our requests out of everybody's logs.

It logs whole URLs at INFO, and at DEBUG the headers of answers. A signed URL is as good as a key
while it lasts, and a vendor may echo keys. So of our requests, and of no others, httpx's records
are dropped; ``lipsync_nb`` logs them at DEBUG, without queries and keys.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy", "socks")))
"""Each needs the filter: a logger's filter is not asked about its children's records."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what httpx logs of the requests that are sent within."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _wanted(_: logging.LogRecord) -> bool:
    return not _quiet.get()


for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_wanted)
