"""Xingyun's slides: whether a file is what its type says, and has notes, which are spoken.

Page: a copy of the vendor's page of PPT files. The page of the API says nothing of notes.
"""

import xml.etree.ElementTree as ET
import zlib
from zipfile import BadZipFile, ZipFile

from lipsync_nb.vendors.base import MIME, OLE, LocalFile

NOTES_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.notesSlide+xml"
"""The content type of the notes of one slide, whose text is in shapes."""
NOT_SPOKEN = {"sldImg", "sldNum", "dt", "hdr", "ftr"}
"""Types of the shapes on a page of notes that are no notes: the slide, its number, the date …"""
LARGEST_PART = 4 << 20
"""Bytes of the XML of one part; the notes of a slide have some thousand. A small file could have a
part that takes gigabytes of memory."""
HEAD_WITHIN = 1024
"""Bytes at the beginning of a file, within which its header stands: that of a PDF need not be the
first of them."""

_UNREADABLE = (
    BadZipFile,
    ET.ParseError,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
)
"""What zipfile and ElementTree raise if a file is broken, or encrypted."""


def refusal(file: LocalFile) -> str | None:
    """Return why slides do not suit; ``None`` if they do, or if their notes cannot be read here."""
    try:
        if file.mime == MIME["pptx"]:
            return None if _has_notes(file) else "no slide has notes, and only notes are spoken"
        head = b"%PDF-" if file.mime == MIME["pdf"] else OLE
        if head not in _beginning(file):
            return f"it is no {file.suffix} file, whatever its name says"
    except _UNREADABLE as error:
        return f"it is no readable .pptx file ({error})"
    except OSError as error:
        return f"{error.strerror or error}"
    return None


def warning(file: LocalFile) -> str | None:
    """Return what is not known of slides whose notes cannot be read here."""
    if file.mime == MIME["pptx"]:
        return None
    return (
        f"{file.name}: only the notes of slides are spoken, and a {file.suffix} file is not "
        "searched for them here; a .pptx file is"
    )


def _has_notes(file: LocalFile) -> bool:
    with ZipFile(file.path) as parts:
        types = _xml(parts, "[Content_Types].xml")
        names = [
            part.get("PartName", "").removeprefix("/")
            for part in types.iterfind("{*}Override")
            if part.get("ContentType") == NOTES_TYPE
        ]
        return any(_notes(_xml(parts, name)) for name in names)


def _xml(parts: ZipFile, name: str) -> ET.Element:
    with parts.open(name) as part:
        text = part.read(LARGEST_PART + 1)
    if len(text) > LARGEST_PART:
        raise BadZipFile(f"{name} has over {LARGEST_PART >> 20} MiB")
    return ET.fromstring(text)  # noqa: S314 - expat itself limits what entities expand to


def _notes(page: ET.Element) -> str:
    texts = (
        text.text or ""
        for shape in page.iterfind(".//{*}sp")
        if not _is_something_else(shape)
        for text in shape.iterfind(".//{*}t")
    )
    return "".join(texts).strip()


def _is_something_else(shape: ET.Element) -> bool:
    place = shape.find("{*}nvSpPr/{*}nvPr/{*}ph")
    return place is not None and place.get("type") in NOT_SPOKEN


def _beginning(file: LocalFile) -> bytes:
    with file.path.open("rb") as opened:
        return opened.read(HEAD_WITHIN)
