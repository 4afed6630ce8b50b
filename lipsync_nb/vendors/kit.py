"""All that a vendor's module needs, in one place: ``from lipsync_nb.vendors import kit``."""

from pydantic import Field

from lipsync_nb.errors import (
    OutOfCredit,
    RateLimited,
    ServerError,
    Unauthorized,
    VendorError,
)
from lipsync_nb.hints import Hint
from lipsync_nb.jobs import Cost, JobStatus, Snapshot
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.net.call import Answer, Call
from lipsync_nb.net.rate_limit import Rate
from lipsync_nb.net.retry import Purpose
from lipsync_nb.request import CallbackURL, Model, Request, Text
from lipsync_nb.vendors import register
from lipsync_nb.vendors.base import JobPage, Vendor, in_path
from lipsync_nb.vendors.courier import Courier
from lipsync_nb.vendors.credentials import HeaderAuth
from lipsync_nb.vendors.reading import Code, Fact, Reply, Words, translate

__all__ = [
    "Answer",
    "Call",
    "CallbackURL",
    "Code",
    "Cost",
    "Courier",
    "Fact",
    "Field",
    "HeaderAuth",
    "Hint",
    "JobPage",
    "JobStatus",
    "Media",
    "Model",
    "OutOfCredit",
    "Purpose",
    "Rate",
    "RateLimited",
    "Reply",
    "Request",
    "ServerError",
    "Snapshot",
    "Takes",
    "Text",
    "Unauthorized",
    "Vendor",
    "VendorError",
    "Words",
    "in_path",
    "register",
    "translate",
]
