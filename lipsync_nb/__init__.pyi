from .budget import Budget
from .client import Client
from .compare.comparison import Comparison
from .compare.measure import measure
from .compare.measure_all import measure_all
from .compare.prices import Price
from .errors import (
    BadRequest,
    BudgetExceeded,
    DownloadError,
    JobCancelled,
    JobFailed,
    JobTimeout,
    LedgerError,
    LipSyncError,
    MissingCredentials,
    NotConfirmed,
    OutOfCredit,
    RateLimited,
    ServerError,
    SubmitUnknown,
    Unauthorized,
    Unreachable,
    Unsupported,
    VendorError,
)
from .job import Job
from .jobs import Cost, JobStatus, Snapshot
from .loop import allow_nested_loops
from .media import Media, still_video
from .notebook.grid import grid
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
from .video import Video
from .waiting import as_completed

__all__ = [
    "BadRequest",
    "Budget",
    "BudgetExceeded",
    "Chanjing",
    "Client",
    "Comparison",
    "Cost",
    "DownloadError",
    "Job",
    "JobCancelled",
    "JobFailed",
    "JobStatus",
    "JobTimeout",
    "LedgerError",
    "Lingdong",
    "LipSyncError",
    "LipsyncStudio",
    "Media",
    "MissingCredentials",
    "NotConfirmed",
    "OutOfCredit",
    "Price",
    "RateLimited",
    "ServerError",
    "Snapshot",
    "SubmitUnknown",
    "Unauthorized",
    "Unreachable",
    "Unsupported",
    "VendorError",
    "Video",
    "Xingyun",
    "Yunai",
    "allow_nested_loops",
    "as_completed",
    "chanjing",
    "grid",
    "lingdong",
    "lipsync_studio",
    "measure",
    "measure_all",
    "still_video",
    "xingyun",
    "yunai",
]
__version__: str
