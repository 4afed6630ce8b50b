"""A picture, a clip, audio or a slide deck: a path, a URL, bytes or a file object."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil, floor
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import MB, MIME, SLIDES, LocalFile
from lipsync_nb.http.addresses import HTTP, http_url, without_secrets
from lipsync_nb.media import sources
from lipsync_nb.media.content import TYPES, Content
from lipsync_nb.media.decoding import look
from lipsync_nb.media.probe import duration_s, has_pictures
from lipsync_nb.media.reference import JobReference, reference_to

UNNAMED = frozenset({"image/heic", "image/avif"})
"""Types of pictures that no vendor names, and that many programs do not read."""
EXPECTED = "expected a path, an http(s) URL, a data: URI, bytes, a binary file object or a job"
LAST_FRAME = 0.05
"""Seconds that a clip or sound may be longer than a limit, as its last frame is whole."""
AGAIN = "record, export or download it again"
"""The remedy for what is damaged."""


class MakesMedia(Protocol):
    """A job; see `lipsync_nb.Job`."""

    @property
    def reference(self) -> JobReference:
        """The reference to it."""


class Media:
    """A piece of media. Every media field of a request takes what `Media` takes.

    Args:
        source: A path, an ``http(s)`` URL, a ``data:`` or ``file:`` URL, the bytes themselves or
            base64 of them, a binary file object (which is read to its end), the value of an
            ``ipywidgets.FileUpload``, or the job that makes it.

    Raises:
        ValueError: It is none of these.
    """

    __slots__ = ("data", "job", "path", "start", "url")

    def __init__(self, source: "MediaLike") -> None:
        self.path: Path | None = None
        self.url: str | None = None
        self.data: bytes | None = None
        self.job: JobReference | None = None
        self.start = 0
        match source:
            case Media():
                self.path, self.url, self.data = source.path, source.url, source.data
                self.job, self.start = source.job, source.start
            case _ if (job := reference_to(source)) is not None:
                self.job = job
            case str() if source:
                self._read(source)
            case os.PathLike():
                self.path = sources.path_of(source)
            case bytes() | bytearray() | memoryview():
                self.data = bytes(source)
            case _ if hasattr(source, "read"):
                self.data, self.start = sources.read(cast("BinaryIO", source))
            case _ if (data := sources.uploaded(source)) is not None:
                self.data = data
            case _:
                raise ValueError(EXPECTED)

    def _read(self, text: str) -> None:
        url = text.strip()
        scheme = url[:5].lower()
        if HTTP.match(url):
            http_url(url)
            self.url = url
        elif scheme == "data:":
            self.data = sources.data_uri(url)
        elif scheme == "file:":
            self.path = sources.file_url(url)
        else:
            self.data = sources.bare_base64(url)
            self.path = sources.path_of(text) if self.data is None else None

    def __str__(self) -> str:
        return without_secrets(self.source)

    def __repr__(self) -> str:
        return f"Media({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Media) and self._given == other._given

    def __hash__(self) -> int:
        return hash(self._given)

    @property
    def _given(self) -> tuple[Path | None, str | None, bytes | None, JobReference | None]:
        return self.path, self.url, self.data, self.job

    @property
    def source(self) -> str:
        """The URL or the path, as the ledger keeps it; the job; the size of bytes."""
        if self.job is not None:
            return str(self.job)
        start = f" from byte {self.start:,} on, seek(0) would rewind it" if self.start else ""
        size = f"<{len(self.data or b''):,} bytes{start}>"
        return self.url or (str(self.path) if self.path else size)

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


MediaLike: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | sources.Upload
    | Media
    | JobReference
    | MakesMedia
)
"""What a media field takes."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What a vendor takes in a media field.

    Attributes:
        kinds: Some of ``"image"``, ``"video"``, ``"audio"``, ``"slides"``.
        formats: The endings it is limited to, without dots; empty if the vendor names none.
        max_bytes: The largest size, or ``None``.
        min_seconds: The shortest length of audio or clips, or ``None``.
        max_seconds: The longest, or ``None``.
        check: Returns why the content of a file does not suit, or ``None``.
        warning: Returns what the user should know of a file that is sent all the same, or ``None``.
        faces: How many faces a picture or clip is to show; 0 if none is needed. See
            `Client.check_inputs`.
        spoken: Whether audio is what the face says, and not a sample of a voice.
    """

    kinds: tuple[str, ...]
    formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_seconds: float | None = None
    check: Callable[[LocalFile], str | None] | None = None
    warning: Callable[[LocalFile], str | None] | None = None
    faces: int = 1
    spoken: bool = True
    max_seconds: float | None = None

    def refusal(self, file: LocalFile, name: str = "", *, whole: bool = True) -> str | None:
        """Return why a file does not suit this field, or ``None`` if it does.

        Args:
            file: The file.
            name: What the user knows it by, for the text.
            whole: Whether it is all of the file, or only its beginning.
        """
        why, remedy = self._objection(file) if whole else self._objection_to_beginning(file)
        if not why:
            return None
        return "; ".join(part for part in (f"{why}: {name}" if name else why, remedy) if part)

    def note(self, file: LocalFile) -> str | None:
        """Return what should be known of a file that suits, if anything."""
        doubt = self.warning and self.warning(file)
        return "; ".join(filter(None, (look(file).note, doubt))) or None

    def _objection(self, file: LocalFile) -> tuple[str, str]:
        """Return why a file does not suit, and what can be done; the first is empty if it does."""
        if self.max_bytes and file.size > self.max_bytes:
            over = ceil(10 * file.size / MB) / 10  # never rounded to the limit itself
            return f"{over:.1f} MB is over the limit of {self.max_bytes / MB:g} MB", ""
        if file.mime in UNNAMED:
            return f"{file.mime} is a format that no vendor names", "save the picture as JPEG"
        looked = look(file)
        if mismatch := self._mismatch(looked.content, file.mime):
            return mismatch
        if looked.damage is not None:
            return f"this {file.mime} is damaged: {looked.damage}", AGAIN
        if wrong := self._wrong_length(file):
            return wrong
        return (self.check and self.check(file)) or "", ""

    def _wrong_length(self, file: LocalFile) -> tuple[str, str] | None:
        if self.min_seconds is None and self.max_seconds is None:
            return None
        seconds = duration_s(file.path)
        if self.min_seconds is not None and seconds < self.min_seconds:
            return (
                f"{floor(10 * seconds) / 10:.1f} s is under the minimum of {self.min_seconds:g} s",
                "",
            )
        if self.max_seconds is not None and seconds > self.max_seconds + LAST_FRAME:
            over = ceil(10 * seconds) / 10
            return f"{over:.1f} s is over the limit of {self.max_seconds:g} s", "cut it"
        return None

    def _objection_to_beginning(self, file: LocalFile) -> tuple[str, str]:
        content = look(file, whole=False).content
        if content is None and "audio" in self.kinds and _may_be_sound(file):
            return "", ""
        return self._mismatch(content, file.mime) or ("", "")

    def _mismatch(self, content: Content | None, mime: str) -> tuple[str, str] | None:
        if content is None and self._fits(mime):
            return None
        content = content or TYPES.get(mime) or Content(mime, "")
        return f"{content.name} is not {self.wanted}", content.remedy

    def __get_pydantic_core_schema__(self, of: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of a media field, which refuses jobs that make something else."""
        return core_schema.no_info_after_validator_function(
            partial(_refuse_other_results, takes=self), handler(of)
        )

    @property
    def wanted(self) -> str:
        """What the field takes, in words."""
        return " or ".join(self.kinds) + (f" ({', '.join(self.formats)})" if self.formats else "")

    def _fits(self, mime: str) -> bool:
        if self.formats:
            return mime in {MIME[ending] for ending in self.formats}
        kind = "slides" if mime in SLIDES else mime.partition("/")[0]
        return kind in self.kinds


def _may_be_sound(beginning: LocalFile) -> bool:
    """Return whether it begins as clips do, and does not tell whether there are pictures."""
    return beginning.mime.startswith("video/") and not has_pictures(beginning.path)


def _source(media: Media) -> str | dict[str, str]:
    return media.source if media.job is None else media.job.to_json()


def _refuse_other_results(value: Any, takes: Takes) -> Any:
    """Return the media of a field; `ValueError` for a job that makes what the field cannot take."""
    if isinstance(value, list | tuple):
        for each in value:
            _refuse_other_results(each, takes)
    elif isinstance(value, Media) and value.job is not None:
        made = value.job.makes
        if made.lower() not in takes.kinds:
            raise ValueError(f"{value.job} makes {made}, and this takes {takes.wanted}")
    return value
