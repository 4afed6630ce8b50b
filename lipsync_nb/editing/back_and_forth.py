"""The frames of a clip, played forwards and backwards without end."""

from collections.abc import Iterator
from typing import Any

from lipsync_nb.editing.clip import Clip, Size

KEPT_BYTES = 200_000_000
"""Bytes of decoded frames that are kept: 64 frames in 1080p, or 500 of 512 by 512 pixels."""
LEAST_KEPT = 8
"""Frames that are kept, however large they are."""


class BackAndForth:
    """The frames of a clip: 0, 1, 2, 3, 2, 1, 0, 1, and so on.

    A clip of which more frames would be kept is decoded again in each direction,
    backwards piece by piece, each from the key frame before it.

    Args:
        clip: The clip.
        kept_bytes: How many bytes of decoded frames may be kept.
    """

    def __init__(self, clip: Clip, kept_bytes: int = KEPT_BYTES) -> None:
        self._clip, self._count = clip, clip.frame_count
        self._piece = max(LEAST_KEPT, kept_bytes // frame_bytes(clip.size))
        self._kept: list[Any] | None = None

    def frames(self, first: int, count: int) -> Iterator[Any]:
        """Yield so many frames, from a place in the endless sequence on."""
        for start, stop, step in runs(self._count, first, count):
            yield from self._ascending(start, stop) if step > 0 else self._descending(start, stop)

    def _ascending(self, start: int, stop: int) -> Iterator[Any]:
        if self._count <= self._piece:
            self._kept = self._kept or list(self._read(0, self._count))
            yield from self._kept[start:stop]
        else:
            yield from self._read(start, stop - start)

    def _descending(self, start: int, stop: int) -> Iterator[Any]:
        for last in range(start, stop, -self._piece):
            first = max(stop, last - self._piece) + 1
            yield from reversed(list(self._ascending(first, last + 1)))

    def _read(self, first: int, count: int) -> Iterator[Any]:
        rate = self._clip.rate
        return self._clip.at_rate(rate, count, float(first / rate))


def frame_bytes(size: Size) -> int:
    """Return how much memory a frame takes in ``yuv420p``."""
    return size[0] * size[1] * 3 // 2


def runs(length: int, first: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield ranges (start, stop, step) of the frames of a clip, forwards and backwards in turn.

    No frame is doubled at the turns. A clip of one frame is shown again and again.

    Args:
        length: The number of the clip's frames.
        first: The place in the endless sequence.
        count: How many frames are yielded in all.
    """
    turn = max(1, length - 1)
    while count > 0:
        legs, done = divmod(first, turn)
        taken = min(count, turn - done)
        if legs % 2 and length > 1:
            yield turn - done, turn - done - taken, -1
        else:
            start = done if length > 1 else 0
            yield start, start + taken, 1
        first, count = first + taken, count - taken
