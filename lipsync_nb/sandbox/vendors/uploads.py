"""Files in a request: multipart parts and whole bodies."""

import asyncio
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from lipsync_nb.sandbox.vendors.fields import FieldError
from lipsync_nb.sandbox.work.fetch import store_file

CHUNK_BYTES = 1 << 20


async def form(request: Request) -> FormData:
    """The request's multipart form; a FieldError if it is not one."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
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
    return await asyncio.to_thread(_keep, upload.file, folder)


def _keep(source: BinaryIO, folder: Path) -> Path:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part_path = Path(scratch) / "part"
        source.seek(0)
        with part_path.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
        with part_path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return store_file(part_path, folder, sha256)


async def save_body(request: Request, folder: Path) -> Path:
    """Store a request's whole body in the folder, named by the hash of its content."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        part_path = Path(scratch) / "part"
        with part_path.open("wb") as file:
            async for chunk in request.stream():
                digest.update(chunk)
                file.write(chunk)
        return store_file(part_path, folder, digest.hexdigest())
