"""Faults that happen to a call and its answer."""

import asyncio
import time
from email.utils import formatdate

from starlette.responses import JSONResponse, Response

from lipsync_nb.sandbox.faults import garbage
from lipsync_nb.sandbox.faults.hit import Hit

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
"""Where a hostile result URL leads; ``{origin}`` is the storage host's."""


async def latency(hit: Hit) -> None:
    """Answer late."""
    await asyncio.sleep(hit["seconds"])
    await hit.pass_on()


async def status(hit: Hit) -> None:
    """Answer with an HTTP error as a proxy would."""
    await hit.work_if_set()
    await hit.answer(Response(hit["body"], hit["status"], media_type="text/plain"))


async def rate_limited(hit: Hit) -> None:
    """Answer 429, with either form of Retry-After."""
    seconds = hit["retry_after"]
    when = formatdate(time.time() + seconds, usegmt=True) if hit["date"] else str(seconds)
    body = hit.vendor.envelope(429, "Too Many Requests")
    await hit.answer(JSONResponse(body, 429, {"Retry-After": when}))


async def code(hit: Hit) -> None:
    """Answer with an error of the vendor's own."""
    await hit.answer(JSONResponse(hit.vendor.envelope(hit["code"], hit["message"]), hit["status"]))


async def reset_before(hit: Hit) -> None:
    """Reset the connection, having read the request and done nothing."""
    while (await hit.receive()).get("more_body"):
        pass
    await hit.reset()


async def reset_after(hit: Hit) -> None:
    """Reset the connection, having done everything."""
    await hit.work()
    await hit.reset()


async def html(hit: Hit) -> None:
    """Answer with a web page."""
    await hit.work_if_set()
    await hit.answer(Response(garbage.HTML, hit["status"], media_type="text/html"))


async def bad_json(hit: Hit) -> None:
    """Answer with half a JSON text."""
    await hit.work_if_set()
    await hit.answer(Response(garbage.BAD_JSON, media_type=JSON))


async def bad_utf8(hit: Hit) -> None:
    """Answer with JSON that is no UTF-8."""
    await hit.work_if_set()
    await hit.answer(Response(garbage.BAD_UTF8, media_type=JSON))


async def huge_json(hit: Hit) -> None:
    """Answer with very much JSON."""
    await hit.work_if_set()
    await hit.answer(Response(garbage.huge(hit["megabytes"]), media_type=JSON))


async def endless(hit: Hit) -> None:
    """Answer until the client goes."""
    await hit.work_if_set()
    await hit.start(200, [(b"content-type", JSON.encode())])
    await hit.more(garbage.ENDLESS_HEAD)
    while not hit.disconnected:
        await hit.more(garbage.ENDLESS_CHUNK)
        await asyncio.sleep(0)  # others are served too


async def wrong_types(hit: Hit) -> None:
    """Answer with every value of another type."""
    captured = await hit.work()
    await hit.answer(JSONResponse(garbage.retyped(captured.json()), captured.status))


async def missing_fields(hit: Hit) -> None:
    """Answer without some fields, or without any."""
    captured = await hit.work()
    left = garbage.without(captured.json(), hit["fields"])
    await hit.answer(JSONResponse(left, captured.status))


async def unknown_status(hit: Hit) -> None:
    """Answer with a status that is on no page; an answer without one is left alone."""
    word = hit.vendor.ODD_STATUS if hit["word"] is None else hit["word"]
    captured = await hit.work()
    body = captured.json()
    if not (rows := garbage.spots(body, hit.vendor.STATUS_AT)):
        hit.fault.put_back()
    for row in rows:
        row[hit.vendor.STATUS_AT[-1]] = word
    await hit.answer(JSONResponse(body, captured.status))


async def hostile_url(hit: Hit) -> None:
    """Answer with a result URL that leads elsewhere; an answer without one is left alone."""
    url = hit["url"] or HOSTILE[hit["where"]].format(origin=hit.storage_origin)
    captured = await hit.work()
    body = captured.json()
    if not (rows := garbage.spots(body, hit.vendor.RESULT_AT)):
        hit.fault.put_back()
    for row in rows:
        body = garbage.replaced(body, row[hit.vendor.RESULT_AT[-1]], url)
    await hit.answer(JSONResponse(body, captured.status))


async def dead_token(hit: Hit) -> None:
    """Invalidate the client's token, then answer as if there were no fault."""
    hit.vendor.forget_token()
    await hit.pass_on()
