"""Sound as samples, read and written exactly."""

import wave
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
import numpy.typing as npt

from lipsync_nb.decode.containers import picture_track, sound_tracks
from lipsync_nb.editing.demux import frames
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.media.probe import opened

Samples = npt.NDArray[np.float32]
"""Full scale is 1; shape (channels, samples)."""

LAYOUTS = {1: "mono", 2: "stereo"}
"""FFmpeg's names of the channels by their number. Sound with more of them is mixed to two."""
SMALLEST_GAP_S, LARGEST_GAP_S = 0.02, 600.0
"""Gaps in a track that are filled with silence, in seconds. Shorter ones are rounding, longer ones
wrong timestamps."""
FULL_SCALE = 32768
"""The samples of 16 bits are multiples of its inverse."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound of one or two channels.

    Attributes:
        samples: Its samples, of shape (channels, samples).
        rate: Samples per second.
    """

    samples: Samples
    rate: int

    @classmethod
    def silence(cls, rate: int, channels: int, samples: int) -> Self:
        """Return silence."""
        return cls(np.zeros((channels, samples), np.float32), rate)

    @property
    def seconds(self) -> float:
        """Its length in seconds."""
        return len(self) / self.rate

    @property
    def layout(self) -> str:
        """FFmpeg's name of its channels."""
        return LAYOUTS[len(self.samples)]

    def __len__(self) -> int:
        """Return the number of samples of a channel."""
        return int(self.samples.shape[1])

    def __getitem__(self, part: slice) -> Self:
        """Return a part, by its samples."""
        return replace(self, samples=self.samples[:, part])

    def of_length(self, samples: int) -> Self:
        """Return its beginning, or all of it followed by silence."""
        missing = max(0, samples - len(self))
        padded: Samples = np.pad(self.samples[:, :samples], ((0, 0), (0, missing)))
        return replace(self, samples=padded)

    def converted(self, rate: int, channels: int) -> Self:
        """Return it with another sample rate or number of channels."""
        if (rate, channels) == (self.rate, len(self.samples)):
            return self
        resampler = av.AudioResampler("fltp", LAYOUTS[channels], rate)
        pieces = [*resampler.resample(self.frame()), *resampler.resample(None)]
        chunks = [piece.to_ndarray() for piece in pieces if piece is not None]
        nothing = np.zeros((channels, 0), np.float32)
        samples: Samples = np.concatenate([nothing, *chunks], axis=1)
        return replace(self, samples=samples, rate=rate).of_length(
            round(len(self) * rate / self.rate)
        )

    def frame(self) -> Any:
        """Return it as a frame of PyAV."""
        samples = np.ascontiguousarray(self.samples)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self.layout)
        frame.sample_rate = self.rate
        return frame

    def write_wav(self, path: Path) -> None:
        """Write it as a WAV; see `wav`."""
        path.write_bytes(self.wav())

    def wav(self) -> bytes:
        """Return it as a WAV of 16 bits. Samples that were read from 16 bits are unchanged."""
        scaled = np.rint(self.samples.T * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1)
        with BytesIO() as data, wave.open(data, "wb") as file:
            file.setnchannels(len(self.samples))
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(scaled.astype("<i2").tobytes())
            return data.getvalue()


def read_sound(path: Path) -> Sound | None:
    """Decode the first sound track of a file, as it is played; ``None`` if it has none.

    Time zero is the beginning of the picture, if there is one. What an encoder has put before and
    after the sound is left out, and gaps are filled with silence. A minute takes 12 MB per channel
    at 48,000 samples per second.

    Raises:
        BadRequest: It is neither sound nor a clip, or nothing of its sound can be decoded.
    """
    try:
        with opened(path) as container:
            tracks = sound_tracks(container)
            if not tracks:
                return None
            track, picture = tracks[0], picture_track(container)
            start_s = _start_s(picture) if picture is not None else _start_s(track)
            parts = _Timeline(start_s)
            for frame in frames(container, track):
                parts.add(frame)
            sound = parts.sound()
            length_s = _stated_s(container, track, start_s)
    except (av.FFmpegError, OSError) as error:
        raise BadRequest(
            f"{line(path)}: its sound cannot be read ({error.strerror or error})"
        ) from None
    if sound is None:
        raise BadRequest(f"{line(path)}: nothing of its sound can be decoded")
    return sound if length_s is None else sound[: round(length_s * sound.rate)]


def _start_s(track: Any) -> float:
    return float((track.start_time or 0) * track.time_base)


def _stated_s(container: Any, track: Any, start_s: float) -> float | None:
    """Return when a track ends by its container, if that is exact: an MP4 with an index."""
    if not container.format.name.startswith("mov") or not (track.frames and track.duration):
        return None
    return _start_s(track) + float(track.duration * track.time_base) - start_s


class _Timeline:
    """The frames of a track, each at its time.

    Args:
        start_s: The time that becomes zero.
    """

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._resampler: av.AudioResampler | None = None
        self._chunks: list[Samples] = []
        self._count = self._rate = self._channels = 0

    def add(self, frame: Any) -> None:
        """Add the next frame. One of another rate or layout than the first is converted."""
        if self._resampler is None:
            self._rate, self._channels = frame.sample_rate, min(2, frame.layout.nb_channels)
            self._resampler = self._new_resampler()
        time_s = None if frame.time is None else frame.time - self._start_s
        frame.pts = None  # the resampler refuses gaps
        try:
            new = self._resampler.resample(frame)
        except ValueError:  # the format has changed
            new = self._resampler.resample(None)
            self._resampler = self._new_resampler()
            new = [*new, *self._resampler.resample(frame)]
        self._fill(time_s)
        self._keep(new)

    def _new_resampler(self) -> av.AudioResampler:
        return av.AudioResampler("fltp", LAYOUTS[self._channels], self._rate)

    def _fill(self, time_s: float | None) -> None:
        if time_s is None:
            return
        gap = round(time_s * self._rate) - self._count
        if self._count == 0:
            self._count = min(gap, 0)  # what lies before zero is left out by `_keep`
        least = SMALLEST_GAP_S * self._rate if self._chunks else 1
        if least <= gap <= LARGEST_GAP_S * self._rate:
            self._keep_samples(np.zeros((self._channels, gap), np.float32))

    def _keep(self, frames: list[Any]) -> None:
        for frame in frames:
            if frame is not None:
                self._keep_samples(frame.to_ndarray())

    def _keep_samples(self, samples: Samples) -> None:
        early = max(0, -self._count)
        self._count += samples.shape[1]
        if samples.shape[1] > early:
            self._chunks.append(samples[:, early:])

    def sound(self) -> Sound | None:
        """Return the sound; ``None`` if nothing was added."""
        if self._resampler is None:
            return None
        self._keep(self._resampler.resample(None))
        if not self._chunks:
            return None
        return Sound(np.concatenate(self._chunks, axis=1), self._rate)
