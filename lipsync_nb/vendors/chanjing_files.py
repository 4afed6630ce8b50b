"""Chanjing's file service: a place for a file, the upload, and waiting until it is ready.

Page: file management.
"""

import asyncio
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from lipsync_nb.errors import VendorError
from lipsync_nb.files import LocalFile
from lipsync_nb.net.call import Call
from lipsync_nb.net.transfer import Web
from lipsync_nb.vendors.chanjing_token import API
from lipsync_nb.vendors.reading import Code, Reply

if TYPE_CHECKING:
    from lipsync_nb.vendors.chanjing import Chanjing

READY = {1, 2}
"""The statuses of a file that is ready: 1 by the page; 2 is an older number for it."""
PROBLEMS: dict[int | str, str] = {
    98: "its content was not accepted",
    99: "it was deleted",
    100: "it was deleted",
}
LONGEST_WAIT = 120.0
"""Seconds until an uploaded file must be ready; up to a minute is usual."""
LOOK_SECONDS = 1.0
"""Seconds between checks whether it is ready."""


class _Place(Reply):
    sign_url: str
    mime_type: str
    file_id: str


class _File(Reply):
    status: Code


async def upload(file: LocalFile, service: str, vendor: "Chanjing", web: Web) -> str:
    """Upload a file and wait until it can be used.

    Args:
        file: The file.
        service: What it is for: ``"lip_sync_video"`` or ``"lip_sync_audio"``.
        vendor: The vendor, which gives the file an upload URL and an id.
        web: Sends the file to that URL, on another host, without a credential.

    Returns:
        The file's id.

    Raises:
        VendorError: The vendor did not accept it, or it was not ready in time.
    """
    query = {"service": service, "name": file.name}
    read = partial(vendor.read_data, _Place)
    path = f"{API}common/create_upload_url"
    place = await vendor.api.send(Call("GET", path, read, params=query, rate="upload"))
    await web.put(place.sign_url, file, place.mime_type, vendor.source)
    await _ready(place.file_id, file.name, vendor)
    return place.file_id


async def _ready(file_id: str, name: str, vendor: "Chanjing") -> None:
    until = monotonic() + LONGEST_WAIT
    read = partial(vendor.read_data, _File)
    call = Call("GET", f"{API}common/file_detail", read, params={"id": file_id})
    while (status := (await vendor.api.send(call)).status) not in READY:
        if status in PROBLEMS:
            raise VendorError(f"chanjing: {name}: {PROBLEMS[status]}", code=status)
        if monotonic() > until:
            raise VendorError(f"chanjing: {name} was not ready after {LONGEST_WAIT:g} s")
        await asyncio.sleep(LOOK_SECONDS)
