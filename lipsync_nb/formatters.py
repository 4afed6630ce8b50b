"""Shows jobs and videos in IPython. The widgets are loaded when the first one is shown.

Importing the package registers these formatters if IPython runs, and does nothing else. So the
modules of jobs and videos need not import widgets.
"""

import sys
from typing import Any


def register() -> None:
    """Register how a running IPython shows a `Job` and a `Video`; without IPython, do nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        add_to(shell.display_formatter)


def add_to(display: Any) -> None:
    """Add the formatters to IPython's ``DisplayFormatter``."""
    bundles = display.mimebundle_formatter
    bundles.for_type_by_name("lipsync_nb.jobs.job", "Job", _job)
    bundles.for_type_by_name("lipsync_nb.media.video", "Video", _video)


def _job(job: Any) -> dict[str, Any]:
    from lipsync_nb.notebook.display import job_bundle  # noqa: PLC0415 - only to be shown

    return job_bundle(job)


def _video(video: Any) -> dict[str, Any]:
    from lipsync_nb.notebook.display import video_bundle  # noqa: PLC0415 - only to be shown

    return video_bundle(video)
