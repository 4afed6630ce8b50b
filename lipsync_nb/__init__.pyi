from .batch.batch import Batch
from .batch.dialogue import Dialogue
from .checks.finding import Finding, Findings
from .client import Client
from .compare.inspection import Inspection, Limits, Reason, inspect
from .compare.measure import measure
from .compare.measure_all import measure_all
from .compare.prices import Price
from .editing.ai_label import AiLabel, ai_label
from .editing.burn_in import burn_in
from .editing.fit import fit
from .editing.join import join
from .editing.label_ai import label_ai
from .editing.loop import loop
from .editing.pauses import Pause, pauses
from .editing.split import split
from .editing.subtitle_list import Subtitles
from .editing.subtitles import read_subtitles, subtitles
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
from .event_loop import allow_nested_loops
from .extras import MissingExtra
from .jobs.budget import Budget
from .jobs.confirmation import NotConfirmed
from .jobs.job import Job
from .jobs.provenance import provenance
from .jobs.remake import request_from
from .jobs.waiting import as_completed, wait
from .media import Media, still_video
from .media.audio import Audio
from .media.video import Video
from .notebook.comparison import Comparison
from .notebook.grid import grid
from .results import Avatar, Subtitle, Text, Voice
from .status import Cost, Eta, JobStatus, Snapshot
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
    "AiLabel",
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
    "Eta",
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
    "Pause",
    "Price",
    "RateLimited",
    "Reason",
    "ServerError",
    "Snapshot",
    "SubmitUnknown",
    "Subtitle",
    "Subtitles",
    "Text",
    "Unauthorized",
    "Unreachable",
    "Unsupported",
    "VendorError",
    "Video",
    "Voice",
    "Xingyun",
    "Yunai",
    "ai_label",
    "allow_nested_loops",
    "as_completed",
    "burn_in",
    "chanjing",
    "fit",
    "grid",
    "inspect",
    "join",
    "label_ai",
    "lingdong",
    "lipsync_studio",
    "loop",
    "measure",
    "measure_all",
    "pauses",
    "provenance",
    "read_subtitles",
    "request_from",
    "split",
    "still_video",
    "subtitles",
    "wait",
    "xingyun",
    "yunai",
]
__version__: str
