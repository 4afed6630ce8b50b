"""Chanjing's file service: an upload URL, the upload, and waiting until the file is ready.

Page: file management.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from lipsync_nb.vendors.base import Call, Code, Delivery, JobId, LocalFile, Reply, VendorError
from lipsync_nb.vendors.chanjing.answers import API

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


class Upload(Reply):
    """Where a file is put (``create_upload_url``), and by what it is used then."""

    sign_url: str
    mime_type: str = ""
    file_id: JobId
    full_path: str = ""
    """Its URL, for the calls that take one."""


class _File(Reply):
    status: Code


async def upload(
    file: LocalFile, service: str, delivery: Delivery, read_data: Callable[..., Any]
) -> Upload:
    """Upload a file and wait until it can be used.

    Args:
        file: The file.
        service: What it is for, such as ``"lip_sync_video"``.
        delivery: Asks the vendor for an upload URL, and sends the file there.
        read_data: Reads an answer; see `Vendor.read_data`.

    Returns:
        The file's id and its URL.

    Raises:
        VendorError: The vendor did not accept it, or it was not ready in time.
    """
    query = {"service": service, "name": file.name}
    path = f"{API}common/create_upload_url"
    read: Callable[[Any], Upload] = partial(read_data, Upload)
    target = await delivery.send(Call("GET", path, read, params=query, rate="upload"))
    await delivery.upload(target.sign_url, file, target.mime_type or file.mime)
    query = {"id": target.file_id}
    detail = Call("GET", f"{API}common/file_detail", partial(read_data, _File), params=query)
    await _ready(detail, file.name, delivery)
    return target


async def _ready(detail: Call[_File], name: str, delivery: Delivery) -> None:
    until = monotonic() + LONGEST_WAIT
    while (status := (await delivery.send(detail)).status) not in READY:
        if status in PROBLEMS:
            raise VendorError(f"chanjing: {name}: {PROBLEMS[status]}", code=status)
        if monotonic() > until:
            raise VendorError(f"chanjing: {name} was not ready after {LONGEST_WAIT:g} s")
        await asyncio.sleep(LOOK_SECONDS)
