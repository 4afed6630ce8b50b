"""Reads what users give as media: data: and file: URLs, base64, uploads, file objects."""

import os
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

from lipsync_nb.decode.containers import type_by_beginning
from lipsync_nb.errors import line
from lipsync_nb.files import MP4_BOXES

Upload: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""The value of an ``ipywidgets.FileUpload``: one file, or a tuple of files."""

LONGEST_PATH = 4096
"""Characters; no system takes longer paths."""
SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
"""How URLs begin, those of fsspec included; one letter would be a drive of Windows."""
JOINED = re.compile("https?:/[^/]", re.IGNORECASE)
"""How a URL begins after it was made a `pathlib.Path`."""
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")


def data_uri(uri: str) -> bytes:
    """Return the bytes of a ``data:`` URI; ``ValueError`` if there are none."""
    head, _, body = uri.partition(",")
    data = unquote_to_bytes(body)
    if head.lower().endswith(";base64"):
        decoded = _base64(data.decode("latin-1"))
        if decoded is None:
            raise ValueError("not a data: URI, as what follows the comma is not base64")
        data = decoded
    if not data:
        raise ValueError("not a data: URI with content: expected bytes after a comma")
    return data


def bare_base64(text: str) -> bytes | None:
    """Return the bytes of a text that is base64 of a known format; ``None`` if it is none."""
    data = _base64(text)
    known = data and (type_by_beginning(data) is not None or data[4:8] in MP4_BOXES)
    return data if known else None


def _base64(text: str) -> bytes | None:
    text = "".join(text.split())
    if not BASE64.fullmatch(text):
        return None
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(text + "=" * (-len(text) % 4))
    except Error:
        return None


def file_url(url: str) -> Path:
    """Return the path of a ``file:`` URL; ``ValueError`` if it is not one on this machine."""
    rest = url[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        if host.lower() not in {"", "localhost"}:
            raise ValueError(f"not a file on this machine, but on {line(host)}")
        rest = slash + path
    if not rest.startswith("/"):
        raise ValueError("not a file: URL with an absolute path, such as file:///home/me/face.png")
    return path_of(url2pathname(rest))


def path_of(source: str | os.PathLike[str]) -> Path:
    """Return a path as a ``Path``; ``ValueError`` if it is none."""
    try:
        text: object = os.fspath(source)
    except Exception as error:  # noqa: BLE001 - such as that of fsspec's OpenFile for a remote file
        raise ValueError(f"not a path ({line(error)}); give a file object: .open()") from None
    if not isinstance(text, str) or "\0" in text:
        raise ValueError("not a path")
    if len(text) > LONGEST_PATH:
        raise ValueError(f"not a path: expected media, got a text of {len(text):,} characters")
    if SCHEME.match(text):
        raise ValueError(_other_scheme(text))
    if JOINED.match(text):
        raise ValueError("not a path: give the URL as a text, with two slashes after the colon")
    try:
        text.encode()  # as the ledger will
        return Path(text).expanduser()
    except (RuntimeError, UnicodeEncodeError) as error:
        raise ValueError(f"not a path ({line(error)})") from None


def _other_scheme(url: str) -> str:
    scheme = url.partition("://")[0]
    return (
        f"{line(scheme)}:// is not fetched; expected a signed https URL, or a file object: "
        f'fsspec.open("{line(scheme)}://…").open(). '
        "Client(media_host=...) is where local files get a URL"
    )


def uploaded(value: Any) -> bytes | None:
    """Return the bytes of the value of an ``ipywidgets.FileUpload``; ``None`` if it is none.

    Raises:
        ValueError: It has no file, or several.
    """
    if is_upload(value):
        return bytes(value["content"])
    if not isinstance(value, list | tuple) or not all(is_upload(file) for file in value):
        return None
    if len(value) != 1:
        found = f"found {len(value)}; give one, such as value[0]" if value else "found none"
        raise ValueError(f"expected one uploaded file, {found}")
    return bytes(value[0]["content"])


def is_upload(value: object) -> bool:
    """Return whether this is one file of an ``ipywidgets.FileUpload``."""
    return isinstance(value, Mapping) and isinstance(
        value.get("content"), bytes | bytearray | memoryview
    )


def read(file: BinaryIO) -> tuple[bytes, int]:
    """Return what a binary file object has left to read, and where it stood.

    Raises:
        ValueError: It is opened as text, cannot be read, or is at its end.
    """
    start = 0
    with suppress(Exception):  # a stream need not know
        start = int(file.tell())
    try:
        data: object = file.read()
    except UnicodeDecodeError:
        data = "text"
    except (OSError, ValueError) as error:  # it may be closed
        raise ValueError(f"the file object cannot be read ({line(error)})") from None
    if not isinstance(data, bytes):
        raise ValueError("the file object is opened as text; open it with mode 'rb'")  # noqa: TRY004 - pydantic reports ValueError
    if not data:
        why = "is at its end: call its seek(0) first" if start else "is empty"
        raise ValueError(f"the file object {why}")
    return data, start
