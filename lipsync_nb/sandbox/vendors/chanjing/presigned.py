"""Uploads to 蝉镜 Chanjing: presigned PUTs, whose content is checked a little later."""

import asyncio
import dataclasses
import logging
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from lipsync_nb.sandbox.own_failure import own_failure
from lipsync_nb.sandbox.signing import StorageError
from lipsync_nb.sandbox.vendors.chanjing.files import PENDING, READY, REFUSED, File, Files
from lipsync_nb.sandbox.vendors.services import Services
from lipsync_nb.sandbox.vendors.uploads import keep_body

CHECK_S = 0.7  # the page speaks of up to a minute
CONTENTS = {"lip_sync_video": "video", "lip_sync_audio": "audio"}
"""What a service takes, and what its file must be."""

log = logging.getLogger(__name__)


class PresignedUploads:
    """Takes the files of the chanjing account in, and checks their content.

    Args:
        files: The account's files.
        services: What the vendors share.
    """

    def __init__(self, files: Files, services: Services) -> None:
        self._files = files
        self._services = services

    def resume(self) -> None:
        """Check the files which an earlier run did not get to."""
        for file in self._files.all():
            if file.path and file.state == PENDING:
                self._check_soon(file)

    async def upload(self, request: Request) -> Response:
        """A presigned PUT: the signed Content-Type, a Content-Length, nothing chunked."""
        self._services.signer.check(request, request.headers.get("content-type", ""))
        if "transfer-encoding" in request.headers or "content-length" not in request.headers:
            raise StorageError(411, "MissingContentLength", "You must provide Content-Length.")
        file = self._by_key(request.url.path.lstrip("/"))
        path = await keep_body(request, self._services.media_folder)
        file = dataclasses.replace(file, path=f"media/{path.name}", state=PENDING)
        self._files.save(file)
        self._check_soon(file)
        return Response(status_code=200)

    def _by_key(self, key: str) -> File:
        for file in self._files.all():
            if file.key == key:
                return file
        raise StorageError(404, "NoSuchKey", "The specified key does not exist.")

    def _check_soon(self, file: File) -> None:
        path = self._services.home / file.path
        self._services.tasks.spawn(self._check(file, path))

    async def _check(self, file: File, path: Path) -> None:
        fault = self._services.faults.take("chanjing", "upload", ("stuck", "failed"))
        await asyncio.sleep(CHECK_S * self._services.settings.pace)
        if fault is not None and fault.kind == "stuck":
            return
        try:
            probe = await self._services.renderer.probe(path)
        except Exception as error:
            log.exception("file %s", path)
            failure = own_failure(error, self._services.log_path)
            self._files.save(dataclasses.replace(file, own_failure=failure))
            return
        good = fault is None and probe.kind == CONTENTS[file.service]
        state = READY if good else REFUSED
        self._files.save(dataclasses.replace(file, state=state, duration_s=probe.duration_s))
