"""Faults of a download. Each function is named like its kind."""

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message

from lipsync_nb.sandbox.faults import faulty_bodies
from lipsync_nb.sandbox.faults.faulty_request import FLUSH_S, CapturedResponse, FaultyRequest
from lipsync_nb.sandbox.jobs.renderer import TYPES

DRIP_EVERY_S = 0.05  # interval of the packets
EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"


async def truncated(request: FaultyRequest) -> None:
    """Announce the whole file, send a part, and reset the connection."""
    captured = await request.carry_out()
    await request.send_start(captured.status, captured.headers)
    await request.send_part(bytes(captured.body[: int(len(captured.body) * request["fraction"])]))
    await asyncio.sleep(FLUSH_S)
    await request.reset()


async def drip(request: FaultyRequest) -> None:
    """Send slowly."""
    step = int(request["bytes_per_s"] * DRIP_EVERY_S) + 1

    async def slowly(message: Message) -> None:
        body = message.get("body", b"")
        while body and not request.disconnected:
            await request.send_part(body[:step])
            body = body[step:]
            await asyncio.sleep(DRIP_EVERY_S)
        await request.send({**message, "body": b""} if "body" in message else message)

    await request.forward(slowly)


async def changed(request: FaultyRequest) -> None:
    """Send another file: the same with something at its end that players ignore."""
    await _answer_with_another(request, faulty_bodies.extended)


async def cut_off(request: FaultyRequest) -> None:
    """Send the beginning of the file as if it were the whole."""
    await _answer_with_another(request, lambda body: body[: int(len(body) * request["fraction"])])


async def garbled(request: FaultyRequest) -> None:
    """Send the file with zeros in place of its beginning."""
    await _answer_with_another(request, faulty_bodies.headless)


async def _answer_with_another(request: FaultyRequest, change: Callable[[bytes], bytes]) -> None:
    """Answer with a changed file, whole or in ranges; an error is passed on."""
    headers = [pair for pair in request.scope["headers"] if pair[0] not in {b"range", b"if-range"}]
    captured = CapturedResponse()
    await request.app({**request.scope, "headers": headers}, request.receive, captured.take)
    media_type = Headers(raw=captured.headers).get("content-type")
    if captured.status != HTTPStatus.OK:
        await request.answer(Response(bytes(captured.body), captured.status, media_type=media_type))
        return
    path = request.vendor.resources.home / "scratch" / f"changed-{time.time_ns()}"
    path.write_bytes(change(bytes(captured.body)))
    await request.answer(FileResponse(path, media_type=media_type))


async def html_video(request: FaultyRequest) -> None:
    """Send a web page as the result."""
    suffix = request.scope["path"].rpartition(".")[2]
    media_type = request["content_type"] or TYPES.get(suffix, TYPES["mp4"])
    await request.answer(Response(faulty_bodies.HTML, media_type=media_type))


async def hostile_name(request: FaultyRequest) -> None:
    """Send the file with a dangerous file name."""
    disposition = f'attachment; filename="{request["name"]}"'.encode()

    async def renamed(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [pair for pair in message["headers"] if pair[0] != b"content-disposition"]
            message = {**message, "headers": [*others, (b"content-disposition", disposition)]}
        await request.send(message)

    await request.forward(renamed)


async def expired(request: FaultyRequest) -> None:
    """Refuse the URL like an object store that considers it expired."""
    await request.answer(Response(EXPIRED, 403, media_type="application/xml"))
