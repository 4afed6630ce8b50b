"""Shows jobs and videos in IPython. The widgets are loaded when the first one is shown.

This is all that importing the package does, and only in a running IPython: so a job can be shown
although its module knows nothing of widgets.
"""

import sys
from typing import Any


def register() -> None:
    """Tell a running IPython how to show a `Job` and a `Video`; without one, do nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        add_to(shell.display_formatter)


def add_to(display: Any) -> None:
    """Add ours to the formatters of IPython's ``DisplayFormatter``."""
    bundles = display.mimebundle_formatter
    bundles.for_type_by_name("lipsync_nb.jobs.job", "Job", _job)
    bundles.for_type_by_name("lipsync_nb.media.video", "Video", _video)


def _job(job: Any) -> dict[str, Any]:
    from lipsync_nb.notebook.display import job_bundle  # noqa: PLC0415 - only to be shown

    return job_bundle(job)


def _video(video: Any) -> dict[str, Any]:
    from lipsync_nb.notebook.display import video_bundle  # noqa: PLC0415 - only to be shown

    return video_bundle(video)
