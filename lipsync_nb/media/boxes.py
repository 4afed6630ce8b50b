"""The boxes of an MP4 or MOV: its index ``moov``, which says where its frames are, and its tags.

Sources: ISO/IEC 14496-12 (boxes, ``stco``, ``co64``); Apple's QuickTime File Format, "Metadata"
(``keys`` and ``ilst`` of handler ``mdta``); the tags of iTunes are those that FFmpeg's ``movenc.c``
writes (``ilst`` of handler ``mdir``).
"""

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

CHILDREN = frozenset({b"trak", b"mdia", b"minf", b"stbl"})
"""The boxes on the way from ``moov`` to the offsets of chunks."""
OFFSETS = {b"stco": "I", b"co64": "Q"}
"""The boxes with the offsets of chunks, and their type for `struct`: of 32 bits, and of 64."""
HEAD, LARGE_HEAD = 8, 16
"""Bytes before a box's content: its size and type, and with a size of 64 bits."""
UTF8 = 1
"""The type of a value that is text."""
META_HEAD = bytes(4)
"""Version and flags of a ``meta`` box of MP4. QuickTime's has none."""


class BoxRange(NamedTuple):
    """Where a box is in a file or in another box, in bytes.

    Attributes:
        kind: Its type.
        start: Where it begins.
        head: The length of what is before its content.
        size: Its length, with its head.
    """

    kind: bytes
    start: int
    head: int
    size: int


def outermost(file: BinaryIO, length: int) -> Iterator[BoxRange]:
    """Yield the outermost boxes of a file; `ValueError` if one is damaged.

    Args:
        file: The file.
        length: Its length in bytes.
    """
    start = 0
    while start + HEAD <= length:
        file.seek(start)
        found = _box(file.read(LARGE_HEAD), start, length)
        yield found
        start += found.size


def _box(head: bytes, start: int, end: int) -> BoxRange:
    """Return the box that begins with some bytes, of which the last one may reach to the end."""
    size, kind = struct.unpack(">I4s", head[:HEAD])
    length = HEAD
    if size == 1 and len(head) == LARGE_HEAD:
        length, size = LARGE_HEAD, struct.unpack(">Q", head[HEAD:])[0]
    size = size or end - start
    if size < length or start + size > end:
        raise ValueError(f"a box at byte {start:,} is damaged")
    return BoxRange(kind, start, length, size)


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box."""
    return struct.pack(">I4s", HEAD + len(content), kind) + content


def _inside(content: bytes | bytearray, start: int, end: int) -> Iterator[BoxRange]:
    """Yield the boxes of a part of a box; `ValueError` if what follows them is more than zeros."""
    while any(content[start:end]):
        if start + HEAD > end:
            raise ValueError("a box in its index has more than boxes in it")
        found = _box(bytes(content[start : min(end, start + LARGE_HEAD)]), start, end)
        yield found
        start += found.size


def children(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the types and contents of the boxes in another one.

    Zeros at the end, as QuickTime writes them, are left out.

    Raises:
        ValueError: It has something else in it, or a box in it is damaged.
    """
    return [
        (one.kind, content[one.start + one.head : one.start + one.size])
        for one in _inside(content, 0, len(content))
    ]


def joined(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return boxes, one after the other."""
    return b"".join(box(kind, content) for kind, content in parts)


def with_shifted_offsets(content: bytes, shift: int, after: int) -> bytes:
    """Return the content of a ``moov`` for frames that are elsewhere. Its length stays.

    Args:
        content: Its content.
        shift: By how many bytes the frames move.
        after: Only those behind this byte of the file move.

    Raises:
        ValueError: An offset becomes too large, or a box is damaged.
    """
    shifted = bytearray(content)
    _shift(shifted, 0, len(shifted), shift, after)
    return bytes(shifted)


def _shift(content: bytearray, start: int, end: int, shift: int, after: int) -> None:
    for one in _inside(content, start, end):
        begin, stop = one.start + one.head, one.start + one.size
        if one.kind in CHILDREN:
            _shift(content, begin, stop, shift, after)
        elif one.kind in OFFSETS:
            content[begin:stop] = _shifted(
                bytes(content[begin:stop]), OFFSETS[one.kind], shift, after
            )


def _shifted(table: bytes, letter: str, shift: int, after: int) -> bytes:
    count = struct.unpack(">I", table[4:8])[0]
    layout = f">{count}{letter}"
    end = 8 + struct.calcsize(layout)
    offsets = struct.unpack(layout, table[8:end])
    try:
        new = struct.pack(layout, *(n + shift if n > after else n for n in offsets))
    except struct.error:
        raise ValueError("it is too long for its kind of index (4 GB)") from None
    return table[:8] + new + table[end:]


def text_value(text: str) -> bytes:
    """Return a ``data`` box of text."""
    return box(b"data", struct.pack(">II", UTF8, 0) + text.encode())


def handler(kind: bytes) -> bytes:
    """Return the content of the ``hdlr`` box that says which tags a ``meta`` box has."""
    vendor = b"appl" if kind == b"mdir" else bytes(4)
    return bytes(8) + kind + vendor + bytes(9)


def meta_parts(content: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the kind of tags in a ``meta`` box, ``mdir`` or ``mdta``, and the boxes in it.

    The kind is empty if it is none that is known here.
    """
    try:
        parts = children(content[len(meta_head(content)) :])
    except ValueError:
        return b"", []
    return next((inner[8:12] for name, inner in parts if name == b"hdlr"), b""), parts


def meta_head(content: bytes) -> bytes:
    """Return what is before the boxes in a ``meta`` box."""
    return META_HEAD if content[:4] == META_HEAD else b""
