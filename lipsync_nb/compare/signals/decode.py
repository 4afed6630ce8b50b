"""The frames and the sound of a file, with the times at which they are shown and heard."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import av
import cv2
import numpy as np

from lipsync_nb.compare.signals.arrays import Luma, Samples
from lipsync_nb.compare.signals.row import Missing
from lipsync_nb.compare.signals.source import opened, size_bytes
from lipsync_nb.media import Media
from lipsync_nb.media.probe import open_container

RATE_HZ = 16_000
"""Sample rate of all sound here, Hz: speech has little above 8 kHz."""
SHORTEST_GAP, LONGEST_GAP = RATE_HZ // 50, 600 * RATE_HZ
"""Samples by which a sound track's times run ahead: less is rounding, more is nonsense."""
LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "nv12", "gray"})
"""Pixel formats whose first plane is the light, in bytes."""


@dataclass(frozen=True)
class Sound:
    """Decoded sound.

    Attributes:
        samples: Mono, at `RATE_HZ`.
        start_s: When the first sample is heard, on the file's own clock.
    """

    samples: Samples
    start_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / RATE_HZ

    def since(self, time_s: float) -> Samples:
        """Return the samples from a time on; silence stands for what comes before the first."""
        late = round((self.start_s - time_s) * RATE_HZ)
        return np.pad(self.samples, (late, 0)) if late > 0 else self.samples[-late:]


def luma_frames(media: Media) -> Iterator[tuple[float, Luma]]:
    """Yield each frame's presentation time in seconds and its light, upright, of one size.

    A file that breaks off gives the frames before the break, a damaged one those that decode.

    Raises:
        Missing: There is no frame.
    """
    size = None
    for frame in _frames(media, "video"):
        luma = _luma(frame)
        size = size or luma.shape[::-1]
        if luma.shape[::-1] != size:
            luma = np.asarray(cv2.resize(luma, size), np.uint8)
        yield float(frame.time or 0.0), luma
    if size is None:
        raise Missing("no frame can be decoded")


def read_sound(media: Media) -> Sound:
    """Decode the first sound track, all channels mixed; silence stands for its gaps.

    Raises:
        Missing: There is none, or none of it decodes.
    """
    mono, start_s, count, pieces = _Mono(), None, 0, []
    for frame in _frames(media, "audio"):
        time_s = float(frame.time or 0.0)
        start_s = time_s if start_s is None else start_s
        gap = round((time_s - start_s) * RATE_HZ) - count
        found = mono.take(frame)
        if SHORTEST_GAP <= gap <= LONGEST_GAP:
            found.insert(0, np.zeros(gap, np.float32))
        count += sum(map(len, found))
        pieces += found
    pieces += mono.take(None)
    if start_s is None or not pieces:
        raise Missing("no sound can be decoded")
    return Sound(np.concatenate(pieces), start_s)


class _Mono:
    """Resamples a sound track, whose format may change on the way."""

    def __init__(self) -> None:
        self.resampler = _resampler()

    def take(self, frame: Any) -> list[Samples]:
        """Return what a frame, or the end (``None``), gives."""
        if frame is not None:
            frame.pts = None  # the resampler would not take gaps
        try:
            return self._resampled(frame)
        except ValueError:  # another rate, format or number of channels than before
            rest = self._resampled(None)
            self.resampler = _resampler()
            return rest + self._resampled(frame)

    def _resampled(self, frame: Any) -> list[Samples]:
        return [piece.to_ndarray()[0] for piece in self.resampler.resample(frame)]


def _resampler() -> av.AudioResampler:
    return av.AudioResampler("flt", "mono", RATE_HZ)


def _frames(media: Media, kind: Literal["audio", "video"]) -> Iterator[Any]:
    """Yield what decodes of the first track of a kind."""
    with _container(media) as container:
        track = next(iter(getattr(container.streams, kind)), None)
        if track is None:
            raise Missing("no sound" if kind == "audio" else "no picture")
        for packet in _until_broken(container.demux(track)):
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue  # one damaged packet


@contextmanager
def _container(media: Media) -> Iterator[Any]:
    with opened(media) as file:
        try:
            container = open_container(file)
        except (av.FFmpegError, ValueError) as error:
            raise Missing(_reason(media, error)) from None
        with container:
            yield container


def _reason(media: Media, error: Exception) -> str:
    if size_bytes(media) == 0:
        return "the file is empty"
    return f"not readable as sound or video ({getattr(error, 'strerror', None) or error})"


def _until_broken(packets: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError):
            return


def _luma(frame: Any) -> Luma:
    if frame.format.name in LUMA_FIRST:
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        luma = rows[: frame.height, : frame.width]
    else:
        luma = frame.to_ndarray(format="gray")
    return np.ascontiguousarray(np.rot90(luma, frame.rotation // 90)) if frame.rotation else luma
