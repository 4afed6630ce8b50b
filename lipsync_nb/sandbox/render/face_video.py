"""A clip of a face and speech become the same clip, speaking."""

import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from lipsync_nb.sandbox.render.audio import read_audio
from lipsync_nb.sandbox.render.encoder import Progress, Rendered, Style, VideoEncoder, frame_count
from lipsync_nb.sandbox.render.face_detection import one_thread
from lipsync_nb.sandbox.render.face_tracking import TrackedFace
from lipsync_nb.sandbox.render.media import (
    Pixels,
    Size,
    even,
    even_size,
    read_frames,
    read_picture,
)
from lipsync_nb.sandbox.render.mouth_motion import mouth_motion
from lipsync_nb.sandbox.render.mouth_overlay import MouthOverlay
from lipsync_nb.sandbox.render.mouth_warp import Field
from lipsync_nb.sandbox.render.text import watermark

READING_SHARE = 0.4
"""Share of the progress for reading the clip; the rest is for drawing."""

MAX_CROP = 0.15
"""A clip of nearly the wanted shape loses up to this share of a side, and gets no bars."""

RAW_BYTES = 256 << 20
"""Memory for uncompressed frames, the first ones of a clip: 17 s of 480p."""
JPEG_QUALITY = 95
"""The later frames are kept as JPEGs; a minute of 480p takes 200 MB."""
JPEG_BYTES = 64 << 20
"""Memory for the JPEGs; more of them go to a temporary file."""


@one_thread()
def render_face_video(
    video: Path,
    speech: Path,
    out: Path,
    style: Style,
    *,
    backway: bool = True,
    size: Sequence[int] | None = None,
    mouth_mask: Path | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Make the face in a clip say something else.

    A clip longer than the speech is cut off. A shorter one is played again.

    Args:
        video: Any clip with a face that looks roughly at the camera.
        speech: Any audio file, or a clip with audio.
        out: Where the MP4 goes.
        style: Size, frame rate, quality, A/V offset.
        backway: Whether the clip is played backwards from its end; otherwise it starts again.
        size: Exact width and height of the result in pixels, instead of ``style.height``. A clip
            of another shape is cropped a little, or put between black bars.
        mouth_mask: A picture laid over the clip. The mouth changes only where it is white.
        progress: Called with the share done, 0 to 1.

    Returns:
        The facts of the video. It is as long as the speech, or up to one frame longer.

    Raises:
        NoFace: The clip shows no face.
        BadMedia: The clip, the speech or the mask cannot be read.
    """
    report = progress or (lambda _: None)
    audio = read_audio(speech)
    frames = read_frames(video)
    _, first = next(frames)
    shown = first.size
    wanted = (even(size[0]), even(size[1])) if size else even_size(*shown, style.height)
    framing = Framing.fit(shown, wanted)
    store, track = FrameStore(framing.work), TrackedFace()
    for time_s, frame in chain([(0.0, first)], frames):
        if time_s >= audio.duration_s:
            break
        pixels = frame.pixels(framing.work)
        store.add(time_s, pixels)
        track.add(pixels)
        report(READING_SHARE * time_s / audio.duration_s)
    closed = track.closed_mouth()
    overlay = MouthOverlay(store[closed], closed, track, _mask(mouth_mask, framing.work))
    total = frame_count(audio, style.fps)
    motion = mouth_motion(audio, style.fps, total, style.av_offset_ms / 1000)
    labels = watermark(style.watermark, wanted[::-1])

    def drawn(share: float) -> None:
        report(READING_SHARE + (1 - READING_SHARE) * share)

    with VideoEncoder(out, wanted, audio, style, drawn) as encoder:
        for index, source in enumerate(store.loop(np.arange(total) / style.fps, backway=backway)):
            pixels = store[source]
            overlay.draw(pixels, source, *motion.at(index))
            pixels = framing.finish(pixels)
            for label in labels:
                label.draw(pixels)
            encoder.write(pixels)
    return encoder.rendered


def _mask(path: Path | None, size: Size) -> Field | None:
    """A mask picture as opacities, 0 to 1, for each pixel of the frame."""
    if path is None:
        return None
    gray = cv2.cvtColor(read_picture(path), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.float32) / 255


@dataclass(frozen=True)
class Framing:
    """How a clip is fitted into frames of an exact size: cropped a little, or with black bars."""

    work: Size
    """Size at which the clip is processed; not larger than the clip, which saves time."""
    out: Size
    """Size of the result."""
    is_cropped: bool
    """Whether the clip is cropped; otherwise it gets bars, unless it has the right shape."""

    @classmethod
    def fit(cls, shown: Size, out: Size) -> "Framing":
        """The framing for a clip of size ``shown`` in frames of size ``out``."""
        ratios = out[0] / shown[0], out[1] / shown[1]
        is_cropped = min(ratios) > max(ratios) * (1 - MAX_CROP)
        work = min(max(ratios) if is_cropped else min(ratios), 1.0)
        return cls((even(shown[0] * work), even(shown[1] * work)), out, is_cropped)

    def finish(self, pixels: Pixels) -> Pixels:
        """A picture of the working size as a frame of the result."""
        if self.work == self.out:
            return pixels
        fit = ImageOps.fit if self.is_cropped else ImageOps.pad
        return np.array(fit(Image.fromarray(pixels), self.out, Image.Resampling.BILINEAR))


class FrameStore:
    """The frames of a clip and their times, in memory and in a temporary file.

    Args:
        size: Of each frame.
    """

    def __init__(self, size: Size) -> None:
        self.times: list[float] = []
        self._raw: list[Pixels] = []
        self._max_raw = RAW_BYTES // (size[0] * size[1] * 3 // 2)
        self._jpeg_ends = [0]
        self._jpegs: IO[bytes] = tempfile.SpooledTemporaryFile(JPEG_BYTES)  # noqa: SIM115 -- below
        weakref.finalize(self, self._jpegs.close)

    def add(self, time_s: float, pixels: Pixels) -> None:
        """Keep a frame."""
        self.times.append(time_s)
        if len(self._raw) < self._max_raw:
            self._raw.append(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420), np.uint8))
            return
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        self._jpegs.seek(self._jpeg_ends[-1])
        self._jpegs.write(jpeg.tobytes())
        self._jpeg_ends.append(self._jpegs.tell())

    def __getitem__(self, index: int) -> Pixels:
        if index < len(self._raw):
            return np.asarray(cv2.cvtColor(self._raw[index], cv2.COLOR_YUV2RGB_I420), np.uint8)
        begin, end = self._jpeg_ends[index - len(self._raw) :][:2]
        self._jpegs.seek(begin)
        jpeg = np.frombuffer(self._jpegs.read(end - begin), np.uint8)
        bgr = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
        if bgr is None:
            raise RuntimeError("a stored frame was lost")
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)

    def loop(self, times: npt.NDArray[np.float64], *, backway: bool) -> list[int]:
        """Which frame is shown at each time, in seconds, when the clip is played repeatedly.

        Args:
            times: Seconds.
            backway: Whether every second time the clip is played backwards.
        """
        usual_s = float(np.median(np.diff(self.times))) if len(self.times) > 1 else 1.0
        length_s = self.times[-1] + usual_s
        place = times % (2 * length_s if backway else length_s)
        place = np.where(place > length_s, 2 * length_s - place, place)
        indices = np.searchsorted(self.times, place + 1e-6) - 1
        return [int(index) for index in np.clip(indices, 0, len(self.times) - 1)]
