"""A picture, a clip, audio or a slide deck: a path, a URL, bytes or a file object."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import MB, MIME, SLIDES, LocalFile
from lipsync_nb.http.addresses import HTTP, http_url, without_secrets
from lipsync_nb.media.probe import duration_s

UNNAMED = frozenset({"image/heic", "image/avif"})
"""Types of pictures that no vendor names, and that many programs do not read."""


class Media:
    """A piece of media. Every media field of a request takes what `Media` takes.

    Args:
        source: A path, an ``http(s)`` URL, the bytes themselves, or a binary file object
            (which is read to its end).
    """

    __slots__ = ("data", "path", "url")

    def __init__(self, source: "MediaLike") -> None:
        self.path: Path | None = None
        self.url: str | None = None
        self.data: bytes | None = None
        match source:
            case Media():
                self.path, self.url, self.data = source.path, source.url, source.data
            case str() if HTTP.match(source):
                http_url(source)
                self.url = source
            case str() | os.PathLike() if os.fspath(source):
                self.path = _path(source)
            case bytes() | bytearray() | memoryview():
                self.data = bytes(source)
            case _ if hasattr(source, "read"):
                self.data = _read(cast("BinaryIO", source))
            case _:
                raise ValueError("expected a path, an http(s) URL, bytes or a binary file object")

    def __str__(self) -> str:
        return without_secrets(self.source)

    def __repr__(self) -> str:
        return f"Media({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Media) and self._given == other._given

    def __hash__(self) -> int:
        return hash(self._given)

    @property
    def _given(self) -> tuple[Path | None, str | None, bytes | None]:
        return self.path, self.url, self.data

    @property
    def source(self) -> str:
        """The URL or the path, as the ledger keeps it; the size of bytes."""
        return self.url or (str(self.path) if self.path else f"<{len(self.data or b''):,} bytes>")

    @property
    def suffix(self) -> str:
        """The ending of the path or URL in lower case, such as ``".mp4"``; empty for bytes."""
        name = self.url.partition("?")[0] if self.url else str(self.path or "")
        return Path(name).suffix.lower()

    def local(self) -> "LocalFile":
        """Describe the local file; `BadRequest` if there is none, or it is empty."""
        if self.path is None:
            raise BadRequest(f"{self} is not a local file")
        return LocalFile.of(self.path)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(_source)
        )


MediaLike: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Media
"""What a media field takes."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What a vendor takes in a media field.

    Attributes:
        kinds: Some of ``"image"``, ``"video"``, ``"audio"``, ``"slides"``.
        formats: The endings it is limited to, without dots; empty if the vendor names none.
        max_bytes: The largest size, or ``None``.
        min_seconds: The shortest length of audio or clips, or ``None``.
        check: Returns why the content of a file does not suit, or ``None``.
        warning: Returns what the user should know of a file that is sent all the same, or ``None``.
    """

    kinds: tuple[str, ...]
    formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_seconds: float | None = None
    check: Callable[[LocalFile], str | None] | None = None
    warning: Callable[[LocalFile], str | None] | None = None

    def refusal(self, file: LocalFile) -> str | None:
        """Return why a file does not suit this field, or ``None`` if it does."""
        if self.max_bytes and file.size > self.max_bytes:
            over = ceil(10 * file.size / MB) / 10  # never rounded to the limit itself
            return f"{over:.1f} MB is over the limit of {self.max_bytes / MB:g} MB"
        if file.mime in UNNAMED:
            return f"{file.mime} is a format that no vendor names; save the picture as JPEG"
        if not self._fits(file.mime):
            return f"{file.mime} is not {self.wanted}"
        if self.min_seconds and (seconds := duration_s(file.path)) < self.min_seconds:
            under = floor(10 * seconds) / 10
            return f"{under:.1f} s is under the minimum of {self.min_seconds:g} s"
        return None

    def examine(self, file: LocalFile) -> tuple[str | None, str | None]:
        """Return why the content of a file does not suit, and what is doubtful about it."""
        refused = self.check(file) if self.check else None
        return refused, self.warning(file) if self.warning and not refused else None

    @property
    def wanted(self) -> str:
        """What the field takes, in words."""
        return " or ".join(self.kinds) + (f" ({', '.join(self.formats)})" if self.formats else "")

    def _fits(self, mime: str) -> bool:
        if self.formats:
            return mime in {MIME[ending] for ending in self.formats}
        kind = "slides" if mime in SLIDES else mime.partition("/")[0]
        return kind in self.kinds


def _source(media: Media) -> str:
    return media.source


def _path(source: str | os.PathLike[str]) -> Path:
    text = os.fspath(source)
    if not isinstance(text, str) or "\0" in text:
        raise ValueError("not a path")
    try:
        text.encode()  # as the ledger will
        return Path(text).expanduser()
    except (RuntimeError, UnicodeEncodeError) as error:
        raise ValueError(f"not a path ({error})") from None


def _read(file: BinaryIO) -> bytes:
    try:
        data: object = file.read()
    except UnicodeDecodeError:
        data = "text"
    except OSError as error:
        raise ValueError(f"the file object cannot be read ({error})") from None
    if not isinstance(data, bytes):
        raise ValueError("the file object is opened as text; open it with mode 'rb'")  # noqa: TRY004 - pydantic reports ValueError
    return data
