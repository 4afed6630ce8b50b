"""Reads the tags of clips, and copies clips with other tags: all else stays, to the byte.

A tag that every player knows, such as the title, is written as iTunes' tags are (``moov.udta.meta``
of handler ``mdir``). Others, such as the label ``AIGC``, have a name of their own, and are written
as FFmpeg does with ``-movflags use_metadata_tags`` (``moov.udta.meta`` of handler ``mdta``). FFmpeg
writes only one of the two kinds into a file, and with the second, few players find the title.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import CHUNK
from lipsync_nb.media import boxes
from lipsync_nb.media.probe import opened

TECHNICAL = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "creation_time"}
)
"""Tags that belong to the container, and not to its content."""
PLAIN_TAGS: Mapping[str, bytes] = {
    "album": b"\xa9alb",
    "artist": b"\xa9ART",
    "comment": b"\xa9cmt",
    "copyright": b"cprt",
    "date": b"\xa9day",
    "description": b"desc",
    "title": b"\xa9nam",
}
"""The tags that every player knows, by FFmpeg's names, with those of iTunes."""
LABEL, VALUE_HEAD = "AIGC", 8
"""What a label of AI contains; the bytes before the text of a value: its type and language."""
LONGEST_INDEX = 200_000_000
"""Bytes of an index that is read. An hour of picture and sound has about 2 MB."""


def tags_of(path: Path) -> dict[str, str]:
    """Return what a file says of its content, by FFmpeg's names, such as ``comment``.

    Raises:
        BadRequest: It cannot be read.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with opened(path) as container:
            return {k: v for k, v in container.metadata.items() if k not in TECHNICAL}
    except (av.FFmpegError, OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{line(path)}: its tags cannot be read ({error})") from None


def copy_with_tags(source: Path, target: Path, tags: Mapping[str, str]) -> None:
    """Copy an MP4 or MOV, and add tags. Nothing is decoded or encoded.

    Tags of the same names are replaced, and others kept. A comment that contains a label of AI
    (``AIGC``) is kept behind the new one. Streams, display matrix, edit lists and
    boxes that are not known here are copied as they are. A fragmented file becomes a plain one,
    by FFmpeg's muxer.

    Args:
        source: The clip.
        target: Where the copy is put. It must be another file; see `replacing`.
        tags: What the file says of its content, by FFmpeg's names, such as ``{"title": "…"}``.

    Raises:
        BadRequest: It is no MP4 or MOV, or is damaged.
        OSError: A file cannot be read or written.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    try:
        with source.open("rb") as file:
            parts = list(boxes.places(file, source.stat().st_size))
            index = _index(file, parts)
            if not _is_fragmented(index):
                _copy(file, parts, index, target, tags)
                return
        plain = target.with_name(f"{target.stem}-plain.mp4")
        try:
            unfragment(source, plain)
            copy_with_tags(plain, target, tags)
        finally:
            plain.unlink(missing_ok=True)
    except (ValueError, struct.error, av.FFmpegError) as error:
        target.unlink(missing_ok=True)
        why = f"its tags cannot be written ({error})"
        raise BadRequest(f"{line(source)}: {why}; give an MP4 or MOV that is whole") from None


def _index(file: BinaryIO, parts: list[boxes.Place]) -> bytes:
    place = next((part for part in parts if part.kind == b"moov"), None)
    if place is None or place.size > LONGEST_INDEX:
        raise ValueError("it has no index, as an MP4 has" if place is None else "its index is huge")
    file.seek(place.start + 8)
    return file.read(place.size - 8)


def _is_fragmented(index: bytes) -> bool:
    return any(kind == b"mvex" for kind, _ in boxes.children(index))


def _copy(
    file: BinaryIO,
    parts: list[boxes.Place],
    index: bytes,
    target: Path,
    tags: Mapping[str, str],
) -> None:
    place = next(part for part in parts if part.kind == b"moov")
    new = tagged(index, tags)
    new = boxes.moved(new, len(new) - len(index), place.start)
    with target.open("wb") as out:
        for part in parts:
            if part is place:
                out.write(boxes.box(b"moov", new))
            else:
                _copy_bytes(file, out, part)


def _copy_bytes(file: BinaryIO, out: BinaryIO, part: boxes.Place) -> None:
    file.seek(part.start)
    left = part.size
    while left and (data := file.read(min(left, CHUNK))):
        out.write(data)
        left -= len(data)


