"""Files in a multipart form."""

from collections.abc import AsyncIterator
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from lipsync_nb.sandbox.jobs.media_files import store_file
from lipsync_nb.sandbox.vendors.base import media_type
from lipsync_nb.sandbox.vendors.fields import FieldError

CHUNK_BYTES = 1 << 20


async def form(request: Request) -> FormData:
    """The request's multipart form; a FieldError if it is not one."""
    if media_type(request) != "multipart/form-data":
        raise FieldError("the body must be multipart/form-data")
    try:
        return await request.form()
    except (HTTPException, MultiPartException) as error:
        raise FieldError(f"the multipart body is broken: {error}") from None


def part(parts: FormData, name: str) -> UploadFile:
    """A required file of a form."""
    upload = parts.get(name)
    if not isinstance(upload, UploadFile) or not upload.size:
        raise FieldError(f"{name} must be a file")
    return upload


async def save_part(upload: UploadFile, folder: Path) -> Path:
    """Store a form's file in the folder, named by the hash of its content."""

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await upload.read(CHUNK_BYTES):
            yield chunk

    return await store_file(chunks(), folder)
