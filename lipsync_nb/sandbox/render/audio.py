"""Audio as arrays: reading, joining and mixing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt

from lipsync_nb.decode.containers import sound_track
from lipsync_nb.sandbox.render.media import BadMedia, decoded, is_picture, opened, video_length_s

Samples = npt.NDArray[np.float32]

CD_RATE_HZ, VIDEO_RATE_HZ = 44100, 48000
"""All audio is resampled to one of these. AAC has blocks of 1024 samples, and a player may play the
whole last block. At these rates a block is shorter than a video frame."""

MIN_DURATION_S = 0.05
"""A shorter speech lasts one frame only and cannot be lip-synced."""

LAYOUTS: Final = {1: "mono", 2: "stereo"}


@dataclass(frozen=True)
class Audio:
    """Decoded audio."""

    samples: Samples
    """Shape (channels, n), one or two channels, full scale ±1."""
    rate: int
    """Samples per second."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.rate)

    @property
    def mono(self) -> Samples:
        """The mean of all channels, shape (n,)."""
        return np.asarray(self.samples.mean(axis=0, dtype=np.float32))

    def frame(self, begin: int = 0, end: int | None = None) -> Any:
        """Samples ``begin`` to ``end`` as a PyAV frame with its timestamp."""
        samples = np.ascontiguousarray(self.samples[:, begin:end])
        frame = av.AudioFrame.from_ndarray(samples, "fltp", LAYOUTS[len(samples)])
        frame.rate, frame.pts = self.rate, begin
        return frame

    def padded(self, before_s: float, total_s: float) -> "Audio":
        """The audio with silence before it, and after it up to ``total_s`` seconds."""
        before, total = round(before_s * self.rate), round(total_s * self.rate)
        after = max(0, total - before - self.samples.shape[1])
        return replace(self, samples=np.pad(self.samples, ((0, 0), (before, after))))


def read_audio(path: Path) -> Audio:
    """Decode an audio file, or the audio of a clip, at 44.1 or 48 kHz.

    Of a damaged file, the part before the damage is given.

    Raises:
        BadMedia: The file cannot be read, has no audio, or is shorter than MIN_DURATION_S.
    """
    with opened(path) as container:
        if (stream := sound_track(container)) is None:
            raise BadMedia(f"{path.name} has no sound")
        if not stream.rate or not stream.channels:
            raise BadMedia(f"{path.name} has a sound track without samples")
        rate = VIDEO_RATE_HZ if CD_RATE_HZ % stream.rate else CD_RATE_HZ
        audio = _resampled(decoded(container, stream), min(stream.channels, 2), rate)
    if audio.duration_s < MIN_DURATION_S:
        raise BadMedia(f"{path.name} has no sound longer than {MIN_DURATION_S} s")
    return audio


def _resampled(frames: Iterable[Any], channels: int, rate: int) -> Audio:
    resampler = av.AudioResampler("fltp", LAYOUTS[channels], rate)
    pieces: list[npt.NDArray[Any]] = [np.zeros((channels, 0), np.float32)]
    for frame in (*frames, None):  # None makes the resampler return what it still holds
        if frame is not None:
            frame.pts = None
        pieces += [piece.to_ndarray() for piece in resampler.resample(frame)]
    return Audio(np.clip(np.nan_to_num(np.concatenate(pieces, axis=1)), -1, 1), rate)


def mixed(parts: Sequence[Audio]) -> Audio:
    """All parts at the same time, each from the start."""
    alike = _same_format(parts)
    total_s = max(part.duration_s for part in alike)
    total = sum(part.padded(0, total_s).samples for part in alike)
    return Audio(np.clip(total, -1, 1).astype(np.float32), alike[0].rate)


def joined(parts: Sequence[Audio]) -> Audio:
    """All parts, one after the other."""
    alike = _same_format(parts)
    return Audio(np.concatenate([part.samples for part in alike], axis=1), alike[0].rate)


def _same_format(parts: Sequence[Audio]) -> list[Audio]:
    """The parts with the highest number of channels and the highest rate of any of them."""
    channels, rate = max(len(part.samples) for part in parts), max(part.rate for part in parts)
    return [
        part
        if (len(part.samples), part.rate) == (channels, rate)
        else _resampled([part.frame()], channels, rate)
        for part in parts
    ]


def duration_s(media: Path) -> float:
    """Length in seconds: of the audio, or of the video where there is no audio.

    Raises:
        BadMedia: The file cannot be read, or has neither audio nor video.
    """
    if is_picture(media):
        raise BadMedia(f"{media.name} is a still picture")
    with opened(media) as container:
        has_audio = sound_track(container) is not None
    if has_audio:
        return read_audio(media).duration_s
    return video_length_s(media)
