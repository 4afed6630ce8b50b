"""Parrot, a vendor that exists nowhere else: a small API on this machine, with words of its own.

Every call wants ``Authorization: Token KEY``; else it answers 401 ``{"why": "…"}``.

- ``POST /renders``, multipart with the files ``face`` and ``voice``: 202 ``{"render": "1"}``
- ``GET /renders/{id}``: ``{"state": …, "percent": 40, "video": "https://…", "why": "…"}``, the
  state being waiting, drawing, ready or broken; 404 if there is no such render
- ``GET /videos/{id}``: the video; it needs no key
"""

import asyncio
import secrets
import socket
import threading
from pathlib import Path
from tempfile import mkdtemp

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from lipsync_nb.sandbox.render import Style, render_portrait


class Parrot:
    """The vendor, listening on a free port until it is closed.

    Attributes:
        key: What it takes.
        url: Where it is.
        renders: What it has been asked for, by id.
    """

    def __init__(self) -> None:
        self.key = f"parrot-{secrets.token_hex(8)}"
        self.renders: dict[str, dict[str, object]] = {}
        self._folder = Path(mkdtemp(prefix="parrot-"))
        self._tasks: set[asyncio.Task[None]] = set()
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        routes = [
            Route("/renders", self._take, methods=["POST"]),
            Route("/renders/{id}", self._tell),
            Route("/videos/{id}", self._give),
        ]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.should_exit = True
        self._thread.join()

    async def _take(self, request: Request) -> Response:
        if not self._knows(request):
            return JSONResponse({"why": "who are you?"}, 401)
        form = await request.form()
        for field in ("face", "voice"):
            if field not in form:
                return JSONResponse({"why": f"no {field}"}, 422)
        render_id = str(len(self.renders) + 1)
        self.renders[render_id] = {"state": "waiting", "percent": 0}
        for field in ("face", "voice"):
            self._file(render_id, field).write_bytes(await form[field].read())
        task = asyncio.create_task(self._draw(render_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return JSONResponse({"render": render_id}, 202)

    async def _tell(self, request: Request) -> Response:
        if not self._knows(request):
            return JSONResponse({"why": "who are you?"}, 401)
        render = self.renders.get(request.path_params["id"])
        return JSONResponse(render or {"why": "no such render"}, 200 if render else 404)

    async def _give(self, request: Request) -> Response:
        return FileResponse(self._file(request.path_params["id"], "mp4"), media_type="video/mp4")

    async def _draw(self, render_id: str) -> None:
        render = self.renders[render_id]
        files = [self._file(render_id, name) for name in ("face", "voice", "mp4")]
        render["state"] = "drawing"
        try:
            await asyncio.to_thread(
                render_portrait, *files, Style(), progress=self._progress_of(render)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the job must end
            render |= {"state": "broken", "why": f"{type(error).__name__}: {error}"}
        else:
            url = f"{self.url}/videos/{render_id}"
            render |= {"state": "ready", "percent": 100, "video": url}

    def _progress_of(self, render: dict[str, object]) -> object:
        return lambda share: render.update(percent=round(100 * share))

    def _knows(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Token {self.key}"

    def _file(self, render_id: str, name: str) -> Path:
        return self._folder / f"{int(render_id)}.{name}"