def tagged(index: bytes, tags: Mapping[str, str]) -> bytes:
    """Return the content of a ``moov`` with more tags."""
    parts = boxes.children(index)
    users = [inner for kind, inner in parts if kind == b"udta"]
    user = boxes.children(users[0]) if users else []
    plain = {PLAIN_TAGS[name]: text for name, text in tags.items() if name in PLAIN_TAGS}
    named = {name: text for name, text in tags.items() if name not in PLAIN_TAGS}
    if plain:
        user = _with_plain(user, plain)
    if named:
        user = _with_named(user, named)
    others = [part for part in parts if part[0] != b"udta"]
    rest = [(b"udta", inner) for inner in users[1:]]
    return boxes.joined([*others, (b"udta", boxes.joined(user)), *rest])


Boxes = list[tuple[bytes, bytes]]


def _split(user: Boxes, wanted: bytes) -> tuple[Boxes, Boxes]:
    """Return the boxes in the ``meta`` of a kind, and the other boxes of ``udta``."""
    found: Boxes = []
    others: Boxes = []
    for kind, inner in user:
        if kind == b"meta" and not found:
            name, parts = boxes.meta_parts(inner)
            if name == wanted:
                found = parts
                continue
        others.append((kind, inner))
    return found, others


def _with_plain(user: Boxes, tags: Mapping[bytes, str]) -> Boxes:
    parts, others = _split(user, b"mdir")
    items = [item for kind, inner in parts if kind == b"ilst" for item in boxes.children(inner)]
    kept = [item for item in items if item[0] not in tags]
    tags = {name: text + _label_in(items, name, text) for name, text in tags.items()}
    new = [(name, boxes.text_value(text)) for name, text in tags.items()]
    # QuickTime's own texts, as in a MOV, have the same names and are replaced too.
    others = [item for item in others if item[0] not in tags]
    return [*others, _meta(b"mdir", [(b"ilst", boxes.joined([*kept, *new]))])]


def _label_in(items: Boxes, name: bytes, new: str) -> str:
    """Return a text that a new one replaces, if only the old one has a label of AI."""
    for kind, inner in items:
        values = [value for what, value in boxes.children(inner) if what == b"data"]
        old = values[0][VALUE_HEAD:].decode(errors="replace") if kind == name and values else ""
        if LABEL in old.upper() and LABEL not in new.upper():
            return f"\n{old}"
    return ""


def _with_named(user: Boxes, tags: Mapping[str, str]) -> Boxes:
    parts, others = _split(user, b"mdta")
    names, values = _named(parts)
    kept = [pair for pair in zip(names, values, strict=False) if pair[0].decode() not in tags]
    new = [(name.encode(), boxes.text_value(text)) for name, text in tags.items()]
    pairs = [*kept, *new]
    keys = b"".join(boxes.box(b"mdta", name) for name, _ in pairs)
    numbered = [(struct.pack(">I", n + 1), value) for n, (_, value) in enumerate(pairs)]
    head = (b"keys", bytes(4) + struct.pack(">I", len(pairs)) + keys)
    # First, as the label of AI is looked for in the first one.
    return [_meta(b"mdta", [head, (b"ilst", boxes.joined(numbered))]), *others]


def _named(parts: Boxes) -> tuple[list[bytes], list[bytes]]:
    """Return the names of tags, and their values, of a ``meta`` of the kind ``mdta``."""
    found = dict(parts)
    names = [name for _, name in boxes.children(found.get(b"keys", b"")[8:])]
    items = {
        struct.unpack(">I", kind)[0]: value
        for kind, value in boxes.children(found.get(b"ilst", b""))
    }
    numbers = [n for n in range(1, len(names) + 1) if n in items]
    return [names[n - 1] for n in numbers], [items[n] for n in numbers]


def _meta(kind: bytes, parts: Boxes) -> tuple[bytes, bytes]:
    return b"meta", boxes.META_HEAD + boxes.handler(kind) + boxes.joined(parts)


def unfragment(source: Path, target: Path) -> None:
    """Copy the streams of a clip to an MP4 with one index at its beginning.

    Raises:
        av.FFmpegError: A stream cannot be copied.
        ValueError: A stream cannot be in an MP4.
    """
    import av  # noqa: PLC0415 - see above

    options = {"movflags": "+faststart"}
    with (
        av.open(str(source)) as container,
        av.open(str(target), "w", format="mp4", options=options) as out,
    ):
        out.metadata.update(container.metadata)
        kept = [s for s in container.streams if s.type in {"video", "audio", "subtitle"}]
        copies = {stream.index: out.add_stream_from_template(stream) for stream in kept}
        for packet in container.demux(kept):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
