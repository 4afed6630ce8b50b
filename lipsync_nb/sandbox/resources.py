"""What the vendors of a sandbox share."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipsync_nb.sandbox.callbacks import Callbacks
from lipsync_nb.sandbox.faults.queue import FaultQueue
from lipsync_nb.sandbox.jobs.job import JobStore
from lipsync_nb.sandbox.jobs.renderer import Renderer
from lipsync_nb.sandbox.settings import SandboxSettings
from lipsync_nb.sandbox.signed_urls import Signer
from lipsync_nb.sandbox.store import Store

log = logging.getLogger(__name__)


class BackgroundTasks:
    """Coroutines that run in the background. Their errors are logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a coroutine in the background, and return its task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finish)
        return task

    def cancel(self) -> None:
        """Cancel all that are running."""
        for task in self._tasks:
            task.cancel()

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a background task failed", exc_info=error)


@dataclass(frozen=True)
class Resources:
    """The resources that the vendors of one sandbox share.

    Args:
        home: Folder of the state.
        log_path: The file the log goes to; None where it goes to a terminal.
        settings: Can be changed while the sandbox runs.
        store: The sandbox's storage.
        signer: Signs the URLs of the storage host.
        faults: The requested faults.
        jobs: All jobs of all vendors.
        renderer: Makes the videos.
        tasks: Runs work in the background.
        callbacks: Sends callbacks to clients.
    """

    home: Path
    log_path: Path | None
    settings: SandboxSettings
    store: Store
    signer: Signer
    faults: FaultQueue
    jobs: JobStore
    renderer: Renderer
    tasks: BackgroundTasks
    callbacks: Callbacks

    @property
    def media_folder(self) -> Path:
        """Folder of the files that clients send, named by their content."""
        return self.home / "media"
