"""Faults of a call and its answer. Each function is named like its kind.

Where a kind has the setting ``worked``, and it is true, the request was carried out already.
"""

import asyncio
import time
from email.utils import formatdate

from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.faults import faulty_bodies
from lipsync_nb.sandbox.faults.faulty_request import FaultyRequest

JSON = "application/json"

HOSTILE = {
    "file": "file:///etc/passwd",
    "private": "http://10.0.0.1/result.mp4",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "parent": "{origin}/results/../../../../etc/passwd",
    "redirect_private": "{origin}/redirect?to=http://10.0.0.1/result.mp4",
    "redirect_file": "{origin}/redirect?to=file:///etc/passwd",
    "redirect_loop": "{origin}/redirect",
}
"""Hostile result URLs; ``{origin}`` is the storage host's."""


async def latency(request: FaultyRequest) -> None:
    """Answer late."""
    await asyncio.sleep(request["seconds"])
    await request.forward()


async def status(request: FaultyRequest) -> None:
    """Answer with an HTTP error as a proxy would."""
    await request.answer(Response(request["body"], request["status"], media_type="text/plain"))


async def rate_limited(request: FaultyRequest) -> None:
    """Answer 429, with either form of Retry-After."""
    seconds = request["retry_after"]
    when = formatdate(time.time() + seconds, usegmt=True) if request["date"] else str(seconds)
    body = request.envelope(429, "Too Many Requests")
    await request.answer(JSONResponse(body, 429, {"Retry-After": when}))


async def code(request: FaultyRequest) -> None:
    """Answer with an error in the vendor's format."""
    await request.answer(
        JSONResponse(request.envelope(request["code"], request["message"]), request["status"])
    )


async def reset_before(request: FaultyRequest) -> None:
    """Read the request, and reset the connection."""
    while (await request.receive()).get("more_body"):
        pass
    await request.reset()


async def reset_after(request: FaultyRequest) -> None:
    """Carry out the request, and reset the connection."""
    await request.carry_out()
    await request.reset()


async def html(request: FaultyRequest) -> None:
    """Answer with a web page."""
    await request.answer(Response(faulty_bodies.HTML, request["status"], media_type="text/html"))


async def bad_json(request: FaultyRequest) -> None:
    """Answer with incomplete JSON."""
    await request.answer(Response(faulty_bodies.BAD_JSON, media_type=JSON))


async def bad_utf8(request: FaultyRequest) -> None:
    """Answer with JSON that is not UTF-8."""
    await request.answer(Response(faulty_bodies.BAD_UTF8, media_type=JSON))


async def huge_json(request: FaultyRequest) -> None:
    """Answer with a large amount of JSON."""
    await request.answer(Response(faulty_bodies.huge(request["megabytes"]), media_type=JSON))


async def endless(request: FaultyRequest) -> None:
    """Answer until the client disconnects."""
    await request.send_start(200, [(b"content-type", JSON.encode())])
    await request.send_part(faulty_bodies.ENDLESS_HEAD)
    while not request.disconnected:
        await request.send_part(faulty_bodies.ENDLESS_CHUNK)
        await asyncio.sleep(0)  # let other requests be served


async def wrong_types(request: FaultyRequest) -> None:
    """Answer with wrong types of all values."""
    captured = await request.carry_out()
    await request.answer(JSONResponse(faulty_bodies.retyped(captured.json()), captured.status))


async def missing_fields(request: FaultyRequest) -> None:
    """Answer without some fields, or without all."""
    captured = await request.carry_out()
    left = faulty_bodies.without(captured.json(), request["fields"])
    await request.answer(JSONResponse(left, captured.status))


async def unknown_status(request: FaultyRequest) -> None:
    """Answer with an unlisted status. An answer without a status is not changed."""
    word = request.product.odd_status if request["word"] is None else request["word"]
    captured = await request.carry_out()
    body = captured.json()
    if not (rows := faulty_bodies.holders(body, request.product.status_at)):
        request.fault.put_back()
    for row in rows:
        row[request.product.status_at[-1]] = word
    await request.answer(JSONResponse(body, captured.status))


async def hostile_url(request: FaultyRequest) -> None:
    """Answer with a hostile result URL. An answer without a result URL is not changed."""
    origin = request.vendor.resources.signer.origin
    url = request["url"] or HOSTILE[request["where"]].format(origin=origin)
    captured = await request.carry_out()
    body = captured.json()
    if not (rows := faulty_bodies.holders(body, request.product.result_at)):
        request.fault.put_back()
    for row in rows:
        body = faulty_bodies.replaced(body, row[request.product.result_at[-1]], url)
    await request.answer(JSONResponse(body, captured.status))


async def dead_token(request: FaultyRequest) -> None:
    """Invalidate the client's token, then answer without a fault."""
    request.vendor.forget_token()
    await request.forward()
