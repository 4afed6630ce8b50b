"""The muxer: RGB frames and a sound become an MP4 that browsers play."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from lipsync_nb.sandbox.film.pictures import Pixels
from lipsync_nb.sandbox.film.sound import LAYOUTS, Sound
from lipsync_nb.sandbox.film.spec import Rendered, Style

PRESET = "superfast"
"""A fifth less work for the whole rendering than x264's next one, for a sixth more bytes."""

STEADY = {"threads": "2", "x264-params": "mbtree=0"}
"""The same input shall give the same file. x264's output depends on its number of threads, and,
where the processor has AVX-512, its macroblock tree decides differently from run to run."""

SOUND_BITS_PER_S = 128_000
SOUND_OPTIONS = {"aac_coder": "fast"}
"""A fifth of the default's time, and nearer to the original for speech."""

SOUND_CHUNK = 1024
"""Samples in one frame of AAC."""


class Mp4:
    """An MP4 in the making: H.264 frames at a constant rate, AAC from time zero.

    Frames are encoded in a thread, one behind the drawing of the next. Leaving the ``with`` block
    finishes the file; leaving it by an exception removes it.

    Args:
        path: Where the MP4 goes.
        width: Pixels, even.
        height: Pixels, even.
        sound: The whole sound; it begins with the first frame.
        style: Frame rate, quality and volume.
    """

    def __init__(self, path: Path, width: int, height: int, sound: Sound, style: Style) -> None:
        self.path, self.style = path, style
        self.sound = replace(sound, samples=sound.samples * np.float32(style.volume / 100))
        self.frames = self.samples = 0
        self.container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self.encoder = ThreadPoolExecutor(max_workers=1)
        self.encoding: Future[None] | None = None
        self.video = video_stream(self.container, width, height, style)
        self.audio = audio_stream(self.container, sound)

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
                self.finish()
                finished = True
        finally:
            self.encoder.shutdown()
            self.container.close()
            if not finished:
                self.path.unlink(missing_ok=True)

    def write(self, pixels: Pixels) -> None:
        """Append a frame (RGB, not to be changed any more), and the sound that belongs to it."""
        self.wait()
        self.encoding = self.encoder.submit(self.encode, pixels, self.frames)
        self.frames += 1

    def wait(self) -> None:
        """Wait for the frame that is being encoded; its error, if any, is raised here."""
        if self.encoding is not None:
            self.encoding.result()

    def encode(self, pixels: Pixels, index: int) -> None:
        """Encode a frame and the sound up to its end."""
        planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, self.style.fps)
        self.container.mux(self.video.encode(frame))
        self.write_sound(until_s=(index + 1) / self.style.fps)

    def write_sound(self, until_s: float) -> None:
        """Append sound up to a time, in whole frames of AAC."""
        while (self.samples + SOUND_CHUNK) <= min(
            until_s * self.sound.rate, self.sound.samples.shape[1]
        ):
            self.write_chunk(SOUND_CHUNK)

    def write_chunk(self, length: int) -> None:
        """Append so many samples.

        Each chunk says when it begins: without that the encoder's priming (1024 samples) is not
        cut off by players, and all sound is late by 20 to 60 ms.
        """
        frame = self.sound.frame(self.samples, self.samples + length)
        frame.time_base = Fraction(1, self.sound.rate)
        self.container.mux(self.audio.encode(frame))
        self.samples += length

    def finish(self) -> None:
        """Write the rest of the sound and what the encoders still hold."""
        self.wait()
        length = self.sound.samples.shape[1]
        self.write_sound(until_s=length / self.sound.rate)
        if self.samples < length:
            self.write_chunk(length - self.samples)
        for stream in (self.video, self.audio):
            self.container.mux(stream.encode(None))

    @property
    def rendered(self) -> Rendered:
        """The facts of what has been written so far."""
        fps = self.style.fps
        return Rendered(self.video.width, self.video.height, fps, self.frames / fps)


def video_stream(
    container: av.container.OutputContainer, width: int, height: int, style: Style
) -> av.VideoStream:
    """An H.264 stream; its colours are BT.601, as ``cv2`` makes them, and say so."""
    options = {"preset": PRESET, **STEADY, "crf": str(style.crf)}
    stream = container.add_stream("libx264", rate=style.fps, options=options)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.colorspace = av.video.reformatter.Colorspace.SMPTE170M
    stream.codec_context.color_range = av.video.reformatter.ColorRange.MPEG
    return stream


def audio_stream(container: av.container.OutputContainer, sound: Sound) -> av.AudioStream:
    """An AAC stream in the sound's own rate and number of channels."""
    layout = LAYOUTS[len(sound.samples)]
    stream = container.add_stream("aac", rate=sound.rate, layout=layout, options=SOUND_OPTIONS)
    stream.bit_rate = SOUND_BITS_PER_S
    return stream


def frame_count(sound: Sound, fps: int) -> int:
    """How many frames cover the sound; the pictures outlast it by less than one frame."""
    return max(1, int(np.ceil(sound.duration_s * fps - 1e-6)))
