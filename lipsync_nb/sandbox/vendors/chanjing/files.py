"""蝉镜 Chanjing's file management: URLs to upload to, and files that live 30 days."""

import dataclasses
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lipsync_nb.sandbox.signing import Signer
from lipsync_nb.sandbox.store import Store
from lipsync_nb.sandbox.vendors.fields import FieldError

UPLOAD_URL_LIFETIME_S = 15 * 60
FILE_LIFETIME_S = 30 * 86400
MIMES = {
    "lip_sync_video": {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"},
    "lip_sync_audio": {"mp3": "audio/mpeg", "m4a": "audio/x-m4a", "wav": "audio/x-wav"},
}
PENDING, READY, REFUSED, DELETED = 0, 1, 98, 99


@dataclass(frozen=True)
class File:
    """One file of a chanjing account.

    Args:
        id: The file_id that create_upload_url answered.
        service: What it is for, one of MIMES.
        name: The name that the client gave it.
        key: Path on the storage host, without the first slash.
        mime: The Content-Type its upload must have.
        path: Where it lies in the home, once uploaded.
        state: Result of the content check: PENDING, READY or REFUSED.
        made: Unix time of its upload URL.
        duration_s: Length in seconds, once checked.
        own_failure: Why the sandbox could not check it, if it could not.
    """

    id: str
    service: str
    name: str
    key: str
    mime: str
    path: str = ""
    state: int = PENDING
    made: float = dataclasses.field(default_factory=time.time)
    duration_s: float = 0.0
    own_failure: str = ""

    @property
    def status(self) -> int:
        """0 not yet, 1 ready, 98 refused by the content check, 99 deleted."""
        return DELETED if time.time() > self.made + FILE_LIFETIME_S else self.state

    @property
    def ready(self) -> bool:
        """Whether a job may use it."""
        return self.status == READY

    def told(self) -> dict[str, Any]:
        """What file_detail answers."""
        msg = "文件内容检测失败" if self.status == REFUSED else ""
        return {"id": self.id, "name": self.name, "status": self.status, "msg": msg}


class Files:
    """Every file of the chanjing account.

    Args:
        store: Where they are kept.
        signer: Signs the URLs to upload them to.
    """

    def __init__(self, store: Store, signer: Signer) -> None:
        self._store = store
        self._signer = signer

    def create(self, service: str, name: str) -> dict[str, str]:
        """Make a file; returns what create_upload_url answers."""
        mimes = MIMES.get(service)
        if mimes is None:
            raise FieldError(f"service must be one of {', '.join(MIMES)}")
        suffix = Path(name).suffix.lstrip(".").lower()
        if suffix not in mimes:
            raise FieldError(f"name must end in one of {', '.join(mimes)}")
        key = f"chanjing/res/{service}/{uuid.uuid4().hex}.{suffix}"
        file = File(uuid.uuid4().hex, service, name, key, mimes[suffix])
        self.save(file)
        return {
            "sign_url": self._sign_url(file),
            "full_path": f"{self._signer.origin}/{key}",
            "key": key,
            "mime_type": file.mime,
            "file_id": file.id,
        }

    def _sign_url(self, file: File) -> str:
        # The real ones percent-encode the key's slashes; a client must not touch them.
        url = self._signer.url(
            f"/{file.key}", UPLOAD_URL_LIFETIME_S, method="PUT", mime=file.mime, safe=""
        )
        return url.replace("%2F", "/", 1)

    def get(self, file_id: str) -> File | None:
        """The file of this file_id, or None."""
        body = self._store.get("file", file_id)
        return None if body is None else File(**body)

    def all(self) -> list[File]:
        """Every file, oldest first."""
        return [File(**body) for body in self._store.all("file")]

    def save(self, file: File) -> None:
        """Keep this version of a file."""
        self._store.put("file", file.id, dataclasses.asdict(file))
