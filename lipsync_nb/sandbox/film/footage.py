"""The frames of a clip at the size they are wanted, kept small, played in any order."""

import tempfile
import weakref
from typing import IO

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.pictures import Pixels

Size = tuple[int, int]
"""Width and height, pixels, even."""

RAW_BYTES = 256 << 20
"""Memory for frames kept as they are, the first ones of a clip: 17 s of 480p."""
JPEG_QUALITY = 95
"""Quality of the JPEGs that all later frames become; a minute of 480p takes 200 MB."""
MEMORY_BYTES = 64 << 20
"""Memory for the JPEGs; beyond it they go to a temporary file."""


class Footage:
    """Frames of a clip and their times.

    Args:
        size: Of each frame.
    """

    def __init__(self, size: Size) -> None:
        self.size = size
        self.times: list[float] = []
        self.raw: list[Pixels] = []
        self.packed = PackedFrames()
        self.raw_frames = RAW_BYTES // (size[0] * size[1] * 3 // 2)

    def add(self, time_s: float, pixels: Pixels) -> None:
        """Keep a frame."""
        self.times.append(time_s)
        if len(self.raw) < self.raw_frames:
            self.raw.append(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420), np.uint8))
        else:
            self.packed.add(pixels)

    def __getitem__(self, index: int) -> Pixels:
        if index < len(self.raw):
            return np.asarray(cv2.cvtColor(self.raw[index], cv2.COLOR_YUV2RGB_I420), np.uint8)
        return self.packed[index - len(self.raw)]

    def __len__(self) -> int:
        return len(self.times)

    @property
    def duration_s(self) -> float:
        """From the first frame's start to the last one's end."""
        usual = float(np.median(np.diff(self.times))) if len(self) > 1 else 1.0
        return self.times[-1] + usual

    def played(self, times: npt.NDArray[np.float64], *, backway: bool) -> npt.NDArray[np.intp]:
        """Which frame is on at each time, the clip being played over and over.

        Args:
            times: Seconds.
            backway: From its end the clip runs backwards to its start, else it starts anew.
        """
        whole = self.duration_s
        place = times % (2 * whole if backway else whole)
        place = np.where(place > whole, 2 * whole - place, place)
        return np.clip(np.searchsorted(self.times, place + 1e-6) - 1, 0, len(self) - 1)


class PackedFrames:
    """Frames as JPEGs, one behind the other in memory or a temporary file."""

    def __init__(self) -> None:
        self.ends = [0]
        self.store: IO[bytes] = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115 (below)
        weakref.finalize(self, self.store.close)

    def add(self, pixels: Pixels) -> None:
        """Keep a frame."""
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        self.store.seek(self.ends[-1])
        self.store.write(jpeg.tobytes())
        self.ends.append(self.store.tell())

    def __getitem__(self, index: int) -> Pixels:
        begin, end = self.ends[index : index + 2]
        self.store.seek(begin)
        bgr = cv2.imdecode(np.frombuffer(self.store.read(end - begin), np.uint8), cv2.IMREAD_COLOR)
        if bgr is None:
            raise RuntimeError("a stored frame was lost")
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
