"""The vendors and what they share: home, store, credits, workers, faults."""

import secrets
import shutil
import time
from pathlib import Path
from traceback import format_exception_only

from lipsync_nb.sandbox.callbacks import Callbacks
from lipsync_nb.sandbox.faults.pending import Faults
from lipsync_nb.sandbox.settings import Settings
from lipsync_nb.sandbox.signing import Signer
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors import VENDORS
from lipsync_nb.sandbox.work.jobs import Job, JobBook
from lipsync_nb.sandbox.work.renderer import Renderer
from lipsync_nb.sandbox.work.runner import JobRunner

FOLDERS = ("media", "renders", "scratch")
KEEP_FILES_S = 30 * 86400  # as chanjing does; a home that is used for long does not fill the disk


class World:
    """One home: its vendors, and what they share.

    Args:
        home: Folder of the state; made where there is none.
        storage_origin: Scheme, host and port of the storage host.
        settings: What can be set while the sandbox runs.
        log: The file its log goes to; None where it goes to a terminal.
    """

    def __init__(
        self, home: Path, storage_origin: str, settings: Settings, log: Path | None = None
    ) -> None:
        for folder in FOLDERS:
            (home / folder).mkdir(parents=True, exist_ok=True)
        self.home = home
        self.settings = settings
        self.log = log
        self.store = Store(home / "sandbox.sqlite")
        self.keys = self._keys()
        self.jobs = JobBook(self.store)
        self.faults = Faults()
        self.signer = Signer(self.keys["storage"]["secret"], storage_origin)
        self.renderer = Renderer(home / "renders")
        self.callbacks = Callbacks(self)
        self.runner = JobRunner(self)
        self.vendors = {kind.NAME: kind(self) for kind in VENDORS}

    def start(self) -> None:
        """Warm the workers and go on with what an earlier run left unfinished."""
        self._forget_old_files()
        self.runner.spawn(self.renderer.warm())
        self.runner.resume()
        for vendor in self.vendors.values():
            vendor.resume()

    def _forget_old_files(self) -> None:
        """Delete files older than any vendor keeps them, and what was never finished."""
        oldest = time.time() - KEEP_FILES_S
        for folder in FOLDERS:
            for path in (self.home / folder).iterdir():
                if path.is_dir():  # of a worker that was killed
                    shutil.rmtree(path)
                elif path.stat().st_mtime < oldest:
                    path.unlink()

    def _keys(self) -> dict[str, dict[str, str]]:
        """The home's credentials, made once."""
        keys = self.store.get("setting", "keys")
        if keys is None:
            keys = {vendor.NAME: vendor.new_keys() for vendor in VENDORS}
            keys["storage"] = {"secret": secrets.token_hex(32)}
            self.store.put("setting", "keys", keys)
            for vendor in VENDORS:
                if vendor.OPENING_CREDITS is not None:
                    self.store.count(vendor.NAME, "credits", vendor.OPENING_CREDITS)
        return keys

    def credits(self, vendor: str) -> float:
        """Credits left on a vendor's account."""
        return self.store.counts(vendor).get("credits", 0.0)

    def charge(self, vendor: str, amount: float) -> bool:
        """Take credits, if there are enough."""
        if self.credits(vendor) < amount:
            return False
        self.store.count(vendor, "credits", -amount)
        self.store.count(vendor, "charged", amount)
        return True

    def refund(self, job: Job) -> None:
        """Give back what a failed job cost; no page says so, and none says otherwise."""
        if job.state == "failed" and job.cost:
            self.store.count(job.vendor, "credits", job.cost)
            self.store.count(job.vendor, "refunded", job.cost)

    def result_url(self, job: Job, suffix: str) -> str:
        """A signed URL of a finished job's video (``mp4``) or cover (``jpg``, ``webp``)."""
        path = f"/results/{job.vendor}/{job.id}.{suffix}"
        return self.signer.url(path, self.settings.url_lifetime_s)

    def own_failure(self, error: Exception) -> str:
        """What is told where the sandbox itself failed: the log's last line, and where it is."""
        last = "".join(format_exception_only(error)).strip().splitlines()[-1]
        where = f"see {self.log}" if self.log else "see its output"
        return f"the sandbox itself failed, {where}: {last}"

    def close(self) -> None:
        """Stop the work and let go of the files."""
        self.runner.close()
        self.renderer.close()
        self.store.close()
