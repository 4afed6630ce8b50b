"""How loud the sound of a video is, and how much of it is clipped, at the sound's own rate."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np

from lipsync_nb.compare.metrics.arrays import Flags
from lipsync_nb.compare.metrics.decode import Missing, Resampler, read_audio, sound_frames
from lipsync_nb.compare.metrics.runs import runs
from lipsync_nb.media import Media

SHORTEST_S = 0.4
"""Seconds of the window of ITU-R BS.1770-5; a shorter sound has no loudness."""
GATE_LUFS = -70.0
"""The absolute gate of BS.1770-5. Windows below it do not count."""
LUFS = "lavfi.r128.I"
"""What FFmpeg calls the integrated loudness."""
FULL_SCALE = 0.9
"""What counts as full scale: after AAC, the samples that were clipped lie mostly between 0.9 and
1.1. The share that is found in speech clipped by 2 to 18 dB is then 0.6 to 1.4 times the share
before AAC; with 0.98 it would be a tenth of it."""
SHORTEST_RUN = 3
"""Samples in a row at full scale from which on they count as clipped. Single ones are peaks."""


@dataclass(frozen=True)
class SoundLevels:
    """What was measured in a sound.

    Attributes:
        seconds: Its length.
        gated_lufs: The integrated loudness; `GATE_LUFS` or less if no window is louder.
        clipped: The share of the samples that are clipped, 0 to 1, in the worst channel.
    """

    seconds: float
    gated_lufs: float
    clipped: float

    @property
    def lufs(self) -> float:
        """The integrated loudness. Raises `Missing` if the sound is too short or silent."""
        if self.seconds < SHORTEST_S:
            raise Missing(f"less than {SHORTEST_S:g} s of sound")
        if self.gated_lufs <= GATE_LUFS:
            raise Missing("the sound is silent")
        return self.gated_lufs


def loudness_lufs(media: Media) -> float:
    """Return the integrated loudness of a video, of the track that `read_audio` takes.

    Raises:
        Missing: There is no sound, or it is silent or shorter than 0.4 s.
    """
    return sound_levels(media, read_audio(media).number).lufs


def sound_levels(media: Media, number: int) -> SoundLevels:
    """Measure a sound track, as a stream: its length does not matter to the memory.

    Args:
        media: The file.
        number: Which of its sound tracks, counted from 1.

    Raises:
        Missing: No sound can be decoded.
    """
    meter, full = None, []
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for piece in _pieces(media, number - 1):
            meter = meter or _Meter(piece, Path(folder, "loudness"))
            flags = np.abs(piece.to_ndarray()).reshape(piece.samples, -1) >= FULL_SCALE
            full.append(flags if flags.any() else flags[:1].copy())  # one parts two runs
            meter.add(piece)
        if meter is None:
            raise Missing("no sound can be decoded")
        clipped = max(map(_in_runs, np.concatenate(full).T)) / meter.samples
        return SoundLevels(meter.samples / meter.rate_hz, meter.lufs(), clipped)


class _Meter:
    """FFmpeg's meter of EBU R 128 (filter ``ebur128``), for sound in the format of a frame.

    What a filter measures is in the metadata of its frames, which PyAV shows only from version 18.1
    on. FFmpeg's ``ametadata`` writes it to a file.
    """

    def __init__(self, like: Any, log: Path) -> None:
        self.graph, self.log, self.samples = av.filter.Graph(), log, 0
        self.rate_hz = like.sample_rate
        source = self.graph.add_abuffer(
            sample_rate=self.rate_hz,
            format=like.format.name,
            layout=like.layout.name,
            time_base=Fraction(1, self.rate_hz),
        )
        writes = {"mode": "print", "key": LUFS, "file": str(log), "direct": "1"}
        chain = (
            source,
            self.graph.add("ebur128", metadata="1", framelog="quiet", dualmono="1"),
            self.graph.add("ametadata", **writes),
            self.graph.add("abuffersink"),
        )
        for one, following in pairwise(chain):
            one.link_to(following)
        try:
            self.graph.configure()
        except av.FFmpegError as error:
            layout = like.layout.name
            raise Missing(f"{layout} cannot be measured ({error.strerror})") from None

    def add(self, frame: Any) -> None:
        """Measure the next frame."""
        frame.pts = self.samples
        self.samples += frame.samples
        self._push(frame)

    def lufs(self) -> float:
        """End the sound, and return its loudness."""
        self._push(None)
        values = [line for line in self.log.read_text().splitlines() if line.startswith(LUFS)]
        return float(values[-1].partition("=")[2]) if values else GATE_LUFS

    def _push(self, frame: Any) -> None:
        self.graph.push(frame)
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                self.graph.pull()


def _pieces(media: Media, index: int) -> Iterator[Any]:
    """Yield a sound track as packed floats in the format of its first frame."""
    resample = Resampler()
    for frame in sound_frames(media, index):
        yield from resample(frame)
    yield from resample(None)


def _in_runs(full: Flags) -> int:
    """Return how many samples of a channel lie in runs at full scale."""
    return sum(end - begin for begin, end in runs(full) if end - begin >= SHORTEST_RUN)
