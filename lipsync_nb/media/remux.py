"""Reads the tags of clips, and copies clips with other tags: all else stays, to the byte."""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import CHUNK
from lipsync_nb.media import boxes
from lipsync_nb.media.mp4_tags import tagged
from lipsync_nb.media.probe import opened

TECHNICAL = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "creation_time"}
)
"""Tags that belong to the container, and not to its content."""
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
            parts = list(boxes.outermost(file, source.stat().st_size))
            place, index = _index(file, parts)
            if not _is_fragmented(index):
                _copy(file, parts, place, tagged(index, tags), target)
                return
        plain = target.with_name(f"{target.stem}-plain.mp4")
        try:
            unfragment(source, plain)
            # FFmpeg's muxer leaves out the tags of names that it does not know.
            copy_with_tags(plain, target, {**tags_of(source), **tags})
        finally:
            plain.unlink(missing_ok=True)
    except (ValueError, struct.error, av.FFmpegError) as error:
        target.unlink(missing_ok=True)
        why = f"its tags cannot be written ({error})"
        raise BadRequest(f"{line(source)}: {why}; give an MP4 or MOV that is whole") from None


def _index(file: BinaryIO, parts: list[boxes.BoxRange]) -> tuple[boxes.BoxRange, bytes]:
    """Return where the ``moov`` of a file is, and its content."""
    place = next((part for part in parts if part.kind == b"moov"), None)
    if place is None or place.size > LONGEST_INDEX:
        raise ValueError("it has no index, as an MP4 has" if place is None else "its index is huge")
    file.seek(place.start + place.head)
    return place, file.read(place.size - place.head)


def _is_fragmented(index: bytes) -> bool:
    return any(kind == b"mvex" for kind, _ in boxes.children(index))


def _copy(
    file: BinaryIO, parts: list[boxes.BoxRange], place: boxes.BoxRange, index: bytes, target: Path
) -> None:
    """Copy a file with another index, whose place and new content are given."""
    shift = boxes.HEAD + len(index) - place.size
    new = boxes.box(b"moov", boxes.with_shifted_offsets(index, shift, place.start))
    with target.open("wb") as out:
        for part in parts:
            if part is place:
                out.write(new)
            else:
                _copy_bytes(file, out, part)


def _copy_bytes(file: BinaryIO, out: BinaryIO, part: boxes.BoxRange) -> None:
    file.seek(part.start)
    left = part.size
    while left and (data := file.read(min(left, CHUNK))):
        out.write(data)
        left -= len(data)


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
