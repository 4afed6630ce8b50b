"""The second origin: results, presigned uploads, voice samples, and the client's media."""

import logging
import re
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from lipsync_nb.sandbox.backend import Backend
from lipsync_nb.sandbox.endpoint import route
from lipsync_nb.sandbox.errors import internal_error
from lipsync_nb.sandbox.jobs.media_files import store_file
from lipsync_nb.sandbox.jobs.renderer import TYPES
from lipsync_nb.sandbox.signed_urls import StorageError
from lipsync_nb.sandbox.vendors.base import ApiCall, Refusal, VendorService, media_type

MEDIA_LIFETIME_S = 86400.0  # a vendor may fetch the file hours after the submission
log = logging.getLogger(__name__)

SERVED = {
    *(f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "bmp", "tiff", "heic", "avif")),
    *(f"audio/{kind}" for kind in ("mpeg", "mp4", "x-m4a", "aac", "wav", "x-wav", "ogg", "flac")),
    *(f"video/{kind}" for kind in ("mp4", "quicktime", "webm", "x-matroska", "x-msvideo")),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
"""Types that uploaded files are served as. A page or an SVG picture could run scripts."""
UNTRUSTED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
"""Headers of all files, so that a browser runs nothing in them."""


class StorageHost:
    """The storage host, an ASGI app.

    Args:
        backend: The vendors and their resources.
    """

    def __init__(self, backend: Backend) -> None:
        self._resources = backend.resources
        self._vendors = [*backend.vendors.values()]
        self._router = Router(self._routes(), redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with errors like those of object stores."""
        try:
            self._refuse_credentials(Request(scope))
            await self._router(scope, receive, send)
        except StorageError as error:
            await error.response(scope, receive, send)
        except Refusal:
            raise
        except Exception as error:
            log.exception("%s %s", scope["method"], scope["path"])
            failed = StorageError(
                500, "InternalError", internal_error(error, self._resources.log_path)
            )
            await failed.response(scope, receive, send)

    def _routes(self) -> list[Route]:
        return [
            *(
                route(vendor, call)
                for vendor in self._vendors
                for call in (self._result_call(vendor), *vendor.storage_calls())
            ),
            Route("/auditions/{voice}.wav", self.audition),
            Route("/media/{name}", self.put_media, methods=["PUT"]),
            Route("/media/{stored}/{name}", self.get_media),
            Route("/redirect", redirect),
        ]

    def _result_call(self, vendor: VendorService) -> ApiCall:
        handler = partial(self.result, vendor.NAME)
        return ApiCall("GET", f"/results/{vendor.NAME}/{{name}}", "download", handler, public=True)

    def _refuse_credentials(self, request: Request) -> None:
        """Refuse requests with a vendor's key: the URL is signed, and the key must not be sent."""
        known = {name for vendor in self._vendors for name in vendor.CREDENTIAL_HEADERS}
        if leaked := sorted(known & set(request.headers)):
            self._resources.store.count(self._owner(request), "leaks")
            text = f"Only one auth mechanism allowed; found {', '.join(leaked)}"
            raise StorageError(400, "InvalidArgument", text)

    def _owner(self, request: Request) -> str:
        """The vendor whose credentials were leaked; for an unknown key, the result's vendor."""
        headers = request.headers
        owner = next((each.NAME for each in self._vendors if each.owns(headers)), None)
        found = re.match(r"/results/(\w+)/", request.url.path)
        return owner or (found[1] if found else "storage")

    async def result(self, vendor: str, request: Request) -> Response:
        """A finished job's result, or a video's poster."""
        self._resources.signer.check(request)
        job_id, _, suffix = request.path_params["name"].rpartition(".")
        job = self._resources.jobs.get(vendor, job_id)
        rendering = self._resources.renderer.rendering(job.render if job else "")
        return file_of(rendering.file(suffix), TYPES.get(suffix, ""))

    async def audition(self, request: Request) -> Response:
        """The sample of a voice."""
        self._resources.signer.check(request)
        path = await self._resources.renderer.sample(request.path_params["voice"])
        return file_of(path, TYPES["wav"])

    async def put_media(self, request: Request) -> Response:
        """Store any file. The answer is its public URL, valid for a day."""
        path = await store_file(request.stream(), self._resources.media_folder)
        mime = media_type(request)
        self._resources.store.put("medium", path.name, {"mime": mime})
        name = request.path_params["name"]
        url = self._resources.signer.url(f"/media/{path.name}/{name}", MEDIA_LIFETIME_S)
        return JSONResponse({"url": url}, 201)

    async def get_media(self, request: Request) -> Response:
        """A file of the media host."""
        self._resources.signer.check(request)
        stored = request.path_params["stored"]
        said = str((self._resources.store.get("medium", stored) or {}).get("mime"))
        mime = said if said in SERVED else "application/octet-stream"
        return file_of(self._resources.media_folder / stored, mime)


def file_of(path: Path, mime: str | None) -> Response:
    """A file, with ranges and validators; 404 if it does not exist."""
    if not path.is_file():
        raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
    return FileResponse(path, media_type=mime, headers=UNTRUSTED)


async def redirect(request: Request) -> Response:
    """Redirect to the URL in ``to``; without it, to this URL again."""
    to = request.query_params.get("to") or "/redirect"
    return RedirectResponse(to)
