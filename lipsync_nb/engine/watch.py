"""A job that is polled until it ends."""

import asyncio
from dataclasses import dataclass, field
from math import inf
from time import monotonic

from lipsync_nb.vendors.base import Request, Vendor

JobList = tuple[Vendor, type[Request]]
"""A vendor's account and a kind of request, which share one list of jobs."""


@dataclass(slots=True)
class Watch:
    """A job that is polled until it ends. Times are in seconds of the monotonic clock."""

    job_id: str
    vendor: Vendor
    request: Request
    vendor_id: str
    deadline: float
    calls_back: bool
    ended: asyncio.Future[bool]
    age: float = 0.0
    """Seconds since the vendor accepted the job, when it is first watched."""
    began: float = field(default_factory=monotonic)
    due: float = 0.0
    failures: int = 0
    called_back_at: float = -inf
    polled_at: float = -inf
    seen_at: float | None = None
    """When the vendor last reported it, in seconds of the monotonic clock."""
    denied_since: float | None = None
    """Since when the vendor has answered every poll that it has no such job."""

    @property
    def job_list(self) -> JobList:
        """The list that contains the job."""
        return self.vendor, type(self.request)

    @property
    def denied_seconds(self) -> float:
        """Seconds up to the deadline in which the vendor denied the job in every poll."""
        return self.deadline - (self.denied_since or self.deadline)

    @property
    def forgotten(self) -> bool:
        """Whether the vendor denied the job in every poll of the last half of the time."""
        return self.denied_seconds > (self.deadline - self.began) / 2 > 0
