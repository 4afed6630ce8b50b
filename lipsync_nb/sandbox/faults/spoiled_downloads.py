"""Faults that happen to a download."""

import asyncio
import struct
import time

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.types import Message

from lipsync_nb.sandbox.faults import garbage
from lipsync_nb.sandbox.faults.hit import FLUSH_S, Captured, Hit

DRIP_EVERY_S = 0.05  # a slow line's packets
EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"


async def truncated(hit: Hit) -> None:
    """Promise all, send some, reset."""
    captured = await hit.work()
    await hit.start(captured.status, captured.headers)
    await hit.more(bytes(captured.body[: int(len(captured.body) * hit["fraction"])]))
    await asyncio.sleep(FLUSH_S)
    await hit.reset()


async def drip(hit: Hit) -> None:
    """Send slowly."""
    step = int(hit["bytes_per_s"] * DRIP_EVERY_S) + 1

    async def slowly(message: Message) -> None:
        body = message.get("body", b"")
        while body and not hit.disconnected:
            await hit.more(body[:step])
            body = body[step:]
            await asyncio.sleep(DRIP_EVERY_S)
        await hit.send({**message, "body": b""} if "body" in message else message)

    await hit.pass_on(slowly)


async def changed(hit: Hit) -> None:
    """Send another file: the same video and an empty box at its end, which players skip."""
    headers = [pair for pair in hit.scope["headers"] if pair[0] not in {b"range", b"if-range"}]
    captured = Captured()
    await hit.app({**hit.scope, "headers": headers}, hit.receive, captured.take)
    path = hit.scratch / f"changed-{time.time_ns()}.mp4"
    path.write_bytes(bytes(captured.body) + struct.pack(">I4sQ", 16, b"free", time.time_ns()))
    await hit.answer(FileResponse(path, media_type=Headers(raw=captured.headers)["content-type"]))


async def html_video(hit: Hit) -> None:
    """Send a web page that claims to be the video."""
    await hit.answer(Response(garbage.HTML, media_type=hit["content_type"]))


async def hostile_name(hit: Hit) -> None:
    """Send the file, and propose to call it something dangerous."""
    proposal = f'attachment; filename="{hit["name"]}"'.encode()

    async def renamed(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [pair for pair in message["headers"] if pair[0] != b"content-disposition"]
            message = {**message, "headers": [*others, (b"content-disposition", proposal)]}
        await hit.send(message)

    await hit.pass_on(renamed)


async def expired(hit: Hit) -> None:
    """Refuse as object stores refuse an old URL."""
    await hit.answer(Response(EXPIRED, 403, media_type="application/xml"))
