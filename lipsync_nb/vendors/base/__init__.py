"""All that a vendor's module needs: built-in vendors and your own import from here."""

from pydantic import AliasChoices, Field

from lipsync_nb.errors import (
    BadRequest,
    OutOfCredit,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
    Unsupported,
    VendorError,
)
from lipsync_nb.files import MB, MIME, OLE, LocalFile
from lipsync_nb.http.addresses import http_url
from lipsync_nb.http.call import Answer, Call, ErrorReader, status_error
from lipsync_nb.http.hosts import is_local
from lipsync_nb.http.rate_limit import Rate
from lipsync_nb.http.retry import Purpose
from lipsync_nb.log import log, notify_user
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.media import Media, Takes
from lipsync_nb.media.probe import frame_size
from lipsync_nb.media.talk import Talk
from lipsync_nb.media.video import Video
from lipsync_nb.results import Avatar, Made, Subtitle, Text, Voice
from lipsync_nb.status import Cost, JobStatus, Snapshot
from lipsync_nb.vendors.base.answers import (
    Amount,
    Code,
    JobId,
    Lenient,
    Message,
    Reply,
    Time,
    as_code,
    as_message,
    reason,
    translate,
    without_empty,
)
from lipsync_nb.vendors.base.auth import BearerAuth, HeaderAuth
from lipsync_nb.vendors.base.delivery import Delivery
from lipsync_nb.vendors.base.fields import Display, FromJob
from lipsync_nb.vendors.base.prices import begun_seconds
from lipsync_nb.vendors.base.product import Product, VendorOfProducts
from lipsync_nb.vendors.base.registry import VENDORS, register
from lipsync_nb.vendors.base.request import CallbackURL, Model, NonBlank, Request
from lipsync_nb.vendors.base.spoken import spoken_seconds
from lipsync_nb.vendors.base.vendor import NO_JOB, JobPage, Vendor, in_path

__all__ = [
    "MB",
    "MIME",
    "NO_JOB",
    "OLE",
    "VENDORS",
    "AliasChoices",
    "Amount",
    "Answer",
    "Audio",
    "Avatar",
    "BadRequest",
    "BearerAuth",
    "Call",
    "CallbackURL",
    "Code",
    "Cost",
    "Delivery",
    "Display",
    "ErrorReader",
    "Field",
    "FromJob",
    "HeaderAuth",
    "JobId",
    "JobPage",
    "JobStatus",
    "Lenient",
    "LocalFile",
    "Made",
    "Media",
    "Message",
    "Model",
    "NonBlank",
    "OutOfCredit",
    "Product",
    "Purpose",
    "Rate",
    "RateLimited",
    "Reply",
    "Request",
    "ServerError",
    "Snapshot",
    "Subtitle",
    "Takes",
    "Talk",
    "Text",
    "Time",
    "Unauthorized",
    "Unreachable",
    "Unsupported",
    "Vendor",
    "VendorError",
    "VendorOfProducts",
    "Video",
    "Voice",
    "as_code",
    "as_message",
    "begun_seconds",
    "frame_size",
    "http_url",
    "in_path",
    "is_local",
    "log",
    "notify_user",
    "reason",
    "register",
    "spoken_seconds",
    "status_error",
    "translate",
    "without_empty",
]
