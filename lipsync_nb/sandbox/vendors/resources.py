"""What the vendors of a sandbox share."""

from dataclasses import dataclass
from pathlib import Path

from lipsync_nb.sandbox.credits import Credits
from lipsync_nb.sandbox.faults.queue import FaultQueue
from lipsync_nb.sandbox.settings import SandboxSettings
from lipsync_nb.sandbox.signing import Signer
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors.callbacks import Callbacks
from lipsync_nb.sandbox.work.job_runner import BackgroundTasks, JobRunner
from lipsync_nb.sandbox.work.jobs import JobStore
from lipsync_nb.sandbox.work.renderer import Renderer


@dataclass(frozen=True)
class Resources:
    """The resources that the vendors of one sandbox share.

    Args:
        home: Folder of the state.
        log_path: The file the log goes to; None where it goes to a terminal.
        settings: Can be changed while the sandbox runs.
        store: The sandbox's storage.
        signer: Signs the URLs of the storage host.
        credits: Credits, and what was paid.
        faults: The requested faults.
        jobs: All jobs of all vendors.
        renderer: Makes the videos.
        tasks: Runs work in the background.
        runner: Runs the jobs.
        callbacks: Sends callbacks to clients.
    """

    home: Path
    log_path: Path | None
    settings: SandboxSettings
    store: Store
    signer: Signer
    credits: Credits
    faults: FaultQueue
    jobs: JobStore
    renderer: Renderer
    tasks: BackgroundTasks
    runner: JobRunner
    callbacks: Callbacks

    @property
    def media_folder(self) -> Path:
        """Folder of the files that clients send, named by their content."""
        return self.home / "media"
