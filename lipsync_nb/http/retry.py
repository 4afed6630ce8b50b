"""When to send again: one pure decision for every request of every vendor.

A result costs money, so a paid request is sent again only if it certainly did no work.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from math import isfinite, nan
from time import time

from lipsync_nb.errors import LipSyncError, RateLimited, ServerError, Unreachable

FIRST_WAIT = 0.5
"""Seconds before the second attempt; each further wait doubles."""
LONGEST_WAIT = 30.0
"""Seconds; the longest back-off."""
LONGEST_RETRY_AFTER = 120.0
"""Seconds; a longer ``Retry-After`` is cut to this."""
ATTEMPTS = 5
"""Attempts of one request before it fails."""
RATE_LIMITED_ATTEMPTS = 40
"""Attempts of a rate-limited request: about a quarter of an hour without ``Retry-After``."""


class Purpose(Enum):
    """What a request is for, which decides whether it may be sent again."""

    free = auto()
    """Costs nothing and may be repeated: an upload, a token, a list."""
    poll = auto()
    """Asks for a job's state; never repeated here, as the scheduler polls again anyway."""
    probe = auto()
    """Costs nothing, and shows whether the base URL and the key are right. Repeated only if there
    was no connection, as any answer will do."""
    paid = auto()
    """Starts a job that costs money."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How an attempt failed.

    Attributes:
        error: The error to raise if the request is not sent again.
        worked: Whether the vendor may have done the work nevertheless.
        job_id: The vendor's id of a job that the error names.
    """

    error: LipSyncError
    worked: bool = False
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Send again after ``seconds``."""

    seconds: float


class Stop(Enum):
    """Do not send again."""

    failed = auto()
    """The request was refused or never arrived: it did no work."""
    unknown = auto()
    """It is unknown whether the request did its work."""


def backoff(attempt: int) -> float:
    """Return the seconds to wait after the given attempt, from 1: doubling, capped, jittered."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt - 1, 16))
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, keeps no secret


def scaled_backoff(scale: float) -> Callable[[int], float]:
    """Return `backoff` with its waits multiplied by `scale`."""
    return lambda attempt: scale * backoff(attempt)


def decide(
    purpose: Purpose, failure: Failure, attempt: int, wait: Callable[[int], float] = backoff
) -> Wait | Stop:
    """Decide what to do after a failed attempt.

    Args:
        purpose: What the request was for.
        failure: How it failed.
        attempt: How many times it was sent, from 1.
        wait: Returns the seconds to wait after the given attempt.

    Returns:
        A `Wait`, or how the request ended.
    """
    if purpose is Purpose.paid and failure.worked:
        return Stop.unknown
    if purpose is Purpose.poll or (purpose is Purpose.probe and not _unconnected(failure)):
        return Stop.failed
    if isinstance(failure.error, RateLimited) and attempt < RATE_LIMITED_ATTEMPTS:
        return Wait(_asked(failure.error.retry_after, attempt, wait))
    if isinstance(failure.error, Unreachable | ServerError) and attempt < ATTEMPTS:
        return Wait(wait(attempt))
    return Stop.failed


def _unconnected(failure: Failure) -> bool:
    return isinstance(failure.error, Unreachable) and not failure.error.sent


def retry_after(header: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, a number or a date; ``None`` if neither."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = seconds_until(header)
    return max(0.0, seconds) if isfinite(seconds) else None


def seconds_until(date: str) -> float:
    """Return the seconds until a date in HTTP's format; NaN if it is not one."""
    try:
        return parsedate_to_datetime(date).timestamp() - time()
    except (ValueError, OverflowError):
        return nan


def _asked(seconds: float | None, attempt: int, wait: Callable[[int], float]) -> float:
    if seconds is None:
        return wait(attempt)
    jitter = wait(1) / 2
    return max(wait(attempt), min(seconds, LONGEST_RETRY_AFTER) + jitter)
