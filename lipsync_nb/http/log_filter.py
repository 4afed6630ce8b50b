"""Keeps what httpx itself logs of our requests out of all logs.

It logs whole URLs at INFO, and the headers of answers at DEBUG. A signed URL is as good as a key
while it lasts, and a vendor may echo keys. So httpx's records are dropped, but only for our own
requests; ``lipsync_nb`` logs these at DEBUG, without queries and keys.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGERS = ("httpx", *(f"httpcore.{part}" for part in ("connection", "http11", "proxy", "socks")))
"""Each needs the filter: a logger's filter does not see its children's records."""

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what httpx logs of requests sent within."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _wanted(_: logging.LogRecord) -> bool:
    return not _quiet.get()


for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_wanted)
