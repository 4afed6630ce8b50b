"""The packets of a track, of files that may be damaged."""

from collections.abc import Iterator
from typing import Any

import av


def packets(container: Any, track: Any) -> Iterator[Any]:
    """Yield the packets of a track until the end, or until the container is damaged."""
    found = container.demux(track)
    while True:
        try:
            yield next(found)
        except (StopIteration, av.FFmpegError):
            return


def frames(container: Any, track: Any) -> Iterator[Any]:
    """Yield the frames of a track, without damaged ones."""
    for packet in packets(container, track):
        try:
            decoded = packet.decode()
        except av.FFmpegError:  # the next one may be whole
            continue
        yield from decoded
