"""Keeps the files that came in the answer to a paid call, as the vendor has no copy of them."""

import os
import secrets
import sys
from pathlib import Path

from lipsync_nb.decode.containers import media_type
from lipsync_nb.engine.names import file_stem
from lipsync_nb.errors import DownloadError
from lipsync_nb.files import LocalFile
from lipsync_nb.ledger.record import Record


def save(data: bytes, record: Record, folder: Path) -> str:
    """Write a result to a file, wait until it is on the disk, and return its path.

    It is kept whatever it is: it was paid. Its name is made from the job's, so that a later call
    finds it (`saved`) if the program ended before the ledger was written.

    Raises:
        DownloadError: It cannot be written.
    """
    part = folder / f"{file_stem(record)}.{secrets.token_hex(4)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        target = folder / f"{file_stem(record)}{LocalFile.of(part).suffix.replace('.part', '.bin')}"
        part.replace(target)
        _sync(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DownloadError(f"{folder}: {error.strerror or error}") from None
    return str(target)


def _sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    if sys.platform != "win32":  # which cannot open a folder
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def saved(record: Record, folder: Path) -> str | None:
    """Return the file that `save` has written for a job; ``None`` if there is none."""
    found = [path for path in folder.glob(f"{file_stem(record)}.*") if path.suffix != ".part"]
    return str(found[0]) if found else None


def is_played(path: str) -> bool:
    """Return whether a file is a sound or a clip by its content. An answer may be anything."""
    with Path(path).open("rb") as file:
        return (media_type(file) or "").startswith(("audio/", "video/"))
