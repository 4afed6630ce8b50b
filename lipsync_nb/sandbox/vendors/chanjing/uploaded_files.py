"""蝉镜 Chanjing's files: upload URLs, uploads and content checks."""

import asyncio
import dataclasses
import logging
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.errors import internal_error
from lipsync_nb.sandbox.jobs.media_files import store_file
from lipsync_nb.sandbox.resources import Resources
from lipsync_nb.sandbox.signed_urls import StorageError
from lipsync_nb.sandbox.vendors.fields import FieldError, Fields

UPLOAD_URL_LIFETIME_S = 15 * 60
FILE_LIFETIME_S = 30 * 86400
CLIPS = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}
SOUNDS = {"mp3": "audio/mpeg", "m4a": "audio/x-m4a", "wav": "audio/x-wav"}
PICTURES = {"jpg": "image/jpeg", "png": "image/png"}
MIMES = {
    "lip_sync_video": CLIPS,
    "lip_sync_audio": SOUNDS,
    "make_video_audio": SOUNDS,
    "make_video_background": PICTURES,
    "customised_person": CLIPS,
    "prompt_audio": SOUNDS,
}
"""Service → endings of its files → their types; the last four are from the vendor's clients."""
PENDING, READY, REFUSED, DELETED = 0, 1, 98, 99

CHECK_S = 0.7  # up to a minute on the page
CONTENTS = {
    service: next(iter(mimes.values())).partition("/")[0] for service, mimes in MIMES.items()
}
"""Service → ``video``, ``audio`` or ``image``."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class File:
    """One file of the Chanjing account.

    Args:
        id: The file_id that create_upload_url answered.
        service: Its purpose, one of MIMES.
        name: The client's name for it.
        key: Path on the storage host, without the first slash.
        mime: The Content-Type its upload must have.
        path: Its path in the home, once uploaded.
        state: Result of the content check: PENDING, READY or REFUSED.
        made: Unix time of its upload URL.
        duration_s: Length in seconds, once checked.
        internal_error: Why the sandbox could not check it, if it could not.
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
    internal_error: str = ""

    @property
    def status(self) -> int:
        """0 not yet, 1 ready, 98 refused by the content check, 99 deleted."""
        return DELETED if time.time() > self.made + FILE_LIFETIME_S else self.state

    @property
    def ready(self) -> bool:
        """Whether a job can use it."""
        return self.status == READY

    def detail(self) -> dict[str, Any]:
        """The answer of file_detail."""
        msg = "文件内容检测失败" if self.status == REFUSED else ""
        return {"id": self.id, "name": self.name, "status": self.status, "msg": msg}


class Files:
    """All files of the Chanjing account: their uploads and content checks.

    Args:
        resources: Shared by the vendors.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def get(self, file_id: str) -> File | None:
        """The file with this file_id, or None."""
        body = self._resources.store.get("file", file_id)
        return None if body is None else File(**body)

    def ready(self, fields: Fields, name: str, service: str) -> File:
        """The file whose file_id is in a field; a FieldError if it cannot be used for this."""
        file = self.get(fields.text(name))
        if file is None or file.service != service:
            raise FieldError(f"{name} is not a file of service {service}")
        if not file.ready:
            raise FieldError(f"{name} is not ready: status {file.status}")
        return file

    def at(self, url: str) -> File | None:
        """The file with this full_path, or None."""
        origin = self._resources.signer.origin
        return next((file for file in self._all() if f"{origin}/{file.key}" == url), None)

    def size(self, file: File) -> int:
        """The size of an uploaded file, in bytes."""
        return (self._resources.home / file.path).stat().st_size

    def _all(self) -> list[File]:
        return [File(**body) for body in self._resources.store.all("file")]

    def _save(self, file: File) -> None:
        self._resources.store.put("file", file.id, dataclasses.asdict(file))

    def create(self, service: str, name: str) -> dict[str, str]:
        """Create a file and return the answer of create_upload_url."""
        mimes = MIMES.get(service)
        if mimes is None:
            raise FieldError(f"service must be one of {', '.join(MIMES)}")
        suffix = Path(name).suffix.lstrip(".").lower()
        if suffix not in mimes:
            raise FieldError(f"name must end in one of {', '.join(mimes)}")
        key = f"chanjing/res/{service}/{uuid.uuid4().hex}.{suffix}"
        file = File(uuid.uuid4().hex, service, name, key, mimes[suffix])
        self._save(file)
        signer = self._resources.signer
        url = signer.url(f"/{key}", UPLOAD_URL_LIFETIME_S, method="PUT", mime=file.mime, safe="")
        return {
            # Real URLs percent-encode the key's slashes. A client must not change them.
            "sign_url": url.replace("%2F", "/", 1),
            "full_path": f"{signer.origin}/{key}",
            "key": key,
            "mime_type": file.mime,
            "file_id": file.id,
        }

    async def upload(self, request: Request) -> Response:
        """A presigned PUT, with the signed Content-Type and a Content-Length, not chunked."""
        self._resources.signer.check(request, request.headers.get("content-type", ""))
        if "transfer-encoding" in request.headers or "content-length" not in request.headers:
            raise StorageError(411, "MissingContentLength", "You must provide Content-Length.")
        key = request.url.path.lstrip("/")
        file = next((file for file in self._all() if file.key == key), None)
        if file is None:
            raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
        path = await store_file(request.stream(), self._resources.media_folder)
        file = dataclasses.replace(file, path=f"media/{path.name}", state=PENDING)
        self._save(file)
        self._resources.tasks.spawn(self._check(file))
        return Response(status_code=200)

    def resume(self) -> None:
        """Check the files that an earlier run did not check."""
        for file in self._all():
            if file.path and file.state == PENDING:
                self._resources.tasks.spawn(self._check(file))

    async def _check(self, file: File) -> None:
        fault = self._resources.faults.take("chanjing", "upload", ("stuck", "failed"))
        await asyncio.sleep(CHECK_S * self._resources.settings.pace)
        if fault is not None and fault.kind == "stuck":
            return
        path = self._resources.home / file.path
        try:
            probe = await self._resources.renderer.probe(path)
        except Exception as error:
            log.exception("file %s", path)
            failure = internal_error(error, self._resources.log_path)
            self._save(dataclasses.replace(file, internal_error=failure))
            return
        is_right = fault is None and probe.kind == CONTENTS[file.service]
        state = READY if is_right else REFUSED
        self._save(dataclasses.replace(file, state=state, duration_s=probe.duration_s))
