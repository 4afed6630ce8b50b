from .batch.batch import Batch
from .batch.dialogue import Dialogue
from .checks.finding import Finding, Findings
from .client import Client
from .compare.inspection import Inspection, Limits, Reason, inspect
from .compare.measure import measure
from .compare.measure_all import measure_all
from .compare.prices import Price
from .errors import (
    BadRequest,
    BudgetExceeded,
    DownloadError,
    InputFailed,
    JobAbandoned,
    JobCancelled,
    JobExpired,
    JobFailed,
    JobTimeout,
    LedgerError,
    LipSyncError,
    MissingCredentials,
    NeverSent,
    OutOfCredit,
    RateLimited,
    ServerError,
    SubmitUnknown,
    Unauthorized,
    Unreachable,
    Unsupported,
    VendorError,
)
from .extras import MissingExtra
from .jobs.budget import Budget
from .jobs.confirmation import NotConfirmed
from .jobs.job import Job
from .jobs.waiting import as_completed, wait
from .loop import allow_nested_loops
from .media import Media, still_video
from .media.audio import Audio
from .media.video import Video
from .notebook.comparison import Comparison
from .notebook.grid import grid
from .results import Avatar, Subtitle, Text, Voice
from .status import Cost, JobStatus, Snapshot
from .vendors import (
    Chanjing,
    Lingdong,
    LipsyncStudio,
    Xingyun,
    Yunai,
    chanjing,
    lingdong,
    lipsync_studio,
    xingyun,
    yunai,
)

__all__ = [
    "Audio",
    "Avatar",
    "BadRequest",
    "Batch",
    "Budget",
    "BudgetExceeded",
    "Chanjing",
    "Client",
    "Comparison",
    "Cost",
    "Dialogue",
    "DownloadError",
    "Finding",
    "Findings",
    "InputFailed",
    "Inspection",
    "Job",
    "JobAbandoned",
    "JobCancelled",
    "JobExpired",
    "JobFailed",
    "JobStatus",
    "JobTimeout",
    "LedgerError",
    "Limits",
    "Lingdong",
    "LipSyncError",
    "LipsyncStudio",
    "Media",
    "MissingCredentials",
    "MissingExtra",
    "NeverSent",
    "NotConfirmed",
    "OutOfCredit",
    "Price",
    "RateLimited",
    "Reason",
    "ServerError",
    "Snapshot",
    "SubmitUnknown",
    "Subtitle",
    "Text",
    "Unauthorized",
    "Unreachable",
    "Unsupported",
    "VendorError",
    "Video",
    "Voice",
    "Xingyun",
    "Yunai",
    "allow_nested_loops",
    "as_completed",
    "chanjing",
    "grid",
    "inspect",
    "lingdong",
    "lipsync_studio",
    "measure",
    "measure_all",
    "still_video",
    "wait",
    "xingyun",
    "yunai",
]
__version__: str
