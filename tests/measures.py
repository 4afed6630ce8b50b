"""Decode and measure videos for tests, independently of the renderer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

DARK = 60
"""Brightness, of 255, below which a pixel counts as the inside of a mouth."""
LAGS_S = np.arange(-0.6, 0.601, 0.01)


@dataclass(frozen=True)
class Watched:
    """A decoded video."""

    times: npt.NDArray[np.float64]
    """Presentation times of the frames, seconds."""
    frames: list[Pixels]
    """RGB frames, shape (height, width, 3)."""
    sound: npt.NDArray[np.float64]
    """Samples of all channels, shape (channels, n)."""
    rate: int
    sound_start_s: float
    video_s: float
    """Duration of the video stream, seconds."""
    sound_s: float
    """Duration of the audio stream, seconds."""


def watch(path: Path) -> Watched:
    """Decode a whole video."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        video_s = float(video.duration * video.time_base)
        sound_s = float(audio.duration * audio.time_base)
        decoded = list(container.decode(video, audio))
    pictures = [frame for frame in decoded if isinstance(frame, av.VideoFrame)]
    sounds = [frame for frame in decoded if isinstance(frame, av.AudioFrame)]
    samples = np.concatenate([frame.to_ndarray() for frame in sounds], axis=1).astype(float)
    return Watched(
        np.array([frame.time for frame in pictures]),
        [frame.to_ndarray(format="rgb24") for frame in pictures],
        samples,
        sounds[0].rate,
        sounds[0].time,
        video_s,
        sound_s,
    )


def hear(path: Path, rate: int) -> npt.NDArray[np.float64]:
    """Decode a sound file to mono at this sample rate."""
    resampler = av.AudioResampler("fltp", "mono", rate)
    with av.open(str(path)) as container:
        pieces = [
            piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)
        ]
    pieces += resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces]).astype(float)


def delay_ms(heard: npt.NDArray[np.float64], said: npt.NDArray[np.float64], rate: int) -> float:
    """Return how many milliseconds ``heard`` is later than ``said``, by cross-correlation."""
    length = 1 << (len(heard) + len(said)).bit_length()
    spectrum = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length))
    shift = int(np.argmax(np.fft.irfft(spectrum)))
    return 1000 * (shift - length if shift > length // 2 else shift) / rate


def darkness(watched: Watched, box_at: Callable[[float], Box]) -> npt.NDArray[np.float64]:
    """Return the share of dark pixels in a box for each frame: how open a mouth is."""
    shares = []
    for time_s, frame in zip(watched.times, watched.frames, strict=True):
        left, top, right, bottom = box_at(float(time_s))
        shares.append((frame[top:bottom, left:right].mean(axis=2) < DARK).mean())
    return np.array(shares)


def loudness(watched: Watched) -> npt.NDArray[np.float64]:
    """Return the square root of the sound's level every 10 ms, in windows of 40 ms."""
    mono, hop = watched.sound.mean(axis=0), watched.rate // 100
    energy = np.concatenate([[0], np.cumsum(np.pad(mono, (2 * hop, 4 * hop)) ** 2)])
    starts = np.arange(len(mono) // hop) * hop
    return np.sqrt(np.sqrt((energy[starts + 4 * hop] - energy[starts]) / (4 * hop)))


def sound_lag_ms(watched: Watched, opening: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return how late the sound is against the mouth, and their correlation at that lag.

    Args:
        watched: The video.
        opening: The mouth's opening, one value per frame.

    Returns:
        The lag in milliseconds, and the correlation.
    """
    loud = loudness(watched)
    hops = np.arange(len(loud)) * 0.01 + watched.sound_start_s
    times = np.arange(0.6, min(watched.times[-1], hops[-1]) - 0.6, 0.01)
    open_then = np.interp(times, watched.times, opening)
    fits = [np.corrcoef(open_then, np.interp(times + lag, hops, loud))[0, 1] for lag in LAGS_S]
    best = int(np.argmax(fits))
    return 1000 * float(LAGS_S[best]), float(fits[best])
