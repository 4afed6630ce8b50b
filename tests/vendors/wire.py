"""What a request is turned into on the wire, and what an answer is read as."""

from collections.abc import Callable
from typing import Any

import pytest
from second.world import World

import lipsync_nb as ls
from lipsync_nb import event_loop as loop
from lipsync_nb.http.call import Answer, Call
from lipsync_nb.http.transfer import Web
from lipsync_nb.media.host import MediaHost
from lipsync_nb.vendors.base import Delivery, Request, Vendor


def submit(vendor: Vendor, request: Request, host: MediaHost | None = None) -> ls.Snapshot:
    """Send a request, its uploads first, and return what the vendor said."""

    async def sent() -> ls.Snapshot:
        web = Web()
        try:
            async with Delivery(
                request, vendor.api, vendor.source, web, media_host=host
            ) as delivery:
                call = await vendor.submission(request, delivery)
                return await vendor.api.send(call)
        finally:
            await web.aclose()
            await vendor.aclose()

    return loop.run(sent())


def send(vendor: Vendor, call: Call[Any]) -> Any:
    """Send a call and return what it reads from the answer."""

    async def sent() -> Any:
        try:
            return await vendor.api.send(call)
        finally:
            await vendor.aclose()

    return loop.run(sent())


def poll(vendor: Vendor, vendor_id: str) -> Call[ls.Snapshot]:
    """Return the call that asks for a job of the vendor's first kind."""
    return vendor.poll(vendor.kinds[0].model_construct(), vendor_id)


def read(vendor: Vendor, call: Call[Any], payload: Any, status: int = 200) -> Any:
    """Return what a call reads from an answer."""
    vendor.check(Answer(status, payload))
    return call.read(payload)


def error(vendor: Vendor, status: int, payload: Any) -> ls.VendorError:
    """Return the error that an answer is."""
    with pytest.raises(ls.VendorError) as caught:
        vendor.check(Answer(status, payload))
    return caught.value


def refusal(order: Callable[[], object]) -> ls.BadRequest:
    """Return the error with which a request is refused, as it is built or as it is submitted."""
    with pytest.raises(ls.BadRequest) as caught:
        order()
    return caught.value


def untouched(client: ls.Client, world: World) -> bool:
    """Tell whether neither a host nor the ledger has seen anything."""
    return client.jobs.empty and not any(origin.seen for origin in world.origins)
