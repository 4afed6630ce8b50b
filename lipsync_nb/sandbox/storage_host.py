"""The other origin: results, presigned uploads, voice samples, a host for the client's media."""

import logging
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from lipsync_nb.sandbox.endpoint import Endpoints
from lipsync_nb.sandbox.own_failure import own_failure
from lipsync_nb.sandbox.signing import StorageError
from lipsync_nb.sandbox.vendors.base import Call, Vendor
from lipsync_nb.sandbox.vendors.uploads import keep_body
from lipsync_nb.sandbox.world import World

MEDIA_LIFETIME_S = 86400.0  # a vendor may fetch the file hours after the job was sent
log = logging.getLogger(__name__)

TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg", "webp": "image/webp", "wav": "audio/wav"}


class StorageHost:
    """The storage host, an ASGI app.

    Args:
        world: The vendors and what they share.
        endpoints: Makes the vendors' calls into routes.
    """

    def __init__(self, world: World, endpoints: Endpoints) -> None:
        self._world = world
        self._endpoints = endpoints
        self._router = Router(self._routes(), redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say as object stores do why not."""
        try:
            self._refuse_credentials(Request(scope))
            await self._router(scope, receive, send)
        except StorageError as error:
            await error.response(scope, receive, send)
        except Exception as error:
            log.exception("%s %s", scope["method"], scope["path"])
            failed = StorageError(500, "InternalError", own_failure(error, self._world.log_path))
            await failed.response(scope, receive, send)

    def _routes(self) -> list[Route]:
        vendors = self._world.vendors.values()
        return [
            *(self._results(vendor) for vendor in vendors),
            *(
                self._endpoints.route(vendor, call)
                for vendor in vendors
                for call in vendor.storage_calls()
            ),
            Route("/auditions/{voice}.wav", self.audition),
            Route("/media/{name}", self.put_media, methods=["PUT"]),
            Route("/media/{stored}/{name}", self.get_media),
            Route("/redirect", redirect),
        ]

    def _results(self, vendor: Vendor) -> Route:
        async def result(request: Request) -> Response:
            return self.result(vendor.NAME, request)

        call = Call("GET", f"/results/{vendor.NAME}/{{name}}", "download", result, public=True)
        return self._endpoints.route(vendor, call)

    def _refuse_credentials(self, request: Request) -> None:
        """Two ways of signing are one too many, and a vendor's key has no business here."""
        vendors = self._world.vendors.values()
        known = {name for vendor in vendors for name in vendor.CREDENTIAL_HEADERS}
        if leaked := sorted(known & set(request.headers)):
            self._world.store.count(self._owner(request), "leaks")
            text = f"Only one auth mechanism allowed; found {', '.join(leaked)}"
            raise StorageError(400, "InvalidArgument", text)

    def _owner(self, request: Request) -> str:
        """Whose credentials were leaked; a key of nobody's is laid to the result's vendor."""
        vendors = self._world.vendors.values()
        owner = next((each.NAME for each in vendors if each.owns(request.headers)), None)
        found = re.match(r"/results/(\w+)/", request.url.path)
        return owner or (found[1] if found else "storage")

    def result(self, vendor: str, request: Request) -> Response:
        """A finished job's video or poster."""
        self._world.signer.check(request)
        job_id, _, suffix = request.path_params["name"].rpartition(".")
        job = self._world.jobs.get(vendor, job_id)
        rendering = self._world.renderer.rendering(job.render if job else "")
        return file_of(rendering.video.with_suffix(f".{suffix}"), TYPES.get(suffix, ""))

    async def audition(self, request: Request) -> Response:
        """A voice's sample."""
        self._world.signer.check(request)
        path = await self._world.renderer.sample(request.path_params["voice"])
        return file_of(path, TYPES["wav"])

    async def put_media(self, request: Request) -> Response:
        """Take any file; the answer is a public URL of it, good for a day."""
        path = await keep_body(request, self._world.home / "media")
        mime = request.headers.get("content-type", "application/octet-stream")
        self._world.store.put("medium", path.name, {"mime": mime})
        name = request.path_params["name"]
        url = self._world.signer.url(f"/media/{path.name}/{name}", MEDIA_LIFETIME_S)
        return JSONResponse({"url": url}, 201)

    async def get_media(self, request: Request) -> Response:
        """A file of the media host."""
        self._world.signer.check(request)
        stored = request.path_params["stored"]
        mime = self._world.store.get("medium", stored) or {}
        return file_of(self._world.home / "media" / stored, mime.get("mime"))


def file_of(path: Path, mime: str | None) -> Response:
    """A file, with ranges and validators; 404 where there is none (any more)."""
    if not path.is_file():
        raise StorageError(404, "NoSuchKey", "The specified key does not exist.")
    return FileResponse(path, media_type=mime)


async def redirect(request: Request) -> Response:
    """Wherever the client is told to go; without ``to``, here again."""
    to = request.query_params.get("to") or "/redirect"
    return RedirectResponse(to)
