"""The parts of one sandbox: the vendors, and the resources that they share."""

import secrets
import shutil
import time
from pathlib import Path

from lipsync_nb.sandbox.callbacks import Callbacks
from lipsync_nb.sandbox.faults.kinds import VendorTraits
from lipsync_nb.sandbox.faults.queue import FaultQueue
from lipsync_nb.sandbox.jobs.job import JobStore
from lipsync_nb.sandbox.jobs.job_runner import JobRunner
from lipsync_nb.sandbox.jobs.renderer import Renderer
from lipsync_nb.sandbox.resources import BackgroundTasks, Resources
from lipsync_nb.sandbox.settings import KEEP_FILES_S, SandboxSettings
from lipsync_nb.sandbox.signed_urls import Signer
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors import VENDORS

FOLDERS = ("media", "renders", "scratch")

TRAITS = {vendor.NAME: VendorTraits(vendor.STEPS, vendor.HAS_ERROR_CODES) for vendor in VENDORS}
"""The properties that decide which faults a vendor can have, by its name."""


class Backend:
    """The vendors of one home, and the resources that they share.

    Args:
        home: Folder of the state; it is created if it does not exist.
        storage_origin: Scheme, host and port of the storage host.
        settings: Can be changed while the sandbox runs.
        log_path: The file its log goes to; None where it goes to a terminal.
    """

    def __init__(
        self,
        home: Path,
        storage_origin: str,
        settings: SandboxSettings,
        log_path: Path | None = None,
    ) -> None:
        for folder in FOLDERS:
            (home / folder).mkdir(parents=True, exist_ok=True)
        store, faults = Store(home / "sandbox.sqlite"), FaultQueue(TRAITS)
        self.keys = _keys(store)
        self.resources = Resources(
            home=home,
            log_path=log_path,
            settings=settings,
            store=store,
            signer=Signer(self.keys["storage"]["secret"], storage_origin),
            faults=faults,
            jobs=JobStore(store),
            renderer=Renderer(home / "renders"),
            tasks=BackgroundTasks(),
            callbacks=Callbacks(faults, store, settings),
        )
        self._runner = JobRunner(self.resources)
        self.vendors = {
            kind.NAME: kind(self.keys[kind.NAME], self.resources, self._runner) for kind in VENDORS
        }

    def start(self) -> None:
        """Start the workers and resume what an earlier run left unfinished."""
        self._delete_old_files()
        self.resources.tasks.spawn(self.resources.renderer.warm())
        self._runner.resume(self.vendors)
        for vendor in self.vendors.values():
            vendor.resume()

    def _delete_old_files(self) -> None:
        """Delete old files, and the temporary folders of killed workers."""
        oldest = time.time() - KEEP_FILES_S
        for folder in FOLDERS:
            for path in (self.resources.home / folder).iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.stat().st_mtime < oldest:
                    path.unlink()

    def close(self) -> None:
        """Stop the work and close the files."""
        self.resources.tasks.cancel()
        self.resources.renderer.close()
        self.resources.store.close()


def _keys(store: Store) -> dict[str, dict[str, str]]:
    """The home's credentials. Each vendor's are created once, with its credits."""
    keys = store.get("setting", "keys") or {"storage": {"secret": secrets.token_hex(32)}}
    for vendor in (vendor for vendor in VENDORS if vendor.NAME not in keys):
        keys[vendor.NAME] = vendor.new_keys()
        if vendor.OPENING_CREDITS is not None:
            store.count(vendor.NAME, "credits", vendor.OPENING_CREDITS)
    store.put("setting", "keys", keys)
    return keys
