"""Sounds as arrays: reading, joining and mixing them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.decode import opened, until_broken
from lipsync_nb.sandbox.film.spec import BadMedia

Samples = npt.NDArray[np.float32]

CD_RATE_HZ, VIDEO_RATE_HZ = 44100, 48000
"""Everything is brought to one of these. AAC comes in blocks of 1024 samples, and players may
play the last one to its end: at these rates that is less than a frame, at lower ones more."""

SHORTEST_S = 0.05
"""Less than a frame or two cannot be lip-synced."""

LAYOUTS: Final = {1: "mono", 2: "stereo"}


@dataclass(frozen=True)
class Sound:
    """Decoded sound."""

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
        """All channels mixed, shape (n,)."""
        return np.asarray(self.samples.mean(axis=0, dtype=np.float32))

    def like(self, channels: int, rate: int) -> "Sound":
        """The same sound with so many channels, at this rate."""
        if (channels, rate) == (len(self.samples), self.rate):
            return self
        return from_frames([self.frame()], channels, rate)

    def frame(self, begin: int = 0, end: int | None = None) -> Any:
        """Samples ``begin`` to ``end`` as a PyAV frame that knows its time."""
        samples = np.ascontiguousarray(self.samples[:, begin:end])
        frame = av.AudioFrame.from_ndarray(samples, "fltp", LAYOUTS[len(samples)])
        frame.rate, frame.pts = self.rate, begin
        return frame

    def padded(self, before_s: float, whole_s: float) -> "Sound":
        """Silence, the sound, and silence again until the whole is ``whole_s`` long."""
        before, whole = round(before_s * self.rate), round(whole_s * self.rate)
        after = max(0, whole - before - self.samples.shape[1])
        return replace(self, samples=np.pad(self.samples, ((0, 0), (before, after))))


def read_sound(path: Path) -> Sound:
    """Decode a sound file, or the sound of a clip, at 44.1 or 48 kHz.

    Time zero is the first sample. A file that breaks off gives what came before the break.

    Raises:
        BadMedia: Unreadable, without sound, or shorter than a frame.
    """
    with opened(path) as container:
        if not container.streams.audio:
            raise BadMedia(f"{path.name} has no sound")
        stream = container.streams.audio[0]
        if not stream.rate or not stream.channels:
            raise BadMedia(f"{path.name} has a sound track without samples")
        rate = VIDEO_RATE_HZ if CD_RATE_HZ % stream.rate else CD_RATE_HZ
        sound = from_frames(until_broken(container, "audio"), min(stream.channels, 2), rate)
    if sound.duration_s < SHORTEST_S:
        raise BadMedia(f"{path.name} has no sound to speak of: {sound.duration_s:.3f} s")
    return sound


def from_frames(frames: Iterable[Any], channels: int, rate: int) -> Sound:
    """PyAV's frames as one sound with so many channels, at this rate."""
    resampler = av.AudioResampler("fltp", LAYOUTS[channels], rate)
    pieces = [piece.to_ndarray() for piece in resampled(frames, resampler)]
    samples = np.concatenate(pieces, axis=1) if pieces else np.zeros((channels, 0), np.float32)
    return Sound(np.clip(np.nan_to_num(samples), -1, 1), rate)


def resampled(frames: Iterable[Any], resampler: Any) -> Iterator[Any]:
    """Frames in the resampler's form, with what it holds back to the last."""
    for frame in frames:
        frame.pts = None
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def mixed(sounds: list[Sound]) -> Sound:
    """All sounds at once, from the first one's start to the longest one's end."""
    alike = in_one_form(sounds)
    whole_s = max(sound.duration_s for sound in alike)
    total = sum(sound.padded(0, whole_s).samples for sound in alike)
    return Sound(np.clip(total, -1, 1).astype(np.float32), alike[0].rate)


def joined(sounds: list[Sound]) -> Sound:
    """All sounds, one after the other."""
    alike = in_one_form(sounds)
    return Sound(np.concatenate([sound.samples for sound in alike], axis=1), alike[0].rate)


def in_one_form(sounds: list[Sound]) -> list[Sound]:
    """The sounds with the most channels and the highest rate of any of them."""
    channels = max(len(sound.samples) for sound in sounds)
    rate = max(sound.rate for sound in sounds)
    return [sound.like(channels, rate) for sound in sounds]
