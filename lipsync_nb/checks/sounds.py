"""Measures a sound: how loud it is where voices are, how much that varies, and what is clipped."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from lipsync_nb.decode.containers import Undecodable, open_container, sound_track
from lipsync_nb.files import LocalFile, cached_by_version

Samples = npt.NDArray[np.float32]
"""Full scale is 1; shape (channels, samples)."""

LONGEST_S = 300
"""Seconds of a sound that are measured."""
WINDOW_S = 0.05
"""Seconds over which a level is taken; a syllable takes about four of them."""
VOICE_HZ = (300, 3400)
"""The band of telephones. Hum is below it."""
LOUD_WINDOWS, LOUD_SHARE = 10, 0.05
"""How many windows are the loud parts: half a second, or this share of a short sound."""
QUIET = 10
"""Percentile of the levels that is the level of the quiet parts."""
FULL_SCALE = 0.98
"""What counts as full scale, as formats with losses move clipped samples."""
LEAST_POWER = 1e-14
"""-140 dB, which is the level of digital silence here."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured in a sound.

    Attributes:
        channels_db: The level of each channel's loud parts in the band of voices, in dB relative to
            a tone at full scale.
        mixed_db: The same of all channels mixed to one.
        range_db: How much louder the loud parts of the mix are than its quiet ones, in dB.
        clipped: The share of the samples at full scale, from 0 to 1, in the worst channel.
    """

    channels_db: tuple[float, ...]
    mixed_db: float
    range_db: float
    clipped: float


def measure(file: LocalFile) -> Loudness | None:
    """Measure the first `LONGEST_S` of a sound; ``None`` if nothing can be decoded.

    A minute takes about 0.3 s of a processor. Each version of a file is measured once.

    Raises:
        OSError: The file cannot be read.
    """
    return _measure(file.path)


@cached_by_version(256)
def _measure(path: Path) -> Loudness | None:
    powers, full, count = [], np.zeros(1), 0
    for samples, rate in _seconds(path):
        full = full + (np.abs(samples) >= FULL_SCALE).sum(axis=1)
        count += samples.shape[1]
        powers.append(_powers(np.vstack([samples, samples.mean(axis=0)]), rate))
    if not powers:
        return None
    levels = 10 * np.log10(np.concatenate(powers, axis=1) + LEAST_POWER)
    few = min(LOUD_WINDOWS, int(LOUD_SHARE * levels.shape[1])) + 1
    loud, quiet = np.sort(levels, axis=1)[:, -few], np.percentile(levels, QUIET, axis=1)
    return Loudness(
        tuple(loud[:-1].tolist()),
        float(loud[-1]),
        float(loud[-1] - quiet[-1]),
        float(full.max() / count),
    )


def _powers(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Return the power in the band of voices in each window; shape (channels, windows)."""
    size = round(WINDOW_S * rate)
    windows = samples[:, : samples.shape[1] // size * size].reshape(len(samples), -1, size)
    shape = np.hanning(size).astype(np.float32)
    spectrum = np.fft.rfft(windows * shape) / (shape.sum() / 2)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    inside = (frequencies >= VOICE_HZ[0]) & (frequencies <= VOICE_HZ[1])
    return np.asarray((np.abs(spectrum[:, :, inside]) ** 2).sum(axis=2), np.float64)


def _seconds(path: Path) -> Iterator[tuple[Samples, int]]:
    """Yield a sound second by second, with its sample rate; the last part is shorter."""
    waiting: list[Samples] = []
    length = rate = count = 0
    for chunk, hz in _chunks(path):
        if count > LONGEST_S * hz or (waiting and (len(chunk), hz) != (len(waiting[0]), rate)):
            break  # it is long, or goes on in another format
        waiting.append(chunk)
        length, count, rate = length + chunk.shape[1], count + chunk.shape[1], hz
        while length >= rate:
            joined = np.concatenate(waiting, axis=1)
            yield joined[:, :rate], rate
            waiting, length = [joined[:, rate:]], length - rate
    if length >= max(1, round(WINDOW_S * rate)):
        yield np.concatenate(waiting, axis=1), rate


def _chunks(path: Path) -> Iterator[tuple[Samples, int]]:
    try:
        with path.open("rb") as file, open_container(file) as container:
            if (track := sound_track(container)) is None:
                return
            for packet in container.demux(track):
                try:
                    frames = packet.decode()
                except av.FFmpegError:  # the next one may be whole
                    continue
                for frame in frames:
                    yield _floats(frame), frame.sample_rate
    except (av.FFmpegError, Undecodable, ValueError):
        return


def _floats(frame: Any) -> Samples:
    """Return the samples of a frame; shape (channels, samples)."""
    values = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, len(frame.layout.channels)).T
    if values.dtype.kind == "f":
        return np.asarray(values, np.float32)
    most = np.float32(2 ** (8 * values.dtype.itemsize - 1))
    middle = most if values.dtype.kind == "u" else np.float32(0)
    return np.asarray((values - middle) / most, np.float32)
