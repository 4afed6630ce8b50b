"""The boxes of an MP4 or MOV: its index ``moov``, which says where its frames are, and its tags.

Sources: ISO/IEC 14496-12 (boxes, ``stco``, ``co64``); Apple's QuickTime File Format, "Metadata"
(``keys`` and ``ilst`` of handler ``mdta``); the tags of iTunes are those that FFmpeg's ``movenc.c``
writes (``ilst`` of handler ``mdir``).
"""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

CHILDREN = frozenset({b"trak", b"mdia", b"minf", b"stbl"})
"""The boxes on the way from ``moov`` to the offsets of chunks."""
HEAD, LARGE_HEAD = 8, 16
"""Bytes before a box's content: its size and type, and with a size of 64 bits."""
UTF8 = 1
"""The type of a value that is text."""
META_HEAD = bytes(4)
"""Version and flags of a ``meta`` box of MP4. QuickTime's has none."""


class Place(NamedTuple):
    """A box of a file: its type, where it begins, and how long it is, in bytes."""

    kind: bytes
    start: int
    size: int


def places(file: BinaryIO, length: int) -> Iterator[Place]:
    """Yield the outermost boxes of a file; `ValueError` if one is damaged.

    Args:
        file: The file.
        length: Its length in bytes.
    """
    start = 0
    while start + HEAD <= length:
        file.seek(start)
        head = file.read(LARGE_HEAD)
        size, kind = struct.unpack(">I4s", head[:HEAD])
        if size == 1 and len(head) == LARGE_HEAD:
            size = struct.unpack(">Q", head[HEAD:])[0]
        size = size or length - start
        if size < HEAD or start + size > length:
            raise ValueError(f"a box at byte {start:,} is damaged")
        yield Place(kind, start, size)
        start += size


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box."""
    return struct.pack(">I4s", HEAD + len(content), kind) + content


def children(content: bytes) -> list[tuple[bytes, bytes]]:
    """Return the types and contents of the boxes in another one.

    What is no box at the end, such as QuickTime's zero, is left out.
    """
    found, start = [], 0
    while start + HEAD <= len(content):
        size, kind = struct.unpack(">I4s", content[start : start + HEAD])
        if size < HEAD or start + size > len(content):
            break
        found.append((kind, content[start + HEAD : start + size]))
        start += size
    return found


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    """Return boxes, one after the other."""
    return b"".join(box(kind, content) for kind, content in parts)


def moved(content: bytes, by: int, behind: int) -> bytes:
    """Return the content of a ``moov`` for frames that are elsewhere.

    Args:
        content: Its content.
        by: By how many bytes the frames move.
        behind: Only those behind this byte of the file move.

    Raises:
        ValueError: An offset becomes too large.
    """
    movers = {**OFFSETS, **dict.fromkeys(CHILDREN, moved)}
    return joined(
        [
            (kind, movers[kind](inner, by, behind) if kind in movers else inner)
            for kind, inner in children(content)
        ]
    )


def _mover(letter: str) -> Callable[[bytes, int, int], bytes]:
    def move(content: bytes, by: int, behind: int) -> bytes:
        count = struct.unpack(">I", content[4:8])[0]
        layout = f">{count}{letter}"
        offsets = struct.unpack(layout, content[8 : 8 + struct.calcsize(layout)])
        try:
            new = struct.pack(layout, *(n + by if n > behind else n for n in offsets))
        except struct.error:
            raise ValueError("it is too long for its kind of index (4 GB)") from None
        return content[:8] + new

    return move


OFFSETS = {b"stco": _mover("I"), b"co64": _mover("Q")}
"""How the offsets of chunks are moved: of 32 bits, and of 64."""


def text_value(text: str) -> bytes:
    """Return a ``data`` box of text."""
    return box(b"data", struct.pack(">II", UTF8, 0) + text.encode())


def handler(kind: bytes) -> bytes:
    """Return the ``hdlr`` box that says which tags a ``meta`` box has."""
    vendor = b"appl" if kind == b"mdir" else bytes(4)
    return box(b"hdlr", bytes(8) + kind + vendor + bytes(9))


def meta_parts(content: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Return the kind of tags in a ``meta`` box, ``mdir`` or ``mdta``, and the boxes in it."""
    parts = children(content[4:] if content[:4] == META_HEAD else content)
    kind = next((inner[8:12] for name, inner in parts if name == b"hdlr"), b"")
    return kind, parts
