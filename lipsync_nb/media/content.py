"""What a file that is no media really is, told by its first bytes."""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from dataclasses import dataclass

from lipsync_nb.http.redact import printable

HEAD = 1 << 16
"""Bytes of a file that are looked at."""
MARKUP = 4096
"""Bytes within which a page or a drawing says what it is; comments may come first."""
LONGEST_REASON = 80
"""Characters of an error answer that are repeated."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is, in words, and what can be done about it."""

    name: str
    remedy: str


ITSELF = "give the file itself"
UNKNOWN = Content(
    "data of no known format",
    "raw samples (PCM) need the header of WAV, raw pixels a format such as PNG",
)
UNTYPED = "application/octet-stream"
"""The type of what neither its name nor its first bytes tell."""
PAGE = Content("a web page", "it may ask for a login, or be an error: see the address in a browser")
DRAWING = Content("an SVG drawing", "export it as PNG")
TEXT = Content("a text", ITSELF)
SIGNS: dict[bytes, Content] = {
    rb"version https://git-lfs\.github\.com/spec/": Content(
        "a Git LFS pointer", "run `git lfs pull`, which fetches the file itself"
    ),
    rb"/annex/objects/": Content(
        "a git-annex pointer", "run `git annex get`, which fetches the file itself"
    ),
    rb"\x00\x05\x16\x07": Content(
        "what macOS keeps beside a file", "give the file whose name has no leading '._'"
    ),
    rb"\x93NUMPY": Content("a NumPy array", "save it as a picture, or as WAV"),
    rb"\xff\n|\x00{3}\x0cJXL ": Content("a JPEG XL picture", "save it as JPEG"),
    rb"%!PS": Content("a PostScript drawing", "export it as PNG"),
    rb"#EXTM3U": Content("a playlist", "give the clip itself"),
    rb"\x00+\Z": Content("a file of zeros", "copy or download it again"),
}
"""How files begin that media are mistaken for."""
TYPES: dict[str, Content] = {
    "application/pdf": Content("a PDF", "export what is wanted from it"),
    "application/zip": Content("a ZIP archive", "unpack it"),
    "application/gzip": Content("a gzip archive", "unpack it"),
    "application/x-tar": Content("a TAR archive", "unpack it"),
    "application/x-7z-compressed": Content("a 7z archive", "unpack it"),
    "application/x-rar-compressed": Content("a RAR archive", "unpack it"),
    UNTYPED: UNKNOWN,
}
"""Types of files that media are mistaken for."""
PDF = b"%PDF-"
"""How a PDF begins, which may be slides. It may consist of letters, as a text does."""

_MARKUP = re.compile(rb"<(!doctype\s+html|html|head|body|script|svg)\b", re.IGNORECASE)
_SIGNS = [(re.compile(sign), content) for sign, content in SIGNS.items()]
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def no_media(head: bytes) -> Content | None:
    """Return what a file is if its first bytes show that it is no media; else ``None``.

    Args:
        head: The first `HEAD` bytes.
    """
    for sign, content in _SIGNS:
        if sign.match(head):
            return content
    if head.lstrip(BOM_UTF8 + b" \t\r\n").startswith(b"<") and (
        found := _MARKUP.search(head[:MARKUP])
    ):
        return DRAWING if found[1].lower() == b"svg" else PAGE
    text = None if head.startswith(PDF) else _text(head)
    return None if text is None else _text_content(text.lstrip("\ufeff \t\r\n"))


def _text(head: bytes) -> str | None:
    """Return the bytes as text, whose last character may be cut; ``None`` if they are none."""
    utf16 = head.startswith((BOM_UTF16_BE, BOM_UTF16_LE))
    try:
        text = getincrementaldecoder("utf-16" if utf16 else "utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text


def _text_content(text: str) -> Content:
    if text.startswith("<"):
        if found := re.search(r"<(html|svg)\b", text[:MARKUP], re.IGNORECASE):
            return DRAWING if found[1].lower() == "svg" else PAGE
        said = [m[1] for m in re.finditer(r"<(?:Code|Message)>([^<]*)", text)]
        return Content(f"an XML text{_quoted(', '.join(said))}", ITSELF)
    if re.match(r"""[{\[]\s*["{\[\]}\d-]""", text):
        return Content(f"JSON{_quoted(_reason(text))}", "it may be an error: " + ITSELF)
    if text.startswith("data:") or re.fullmatch(r"[A-Za-z0-9+/=\s]{64,}", text):
        return Content("a text in base64", "decode it, by base64.b64decode")
    return TEXT


def _reason(text: str) -> str:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    while isinstance(answer, dict):
        found = (answer[key] for key in ("message", "msg", "detail", "error") if key in answer)
        answer = next(found, None)
    return answer if isinstance(answer, str) else ""


def _quoted(said: str) -> str:
    said = " ".join(printable(said).split())
    if len(said) > LONGEST_REASON:
        said = f"{said[:LONGEST_REASON]}…"
    return f' that says "{said}"' if said else ""
