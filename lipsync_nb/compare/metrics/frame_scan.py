"""Scan a clip once: the times of its frames, which of them are frozen, and where the face is."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import Crop, Luma, Times, Track
from lipsync_nb.compare.metrics.decode import Missing, luma_frames
from lipsync_nb.compare.metrics.face_crop import crop_face
from lipsync_nb.compare.metrics.face_detection import FaceBox, find_face
from lipsync_nb.media import Media

SEARCH_EVERY = 5
"""Frames from one face search to the next: heads move slowly."""
SEARCH_SIDE = 240
"""The shorter side of a frame is shrunk to so many pixels for the search."""
BLOCK = 16
"""Side of a block in pixels of the shrunk frame. A mouth fills about one block."""
FROZEN = 0.5
"""Mean difference of a block, grey levels. Encoding alone changes less."""
VARIES = 0.15
"""Standard deviation of the frame intervals, as a share of their mean, above which the frame rate
is variable."""
PLACE_S, SIZE_S = 0.8, 1.2
"""Seconds over which the place and the size of the face are smoothed: each search is off by some
pixels."""
MEDIAN_OF = 5
"""Number of searches in a running median. It removes two wrong results in a row."""
FEWEST = 2
"""A clip with fewer faces found has no face: a single one is a false detection."""


@dataclass
class Scan:
    """The result of a scan.

    Attributes:
        width: Width of the frames, pixels.
        height: Height of the frames, pixels.
        timestamps: Presentation times, seconds.
        changes: Largest mean difference of a block from the frame before, grey levels.
        faces: The faces found, by frame index.
        crops: Crops of these faces.
        searched: Number of frames that were searched for a face.
    """

    width: int = 0
    height: int = 0
    timestamps: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    faces: dict[int, FaceBox] = field(default_factory=dict)
    crops: list[Crop] = field(default_factory=list)
    searched: int = 0

    @property
    def times(self) -> Times:
        """Presentation times since the first frame, seconds, shape (n,)."""
        return np.asarray(self.timestamps) - self.timestamps[0]

    @property
    def fps(self) -> float:
        """Mean frames per second. Raises `Missing` for a single frame."""
        return (len(self.timestamps) - 1) / self._span

    @property
    def vfr(self) -> bool:
        """Whether the frame rate is variable. Raises `Missing` for a single frame."""
        mean = self._span / (len(self.timestamps) - 1)
        return bool(np.std(np.diff(self.timestamps)) > VARIES * mean)

    @property
    def duration_s(self) -> float:
        """Seconds to the end of the last frame. Raises `Missing` for a single frame."""
        return self._span + float(np.median(np.diff(self.timestamps)))

    @property
    def frozen(self) -> float:
        """Share of the frames that equal the one before. Raises `Missing` for a single frame."""
        if not self.changes:
            raise Missing("a single frame")
        return float(np.mean(np.asarray(self.changes) < FROZEN))

    @property
    def face_found(self) -> float:
        """Share of the searched frames with a face."""
        return len(self.faces) / self.searched

    @property
    def _span(self) -> float:
        if len(self.timestamps) < 2:  # noqa: PLR2004 - an interval has two ends
            raise Missing("a single frame")
        if not (span := self.timestamps[-1] - self.timestamps[0]) > 0:
            raise Missing("the frames have no timestamps")
        return span

    def face_path(self) -> list[FaceBox]:
        """Return the smoothed face box of each frame.

        Raises:
            Missing: There is no face, or only a single frame.
        """
        fps = self.fps
        if len(self.faces) < min(FEWEST, self.searched):
            raise Missing("no face was found")
        boxes = np.array([(face.x, face.y, face.side) for face in self.faces.values()])
        frames = np.arange(len(self.timestamps))
        smooth = [
            _smoothed(np.interp(frames, [*self.faces], _median(values)), seconds * fps)
            for values, seconds in zip(boxes.T, (PLACE_S, PLACE_S, SIZE_S), strict=True)
        ]
        return [FaceBox(*values) for values in np.stack(smooth, axis=1).tolist()]


def scan(media: Media) -> Scan:
    """Scan a clip or a picture.

    Raises:
        Missing: No frame can be decoded.
    """
    result, known, before = Scan(), None, None
    for index, (time_s, luma) in enumerate(luma_frames(media)):
        result.height, result.width = luma.shape
        result.timestamps.append(time_s)
        small, shrink = _shrunk(luma)
        if before is not None:
            result.changes.append(_change(small, before))
        before = small
        if index % SEARCH_EVERY == 0:
            result.searched += 1
            if (face := find_face(small, shrink, known)) is not None:
                result.faces[index] = known = face
                result.crops.append(crop_face(luma, face))
    return result


def _shrunk(luma: Luma) -> tuple[Luma, float]:
    shrink = max(1.0, min(luma.shape) / SEARCH_SIDE)
    height, width = (max(1, round(side / shrink)) for side in luma.shape)
    if shrink == 1.0:
        return luma.copy(), shrink  # the decoder reuses its memory
    small = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), shrink


def _change(small: Luma, before: Luma) -> float:
    height, width = (max(1, round(side / BLOCK)) for side in small.shape)
    difference = cv2.absdiff(small, before).astype(np.float32)
    return float(np.max(cv2.resize(difference, (width, height), interpolation=cv2.INTER_AREA)))


def _median(values: Track) -> Track:
    padded = np.pad(values, MEDIAN_OF // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_OF), axis=1)


def _smoothed(values: Track, frames: float) -> Track:
    half = int(frames / 2)
    kernel = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(values, half, mode="edge"), kernel / kernel.sum(), "valid")
