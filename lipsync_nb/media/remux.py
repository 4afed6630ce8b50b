"""What an MP4 says of itself: tags are read, and added to a copy whose tracks are unchanged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lipsync_nb.errors import BadRequest, line
from lipsync_nb.media.probe import opened

TECHNICAL = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "creation_time"}
)
"""Tags that belong to the container, and not to its content."""
PLAIN_TAGS = frozenset({"title", "artist", "album", "comment", "copyright", "date", "description"})
"""Tags that every player knows. If there are others, all are written as QuickTime's keys."""


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
    """Copy a clip with further tags. Its pictures and its sound are not encoded again.

    Args:
        source: The clip.
        target: The MP4 that is written.
        tags: By FFmpeg's names. Those of the source are kept, unless they are among these.

    Raises:
        BadRequest: The source cannot be copied so, or the target cannot be written.
    """
    import av  # noqa: PLC0415 - heavy, and seldom needed

    both = tags_of(source) | dict(tags)
    flags = "+faststart" if PLAIN_TAGS.issuperset(both) else "+faststart+use_metadata_tags"
    try:
        with (
            opened(source) as read,
            av.open(str(target), "w", format="mp4", options={"movflags": flags}) as written,
        ):
            written.metadata.update(both)
            tracks = {track.index: _like(written, track) for track in _copied(read)}
            for packet in read.demux([read.streams[index] for index in tracks]):
                if packet.dts is not None:  # the last one of a track is empty
                    packet.stream = tracks[packet.stream.index]
                    written.mux(packet)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadRequest(f"{line(source)} cannot be copied with tags ({error})") from None


def _copied(container: Any) -> list[Any]:
    kinds = {"video", "audio", "subtitle"}
    return [track for track in container.streams if track.type in kinds]


def _like(container: Any, track: Any) -> Any:
    made = container.add_stream_from_template(track)
    made.metadata.update(track.metadata)
    return made
