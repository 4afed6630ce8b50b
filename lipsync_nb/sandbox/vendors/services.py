"""What the sandbox does for its vendors."""

from dataclasses import dataclass
from pathlib import Path

from lipsync_nb.sandbox.credits import Credits
from lipsync_nb.sandbox.faults.pending import Faults
from lipsync_nb.sandbox.settings import Settings
from lipsync_nb.sandbox.signing import Signer
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors.callbacks import Callbacks
from lipsync_nb.sandbox.work.job_runner import JobRunner
from lipsync_nb.sandbox.work.jobs import JobBook
from lipsync_nb.sandbox.work.renderer import Renderer
from lipsync_nb.sandbox.work.tasks import BackgroundTasks


@dataclass(frozen=True)
class Services:
    """What the vendors of one sandbox share.

    Args:
        home: Folder of the state.
        log_path: The file the log goes to; None where it goes to a terminal.
        settings: What can be set while the sandbox runs.
        store: The sandbox's memory.
        signer: Signs the URLs of the storage host.
        credits: Credits, and what was paid.
        faults: The faults that wait to happen.
        jobs: Every job of every vendor.
        renderer: What makes the videos.
        tasks: Where work goes on in the background.
        runner: Runs the jobs.
        callbacks: Posts what a job's client wants to be told.
    """

    home: Path
    log_path: Path | None
    settings: Settings
    store: Store
    signer: Signer
    credits: Credits
    faults: Faults
    jobs: JobBook
    renderer: Renderer
    tasks: BackgroundTasks
    runner: JobRunner
    callbacks: Callbacks

    @property
    def media_folder(self) -> Path:
        """Where the files that clients send lie, named by their content."""
        return self.home / "media"
