"""Decode the frames and the sound of a local file, with their times."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, Literal

import av
import numpy as np

from lipsync_nb.compare.metrics.arrays import Luma, Samples
from lipsync_nb.decode.containers import (
    Undecodable,
    open_container,
    picture_track,
    sound_track,
)
from lipsync_nb.decode.frames import Shown
from lipsync_nb.decode.pictures import is_picture, read_picture
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import absolute
from lipsync_nb.media import Media
from lipsync_nb.media.media import MediaLike

RATE_HZ = 16_000
"""Sample rate of all decoded sound, Hz. Speech has little above 8 kHz."""
SHORTEST_GAP, LONGEST_GAP = RATE_HZ // 50, 600 * RATE_HZ
"""Gaps in a sound track that are filled, samples: shorter ones are rounding, longer ones are wrong
timestamps."""
LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "nv12", "gray"})
"""Pixel formats whose first plane is 8-bit luma."""


class Missing(Exception):
    """A metric cannot be computed; the text is the reason."""


def local_media(source: MediaLike) -> Media:
    """Return the source as media on this machine.

    Raises:
        BadRequest: It is a URL, or no media, or the file does not exist.
    """
    try:
        media = Media(source)
    except ValueError as error:
        raise BadRequest(f"{line(repr(source))}: {error}") from None
    if media.url is not None:
        raise BadRequest(f"{media}: download it first; only files here can be measured")
    if media.path is None:
        return media
    if not os.path.isfile(media.path):  # noqa: PTH113 - an impossible name is no file either
        raise BadRequest(f"{line(media.path)} is not a file")
    return Media(absolute(media.path))


def size_bytes(media: Media) -> int:
    """Return the size of local media in bytes."""
    return len(media.data or b"") if media.path is None else media.path.stat().st_size


def digest(media: Media) -> str:
    """Return the SHA-256 of local media, in hex."""
    if media.path is None or size_bytes(media) == 0:  # `LocalFile` refuses empty files
        return hashlib.sha256(media.data or b"").hexdigest()
    return media.local().digest


@dataclass(frozen=True)
class AudioTrack:
    """Decoded sound.

    Attributes:
        samples: Mono, at `RATE_HZ`.
        start_s: Presentation time of the first sample, seconds.
    """

    samples: Samples
    start_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / RATE_HZ

    def since(self, time_s: float) -> Samples:
        """Return the samples from a presentation time on, with silence before the first sample."""
        late = round((self.start_s - time_s) * RATE_HZ)
        return np.pad(self.samples, (late, 0)) if late > 0 else self.samples[-late:]


def luma_frames(media: Media) -> Iterator[tuple[float, Luma]]:
    """Yield the presentation time in seconds and the luma of each frame.

    Frames are upright, and all have the size of the first one. Frames that do not decode are left
    out.

    Raises:
        Missing: No frame can be decoded.
    """
    size = None
    for time_s, decoded in _lumas(media):
        luma = decoded
        size = size or luma.shape[::-1]
        if luma.shape[::-1] != size:
            import cv2  # noqa: PLC0415 - not needed to decode sound

            luma = np.asarray(cv2.resize(luma, size), np.uint8)
        yield time_s, luma
    if size is None:
        raise Missing("no frame can be decoded")


def read_audio(media: Media) -> AudioTrack:
    """Decode the sound track, all channels mixed to mono, with silence in its gaps.

    Raises:
        Missing: There is no sound track, or it cannot be decoded.
    """
    resample, start_s, count, chunks = _MonoResampler(), None, 0, []
    for frame, _ in _frames(media, "audio"):
        time_s = float(frame.time or 0.0)
        start_s = time_s if start_s is None else start_s
        gap = round((time_s - start_s) * RATE_HZ) - count
        new = resample(frame)
        if SHORTEST_GAP <= gap <= LONGEST_GAP:
            new.insert(0, np.zeros(gap, np.float32))
        count += sum(map(len, new))
        chunks += new
    chunks += resample(None)
    if start_s is None or not chunks:
        raise Missing("no sound can be decoded")
    return AudioTrack(np.concatenate(chunks), start_s)


class _MonoResampler:
    """Resample a sound track to mono at `RATE_HZ`, also if its format changes on the way."""

    def __init__(self) -> None:
        self.resampler = av.AudioResampler("flt", "mono", RATE_HZ)

    def __call__(self, frame: Any) -> list[Samples]:
        """Return the samples of a frame; ``None`` flushes the resampler."""
        if frame is not None:
            frame.pts = None  # the resampler refuses gaps
        try:
            return self._resample(frame)
        except ValueError:  # the sample rate, the format or the channels have changed
            rest = self._resample(None)
        self.resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        try:
            return rest + self._resample(frame)
        except ValueError as error:
            raise Missing(f"the sound cannot be resampled: {error}") from None

    def _resample(self, frame: Any) -> list[Samples]:
        return [chunk.to_ndarray()[0] for chunk in self.resampler.resample(frame)]


def _lumas(media: Media) -> Iterator[tuple[float, Luma]]:
    with _opened(media) as file:
        if is_picture(file):
            file.seek(0)
            try:
                yield 0.0, np.asarray(read_picture(file).convert("L"))
            except Undecodable as error:
                raise Missing(str(error)) from None
            return
    for frame, track in _frames(media, "video"):
        yield float(frame.time or 0.0), _luma(Shown.of(frame, track))


def _opened(media: Media) -> BinaryIO:
    return BytesIO(media.data or b"") if media.path is None else media.path.open("rb")


def _frames(media: Media, kind: Literal["audio", "video"]) -> Iterator[tuple[Any, Any]]:
    """Yield the frames of a track with the track; damaged packets are skipped."""
    with _opened(media) as file:
        try:
            container = open_container(file)
        except (av.FFmpegError, Undecodable) as error:
            reason = getattr(error, "strerror", None) or error
            empty = size_bytes(media) == 0
            raise Missing(
                "the file is empty" if empty else f"not readable as sound or video ({reason})"
            ) from None
        with container:
            track = sound_track(container) if kind == "audio" else picture_track(container)
            if track is None:
                raise Missing("no sound" if kind == "audio" else "no picture")
            for packet in _until_broken(container.demux(track)):
                try:
                    frames = packet.decode()
                except av.FFmpegError:
                    continue
                yield from ((frame, track) for frame in frames)


def _until_broken(packets: Iterator[Any]) -> Iterator[Any]:
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError):
            return


def _luma(shown: Shown) -> Luma:
    frame = shown.frame
    if frame.format.name not in LUMA_FIRST or shown.oblong != 1.0:
        return shown.pixels(format="gray")
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return shown.turn.shown(rows[: frame.height, : frame.width])
