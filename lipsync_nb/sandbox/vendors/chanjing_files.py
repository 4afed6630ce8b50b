"""蝉镜 Chanjing's file management: presigned uploads, a content check, files that live 30 days."""

import asyncio
import dataclasses
import logging
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.signing import StorageError
from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.vendors.uploads import keep_body

if TYPE_CHECKING:
    from lipsync_nb.sandbox.world import World

UPLOAD_URL_LIFETIME_S = 15 * 60
FILE_LIFETIME_S = 30 * 86400
CHECK_S = 0.7  # the page speaks of up to a minute
MIMES = {
    "lip_sync_video": {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"},
    "lip_sync_audio": {"mp3": "audio/mpeg", "m4a": "audio/x-m4a", "wav": "audio/x-wav"},
}
CONTENTS = {"lip_sync_video": "video", "lip_sync_audio": "audio"}
PENDING, READY, REFUSED, DELETED = 0, 1, 98, 99

log = logging.getLogger(__name__)


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
        world: What the vendors share.
    """

    def __init__(self, world: "World") -> None:
        self._world = world

    def create(self, service: str, name: str) -> dict[str, str]:
        """Make a file; returns what create_upload_url answers."""
        mimes = MIMES.get(service)
        if mimes is None:
            raise FieldError(f"service must be one of {', '.join(MIMES)}")
        suffix = Path(name).suffix.lstrip(".").lower()
        if suffix not in mimes:
            raise FieldError(f"name must end in one of {', '.join(mimes)}")
        key = f"chanjing/res/{service}/{uuid.uuid4().hex}.{suffix}"
        file = self._save(File(uuid.uuid4().hex, service, name, key, mimes[suffix]))
        signer = self._world.signer
        # The real ones percent-encode the key's slashes; a client must not touch them.
        sign_url = signer.url(
            f"/{key}", UPLOAD_URL_LIFETIME_S, method="PUT", mime=file.mime, safe=""
        )
        return {
            "sign_url": sign_url.replace("%2F", "/", 1),
            "full_path": f"{signer.origin}/{key}",
            "key": key,
            "mime_type": file.mime,
            "file_id": file.id,
        }

    def get(self, file_id: str) -> File | None:
        """The file of this file_id, or None."""
        body = self._world.store.get("file", file_id)
        return None if body is None else File(**body)

    def _by_key(self, key: str) -> File:
        """The file which is uploaded to that key; a 404 StorageError where there is none."""
        for body in self._world.store.all("file"):
            if body["key"] == key:
                return File(**body)
        raise StorageError(404, "NoSuchKey", "The specified key does not exist.")

    def resume(self) -> None:
        """Check the files which an earlier run did not get to."""
        for body in self._world.store.all("file"):
            file = File(**body)
            if file.path and file.state == PENDING:
                self._world.runner.spawn(self._check(file, self._world.home / file.path))

    async def upload(self, request: Request) -> Response:
        """A presigned PUT: the signed Content-Type, a Content-Length, nothing chunked.

        Whether the bytes are what they should be is seen a little later.
        """
        self._world.signer.check(request, request.headers.get("content-type", ""))
        if "transfer-encoding" in request.headers or "content-length" not in request.headers:
            raise StorageError(411, "MissingContentLength", "You must provide Content-Length.")
        file = self._by_key(request.url.path.lstrip("/"))
        path = await keep_body(request, self._world.home / "media")
        file = self._save(dataclasses.replace(file, path=f"media/{path.name}", state=PENDING))
        self._world.runner.spawn(self._check(file, path))
        return Response(status_code=200)

    async def _check(self, file: File, path: Path) -> None:
        fault = self._world.faults.take("chanjing", "upload", ("stuck", "failed"))
        await asyncio.sleep(CHECK_S * self._world.settings.pace)
        if fault is not None and fault.kind == "stuck":
            return
        try:
            probe = await self._world.renderer.probe(path)
        except Exception as error:
            log.exception("file %s", path)
            self._save(dataclasses.replace(file, own_failure=self._world.own_failure(error)))
            return
        good = fault is None and probe.kind == CONTENTS[file.service]
        state = READY if good else REFUSED
        self._save(dataclasses.replace(file, state=state, duration_s=probe.duration_s))

    def _save(self, file: File) -> File:
        self._world.store.put("file", file.id, dataclasses.asdict(file))
        return file
