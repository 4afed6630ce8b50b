"""Hosts that belong to no vendor: results, their mirror, presigned uploads, and public media."""

import asyncio
import io
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from secrets import token_hex
from typing import Any

import av
import httpx
import numpy as np
from second.app import Origin, Seen
from second.fields import Wrong
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

SOUND_S, SOUND_RATE = 1.2, 16000
SOUND_TYPES = {"wav": "audio/x-wav", "mp3": "audio/mpeg", "opus": "audio/ogg"}
CODECS = {"wav": "pcm_s16le", "mp3": "libmp3lame", "opus": "libopus"}


@cache
def clip() -> bytes:
    """Return a real MP4 of some kilobytes."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(10):
            pixels = np.full((64, 64, 3), 20 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


@cache
def sound(ending: str) -> bytes:
    """Return a real sound of `SOUND_S` in one of `SOUND_TYPES`: a tone."""
    file = io.BytesIO()
    times = np.arange(int(SOUND_S * SOUND_RATE)) / SOUND_RATE
    tone = (8000 * np.sin(2 * np.pi * 300 * times)).astype(np.int16)
    with av.open(file, "w", format=ending) as out:
        stream = out.add_stream(CODECS[ending], rate=SOUND_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None], "s16", "mono")
        frame.rate = SOUND_RATE
        resampler = av.AudioResampler(stream.format, "mono", SOUND_RATE, stream.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return file.getvalue()


def content_of(path: str) -> tuple[bytes, str]:
    """Return a result and its type, by the ending of its path."""
    ending = path.rpartition(".")[2]
    if ending in SOUND_TYPES:
        return sound(ending), SOUND_TYPES[ending]
    return clip(), "video/mp4"


class Hosts:
    """All hosts that no credential may reach.

    Args:
        private: Headers that no host but a vendor's own may see, in lower case.
    """

    def __init__(self, private: set[str]) -> None:
        self.private = private
        self.files: dict[str, bytes] = {}
        self.places: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.mirror = Origin([Route("/{name:path}", self._mirrored)])
        self.results = Origin([Route("/{name:path}", self._result)])
        self.uploads = Origin([Route("/{name:path}", self._uploaded, methods=["PUT"])])
        self.media = Origin(
            [
                Route("/{name:path}", self._published, methods=["PUT"]),
                Route("/{name:path}", self._medium),
            ]
        )

    @property
    def origins(self) -> list[Origin]:
        """All of them."""
        return [self.results, self.mirror, self.uploads, self.media]

    def leaks(self) -> list[tuple[Origin, Seen]]:
        """Return the requests that carried a credential's header."""
        return [
            (origin, seen)
            for origin in self.origins
            for seen in origin.seen
            if self.private & {key for key, _ in seen.headers}
        ]

    def result_url(self, name: str, ending: str = "mp4") -> str:
        """Return where a result lies."""
        return f"{self.results.url}/out/{name}.{ending}?Expires=1&Signature={token_hex(8)}"

    def upload_url(self, file_id: str, mime: str) -> str:
        """Return where one file of one type may be put."""
        self.places[file_id] = mime
        return f"{self.uploads.url}/bucket/{file_id}?OSSAccessKeyId=x&Signature=a%2Bb%3D"

    async def fetch(self, url: str) -> bytes:
        """Fetch a user's medium, as vendors do that take URLs."""
        async with httpx.AsyncClient(timeout=10, verify=False) as client:
            answer = await client.get(url)
        if not answer.is_success:
            raise Wrong(f"{url}: HTTP {answer.status_code}")
        return answer.content

    def call_back(self, url: str, ended: Callable[[], Any]) -> None:
        """End a job a little later, and post what it ended as."""

        async def later() -> None:
            await asyncio.sleep(0.1)
            async with httpx.AsyncClient(verify=False) as client:
                await client.post(url, json=ended())

        task = asyncio.create_task(later())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _result(self, request: Request) -> Response:
        if self.private & set(request.headers):
            return PlainTextResponse("only one way of authorisation is allowed", 400)
        if self.results.odd:
            return RedirectResponse(f"{self.mirror.url}{request.url.path}", 302)
        content, mime = content_of(request.url.path)
        return Response(content, media_type=mime)

    async def _mirrored(self, request: Request) -> Response:
        content, _ = content_of(request.url.path)
        return Response(content, media_type="application/octet-stream")

    async def _uploaded(self, request: Request) -> Response:
        file_id = request.path_params["name"].removeprefix("bucket/")
        mime, body = self.places.get(file_id), await request.body()
        signed = request.query_params.get("Signature") == "a+b="
        if mime is None or not signed or request.headers.get("content-type") != mime:
            return PlainTextResponse("SignatureDoesNotMatch", 403)
        if "transfer-encoding" in request.headers or not body:
            return PlainTextResponse("MissingContentLength", 411)
        if int(request.headers["content-length"]) != len(body):
            return PlainTextResponse("IncompleteBody", 400)
        self.files[file_id] = body
        return Response(status_code=200)

    async def _published(self, request: Request) -> Response:
        self.files[request.url.path] = await request.body()
        return JSONResponse({"url": f"{self.media.url}{request.url.path}"})

    async def _medium(self, request: Request) -> Response:
        found = self.files.get(request.url.path)
        return PlainTextResponse("none", 404) if found is None else Response(found)
