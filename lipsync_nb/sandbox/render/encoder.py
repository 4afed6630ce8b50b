"""Encoding: RGB frames and audio become an MP4 that browsers play."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from lipsync_nb.sandbox.render.audio import LAYOUTS, Audio
from lipsync_nb.sandbox.render.media import Pixels, Size

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1, after each frame. An error that it raises ends the work."""

PRESET = "superfast"
"""The next slower preset takes a fifth more time in total and saves a sixth of the bytes."""

DETERMINISTIC = {"threads": "2", "x264-params": "mbtree=0"}
"""The same input must give the same file. x264's output depends on its number of threads, and with
AVX-512 its macroblock tree differs from run to run."""

AUDIO_BITS_PER_S = 128_000
AUDIO_OPTIONS = {"aac_coder": "fast"}
"""Takes a fifth of the default coder's time and is closer to the original for speech."""

AAC_FRAME = 1024
"""Samples in one frame of AAC."""


@dataclass(frozen=True)
class Style:
    """How a result looks and sounds. Each vendor has its own style."""

    height: int = 480
    """Height in pixels, rounded to even. The width follows from the source's shape."""
    fps: int = 25
    """Frames per second."""
    crf: int = 23
    """x264's quality: 18 is very good, 28 is coarse."""
    av_offset_ms: float = 0.0
    """How late the audio is relative to the mouth. The mouth is moved, not the audio."""
    volume: int = 100
    """Percent of the speech's own loudness."""
    watermark: str = ""
    """Text in the lower left corner."""


@dataclass(frozen=True)
class Rendered:
    """Size, frame rate and length of a finished video."""

    width: int
    height: int
    fps: float
    duration_s: float


class VideoEncoder:
    """Writes an MP4: H.264 at a constant frame rate, and AAC that starts at time zero.

    A thread encodes each frame while the next one is drawn. Leaving the ``with`` block finishes
    the file. Leaving it by an exception deletes the file.

    Args:
        path: Where the MP4 goes.
        size: Width and height, both even.
        audio: The whole audio; it decides the number of frames.
        style: Frame rate, quality and volume.
        progress: Called after each frame.
    """

    def __init__(
        self, path: Path, size: Size, audio: Audio, style: Style, progress: Progress | None = None
    ) -> None:
        self.path, self.style, self.progress = path, style, progress
        self.audio = replace(audio, samples=audio.samples * np.float32(style.volume / 100))
        self.total = frame_count(audio, style.fps)
        self.written = self.written_samples = 0
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._encoding: Future[None] | None = None
        options = {"preset": PRESET, **DETERMINISTIC, "crf": str(style.crf)}
        self._video = self._container.add_stream("libx264", rate=style.fps, options=options)
        self._video.width, self._video.height = size
        self._video.pix_fmt = "yuv420p"
        self._video.codec_context.colorspace = av.video.reformatter.Colorspace.SMPTE170M  # cv2's
        self._video.codec_context.color_range = av.video.reformatter.ColorRange.MPEG
        self._sound = self._container.add_stream(
            "aac", rate=audio.rate, layout=LAYOUTS[len(audio.samples)], options=AUDIO_OPTIONS
        )
        self._sound.bit_rate = AUDIO_BITS_PER_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        finished = False
        try:
            if kind is None:
                self._finish()
                finished = True
        finally:
            self._thread.shutdown()
            self._container.close()
            if not finished:
                self.path.unlink(missing_ok=True)

    def write(self, pixels: Pixels) -> None:
        """Append a frame (RGB) and its audio. The array must not be changed afterwards."""
        self._wait()
        self._encoding = self._thread.submit(self._encode, pixels, self.written)
        self.written += 1
        if self.progress is not None:
            self.progress(self.written / self.total)

    def _wait(self) -> None:
        if self._encoding is not None:
            self._encoding.result()

    def _encode(self, pixels: Pixels, index: int) -> None:
        planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, self.style.fps)
        self._container.mux(self._video.encode(frame))
        self._encode_audio((index + 1) / self.style.fps)

    def _encode_audio(self, until_s: float) -> None:
        """Append audio up to a time, in whole frames of AAC."""
        until = min(until_s * self.audio.rate, self.audio.samples.shape[1])
        while self.written_samples + AAC_FRAME <= until:
            self._encode_samples(AAC_FRAME)

    def _encode_samples(self, count: int) -> None:
        # Each frame needs a timestamp. Without it, players do not cut off the encoder's priming
        # (1024 samples), and the audio is 20 to 60 ms late.
        frame = self.audio.frame(self.written_samples, self.written_samples + count)
        frame.time_base = Fraction(1, self.audio.rate)
        self._container.mux(self._sound.encode(frame))
        self.written_samples += count

    def _finish(self) -> None:
        self._wait()
        self._encode_audio(self.audio.duration_s)
        if left := self.audio.samples.shape[1] - self.written_samples:
            self._encode_samples(left)
        for stream in (self._video, self._sound):
            self._container.mux(stream.encode(None))

    @property
    def rendered(self) -> Rendered:
        """Size, frame rate and length of what has been written so far."""
        fps = self.style.fps
        return Rendered(self._video.width, self._video.height, fps, self.written / fps)


def frame_count(audio: Audio, fps: int) -> int:
    """The number of frames that cover the audio; they last less than one frame longer."""
    return max(1, int(np.ceil(audio.duration_s * fps - 1e-6)))
