"""Decode the frames and the sound of a local file, with their times."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import av
import numpy as np

from lipsync_nb.compare.metrics.arrays import Luma, Samples
from lipsync_nb.decode.containers import (
    Undecodable,
    open_container,
    picture_track,
    sound_tracks,
)
from lipsync_nb.decode.frames import Shown
from lipsync_nb.decode.pictures import is_picture, read_picture
from lipsync_nb.media import Media

RATE_HZ = 16_000
"""Sample rate of all decoded sound, Hz. Speech has little above 8 kHz."""
SHORTEST_GAP, LONGEST_GAP = RATE_HZ // 50, 600 * RATE_HZ
"""Gaps in a sound track that are filled, samples: shorter ones are rounding, longer ones are wrong
timestamps."""
USUAL = {1: "mono", 2: "stereo"}
"""FFmpeg's names of the channels by their number."""
SILENT_PEAK = 1e-3
"""Largest sample of a track that is taken to be silent, relative to full scale."""
LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "nv12", "gray"})
"""Pixel formats whose first plane is 8-bit luma."""
FULL_RANGE = 2
"""FFmpeg's number of luma from 0 to 255."""
LIMITED = (16 + np.arange(256) * 219 / 255).round().astype(np.uint8)
"""Luma from 16 to 235, the range of almost all clips, for luma from 0 to 255."""


class Missing(Exception):
    """A metric cannot be computed; the text is the reason."""


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
        number: Which of the file's sound tracks it is, counted from 1.
        of: The number of these tracks.
    """

    samples: Samples
    start_s: float
    number: int = 1
    of: int = 1

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / RATE_HZ

    @property
    def end_s(self) -> float:
        """Presentation time of the end, seconds."""
        return self.start_s + self.duration_s

    @property
    def audible(self) -> bool:
        """Whether any sample is louder than `SILENT_PEAK`."""
        return bool(np.abs(self.samples).max(initial=0) > SILENT_PEAK)

    def since(self, time_s: float) -> Samples:
        """Return the samples from a presentation time on, with silence before the first sample."""
        late = round((self.start_s - time_s) * RATE_HZ)
        return np.pad(self.samples, (late, 0)) if late > 0 else self.samples[-late:]


def luma_frames(media: Media) -> Iterator[tuple[float, Luma]]:
    """Yield the presentation time in seconds and the luma of each frame, from 16 to 235.

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
    """Decode the first sound track that is not silent, or else the first one.

    All channels are mixed to mono, and gaps are filled with silence.

    Raises:
        Missing: There is no sound track, or none can be decoded.
    """
    count = _count_sounds(media)
    found = []
    for index in range(count):
        try:
            found.append(_read_track(media, index, count))
        except Missing:
            if index == count - 1 and not found:
                raise
            continue
        if found[-1].audible:
            return found[-1]
    return found[0]


def _count_sounds(media: Media) -> int:
    with _container(media) as container:
        if not (count := len(sound_tracks(container))):
            raise Missing("no sound")
    return count


def _read_track(media: Media, index: int, of: int) -> AudioTrack:
    resample, start_s, count, chunks = Resampler("mono", RATE_HZ), None, 0, []
    for frame in sound_frames(media, index):
        time_s = float(frame.time or 0.0)
        start_s = time_s if start_s is None else start_s
        gap = round((time_s - start_s) * RATE_HZ) - count
        new = [chunk.to_ndarray()[0] for chunk in resample(frame)]
        if SHORTEST_GAP <= gap <= LONGEST_GAP:
            new.insert(0, np.zeros(gap, np.float32))
        count += sum(map(len, new))
        chunks += new
    chunks += [chunk.to_ndarray()[0] for chunk in resample(None)]
    if start_s is None or not chunks:
        raise Missing("no sound can be decoded")
    return AudioTrack(np.concatenate(chunks), start_s, index + 1, of)


def announced_s(media: Media) -> tuple[float | None, float | None]:
    """Return how long a clip says that its picture is, and the whole of it, in seconds.

    ``None`` where it does not say that.
    """
    with _container(media) as container:
        track = picture_track(container)
        picture = None
        if track is not None and track.duration and track.time_base:
            picture = float(track.duration * track.time_base)
        whole = container.duration / 1e6 if container.duration else None
    return picture, whole


def sound_frames(media: Media, index: int) -> Iterator[Any]:
    """Yield the frames of a sound track, counted from 0; damaged packets are skipped.

    Raises:
        Missing: It is no readable file.
    """
    for frame, _ in _frames(media, lambda container: sound_tracks(container)[index]):
        yield frame


class Resampler:
    """Resample a sound track to packed floats, also if its format changes on the way.

    Args:
        layout: The channels; by default those of the first frame.
        rate_hz: The sample rate; by default that of the first frame.
    """

    def __init__(self, layout: str | None = None, rate_hz: int | None = None) -> None:
        self.layout, self.rate_hz = layout, rate_hz
        self.resampler: av.AudioResampler | None = None

    def __call__(self, frame: Any) -> list[Any]:
        """Return the resampled frames; ``None`` flushes the resampler."""
        if frame is not None:
            channels = frame.layout.nb_channels  # not all WAVs name them
            self.layout = self.layout or USUAL.get(channels, frame.layout.name)
            self.rate_hz = self.rate_hz or frame.sample_rate
            frame.pts = None  # the resampler refuses gaps
        try:
            return self._resample(frame)
        except ValueError:  # the sample rate, the format or the channels have changed
            rest = self._resample(None)
        self.resampler = None
        try:
            return rest + self._resample(frame)
        except ValueError as error:
            raise Missing(f"the sound cannot be resampled: {error}") from None

    def _resample(self, frame: Any) -> list[Any]:
        if self.resampler is None:
            self.resampler = av.AudioResampler("flt", self.layout, self.rate_hz)
        return [piece for piece in self.resampler.resample(frame) if piece is not None]


def _lumas(media: Media) -> Iterator[tuple[float, Luma]]:
    with _opened(media) as file:
        if is_picture(file):
            file.seek(0)
            try:
                yield 0.0, LIMITED[np.asarray(read_picture(file).convert("L"))]
            except Undecodable as error:
                raise Missing(str(error)) from None
            return
    for frame, track in _frames(media, picture_track):
        yield float(frame.time or 0.0), _luma(Shown.of(frame, track))


def _opened(media: Media) -> BinaryIO:
    return BytesIO(media.data or b"") if media.path is None else media.path.open("rb")


@contextmanager
def _container(media: Media) -> Iterator["av.container.InputContainer"]:
    if size_bytes(media) == 0:
        raise Missing("the file is empty")
    with _opened(media) as file:
        try:
            container = open_container(file)
        except (av.FFmpegError, Undecodable) as error:
            reason = getattr(error, "strerror", None) or error
            raise Missing(f"not readable as sound or video ({reason})") from None
        with container:
            yield container


def _frames(media: Media, choose: Callable[[Any], Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the frames of a track with the track; damaged packets are skipped."""
    with _container(media) as container:
        if (track := choose(container)) is None:
            raise Missing("no picture")
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
        return LIMITED[shown.pixels(format="gray")]  # FFmpeg's grey has the full range
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    luma = shown.turn.shown(rows[: frame.height, : frame.width])
    has_full_range = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    return LIMITED[luma] if has_full_range else luma
