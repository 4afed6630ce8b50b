"""What a vendor sells: each of its products has jobs and answers of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lipsync_nb.sandbox.jobs.job import Pace


@dataclass(frozen=True)
class Product:
    """One of a vendor's products.

    Args:
        pace: How long its jobs take.
        no_job: The code and the message for an id that no job of this product has.
        status_at: Path of keys to the status in a poll's answer.
        result_at: Path of keys to the result's URL in a poll's answer.
        done_status: Its status for success.
        odd_status: A status that its page does not list.
        name: What its jobs are stored under.
        envelope: The body of an error, of its code and message, if it is not the vendor's.
    """

    pace: Pace
    no_job: tuple[int, str]
    status_at: tuple[str, ...]
    result_at: tuple[str, ...]
    done_status: str | int
    odd_status: str | int
    name: str = "lip_sync"
    envelope: Callable[[int, str], dict[str, Any]] | None = None
