"""The size that a video's container announces, to see whether the file is whole."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lipsync_nb.files import MP4_BOXES

BOXES = MP4_BOXES | {b"meta", b"mfra", b"moof", b"prft", b"sidx", b"ssix", b"styp", b"uuid"}
"""Types of boxes in a file of the MP4 family. Other bytes may follow its boxes."""
BOX_HEADER = 8
"""Bytes of the header of an MP4 box: its size and its type."""
UNKNOWN = {0, 0xFFFFFFFF}
"""The length of a RIFF file in a program that could not go back to write it."""
INDEXES = {b"moov", b"meta"}
"""Types of boxes without which nothing is found in a file: of a clip, and of a HEIC picture."""
EBML, SEGMENT = bytes.fromhex("1A45DFA3"), bytes.fromhex("18538067")
"""Ids of the two elements that a WebM or Matroska file consists of."""


def announced_size(path: Path) -> int | None:
    """Return the bytes that a file must have by its container: MP4, QuickTime, WebM, Matroska, AVI.

    Returns:
        ``None`` if the container does not say, as when a program wrote it while it recorded.
    """
    with path.open("rb") as file:
        begin = file.read(12)
        if begin[:4] == EBML:
            return _matroska(file)
        if begin[:4] == b"RIFF":
            length = int.from_bytes(begin[4:8], "little")
            return None if length in UNKNOWN else BOX_HEADER + length
        return _mp4(file) if begin[4:8] in MP4_BOXES else None


def has_index(path: Path) -> bool | None:
    """Return whether a file of the MP4 family has its index; ``None`` for all other files.

    Cameras and screen recorders write it last.
    """
    with path.open("rb") as file:
        if file.read(BOX_HEADER)[4:] not in MP4_BOXES:
            return None
        return any(kind in INDEXES for kind, _ in _boxes(file))


def _mp4(file: BinaryIO) -> int | None:
    """Return the end of the last box of the MP4 family."""
    end: int | None = 0
    for _, end in _boxes(file):  # noqa: B007 - the last one is wanted
        pass
    return end


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int | None]]:
    """Yield each box's type and end (ISO 14496-12, 4.2); ``None`` if it lasts to the file's end."""
    size, end = file.seek(0, os.SEEK_END), 0
    while end + BOX_HEADER <= size:
        file.seek(end)
        length, kind = int.from_bytes(file.read(4)), file.read(4)
        if kind not in BOXES:
            return
        if length == 1:  # a longer field follows the type
            length = int.from_bytes(file.read(8))
        if length < BOX_HEADER:
            yield kind, None
            return
        end += length
        yield kind, end


def _matroska(file: BinaryIO) -> int | None:
    """Return the end of the segment of a Matroska file (RFC 8794, 4 to 6)."""
    file.seek(len(EBML))
    header = _length(file)
    if header is None:
        return None
    file.seek(header, os.SEEK_CUR)
    if file.read(len(SEGMENT)) != SEGMENT:
        return None
    length = _length(file)
    return None if length is None else file.tell() + length


def _length(file: BinaryIO) -> int | None:
    """Read an element's length: the zeros that lead its first byte say how many more bytes follow.

    Returns:
        ``None`` if it is unknown, in which case all of its bits are set.
    """
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    bits = 7 * (more + 1)
    value = int.from_bytes(first + file.read(more)) & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value
