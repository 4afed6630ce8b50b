"""Scan a clip once: the times of its frames, its shots, what is frozen, and where faces are."""

from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import Crop, Flags, Luma, Thumbs, Times, Track
from lipsync_nb.compare.metrics.decode import Missing, luma_frames
from lipsync_nb.compare.metrics.face_crop import crop_face
from lipsync_nb.compare.metrics.face_detection import FaceBox, find_faces
from lipsync_nb.compare.metrics.runs import runs
from lipsync_nb.media import Media

SEARCH_EVERY, LOOK_AROUND_EVERY = 5, 25
"""Frames from one search for the known faces to the next, and to one of the whole frame: heads move
slowly."""
SEARCH_SIDE = 240
"""The shorter side of a frame is shrunk to so many pixels for the search."""
THUMB_SIDE = 32
"""The shorter side of a thumbnail, pixels."""
BLOCK = 16
"""Side of a block in pixels of the shrunk frame. A mouth fills about one block."""
FROZEN = 0.5
"""Mean difference of a block, grey levels. Encoding alone changes less."""
BLACK_LUMA, BLACK_SHARE = 37, 0.98
"""A frame is black if so large a share of its pixels has so little luma, as in FFmpeg's filter
``blackdetect``."""
VARIES = 0.15
"""Standard deviation of the frame intervals, as a share of their mean, above which the frame rate
is variable."""
PLACE_S, SIZE_S = 0.8, 1.2
"""Seconds over which the place and the size of the face are smoothed: each search is off by some
pixels."""
MEDIAN_OF = 5
"""Number of searches in a running median. It removes two wrong results in a row."""
FEWEST, LEAST_SHARE = 2, 0.3
"""A face that was found fewer times, or in a smaller share of a shot's searches than the one found
most often, is a false detection."""
MOST_FACES = 3
"""Faces of a shot that are compared with the sound."""
LONGEST_GAP = 15
"""Frames from one place where a face was found to the next, above which it was away."""
CUT_LEVELS, CUT_RATIO, CUT_NEAR = 2.5, 2.5, 12
"""A frame begins a shot if its mean change is at least so many grey levels, and so many times that
of each of so many frames before and after it. Heads and flashes change over several frames."""


@dataclass
class Face:
    """A face in a shot.

    Attributes:
        boxes: Where it was found, by frame of the shot.
        crops: Crops of it.
    """

    boxes: dict[int, FaceBox] = field(default_factory=dict)
    crops: list[Crop] = field(default_factory=list)

    @property
    def last(self) -> FaceBox:
        """Where it was found last."""
        return next(reversed(self.boxes.values()))

    def path(self, frames: int, fps: float) -> list[FaceBox]:
        """Return the smoothed box in each of so many frames."""
        values = np.array([(face.x, face.y, face.side) for face in self.boxes.values()])
        smooth = [
            _smoothed(np.interp(np.arange(frames), [*self.boxes], _median(track)), seconds * fps)
            for track, seconds in zip(values.T, (PLACE_S, PLACE_S, SIZE_S), strict=True)
        ]
        return [FaceBox(*box) for box in np.stack(smooth, axis=1).tolist()]

    def seen(self, frames: int) -> Flags:
        """Return in which of so many frames it was not away, shape (frames,)."""
        found = np.array([*self.boxes])
        ends = np.array([-LONGEST_GAP, *found, frames - 1 + LONGEST_GAP])
        flags = np.zeros(frames, np.bool_)
        for begin, end in pairwise(ends.tolist()):
            near = LONGEST_GAP if end - begin <= LONGEST_GAP else SEARCH_EVERY
            flags[max(0, begin) : begin + near + 1] |= begin >= 0
            flags[max(0, end - near) : end + 1] |= end < frames
        return flags


@dataclass
class Shot:
    """Frames from one cut to the next.

    Attributes:
        first: The index of its first frame.
        frames: The number of its frames.
        searched: Number of frames that were searched for faces.
        faces: The faces that were found in them.
    """

    first: int = 0
    frames: int = 0
    searched: int = 0
    faces: list[Face] = field(default_factory=list)

    def append(self, other: "Shot") -> None:
        """Add the frames of the next shot, which is none of its own."""
        for face in other.faces:
            begin = next(iter(face.boxes.values()), None)
            same = (one for one in self.faces if begin is not None and one.last.overlaps(begin))
            if (known := next(same, None)) is None:
                self.faces.append(known := Face())
            known.boxes |= {self.frames + at: box for at, box in face.boxes.items()}
            known.crops += face.crops
        self.frames += other.frames
        self.searched += other.searched

    def tracked(self) -> list[Face]:
        """Return the faces that are no false detections, at most `MOST_FACES`, largest first."""
        most = max((len(face.boxes) for face in self.faces), default=0)
        least = max(min(FEWEST, self.searched), LEAST_SHARE * most)
        found = [face for face in self.faces if len(face.boxes) >= least]
        return sorted(found, key=_size, reverse=True)[:MOST_FACES]


@dataclass
class Scan:
    """The result of a scan.

    Attributes:
        width: Width of the frames, pixels.
        height: Height of the frames, pixels.
        timestamps: Presentation times, seconds.
        changes: Largest mean difference of a block from the frame before, grey levels.
        motion: Mean difference from the frame before, grey levels.
        dark: The share of each frame's pixels that are black.
        thumbnails: A thumbnail of each frame.
        shots: The shots, in their order.
    """

    width: int = 0
    height: int = 0
    timestamps: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    motion: list[float] = field(default_factory=list)
    dark: list[float] = field(default_factory=list)
    thumbnails: list[Luma] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)

    @property
    def times(self) -> Times:
        """Presentation times since the first frame, seconds, shape (n,)."""
        return np.asarray(self.timestamps) - self.timestamps[0]

    @property
    def thumbs(self) -> Thumbs:
        """The thumbnails in one array."""
        return np.stack(self.thumbnails)

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
    def black_parts(self) -> list[tuple[float, float]]:
        """Begin and end of each run of black frames, seconds. Raises `Missing` as `duration_s`."""
        ends = [*self.times.tolist(), self.duration_s]
        return [(ends[a], ends[b]) for a, b in runs(np.asarray(self.dark) >= BLACK_SHARE)]

    @property
    def frozen_parts(self) -> list[tuple[float, float]]:
        """Begin and end of each picture that stays for several frames, seconds.

        Raises `Missing` as `duration_s`.
        """
        ends = [*self.times.tolist(), self.duration_s]
        return [(ends[a], ends[b + 1]) for a, b in runs(np.asarray(self.changes) < FROZEN)]

    @property
    def face_found(self) -> float:
        """Share of the searched frames with a face."""
        found = sum(len({at for face in shot.faces for at in face.boxes}) for shot in self.shots)
        return found / sum(shot.searched for shot in self.shots)

    @property
    def crops(self) -> list[Crop]:
        """Crops of the largest face of each shot, in all of them."""
        return [crop for shot in self.shots for face in shot.tracked()[:1] for crop in face.crops]

    @property
    def _span(self) -> float:
        if len(self.timestamps) < 2:  # noqa: PLR2004 - an interval has two ends
            raise Missing("a single frame")
        if not (span := self.timestamps[-1] - self.timestamps[0]) > 0:
            raise Missing("the frames have no timestamps")
        return span


def scan(media: Media) -> Scan:
    """Scan a clip or a picture.

    Raises:
        Missing: No frame can be decoded.
    """
    result, shot, before = Scan(), Shot(), None
    for index, (time_s, luma) in enumerate(luma_frames(media)):
        result.height, result.width = luma.shape
        result.timestamps.append(time_s)
        small, shrink = _shrunk(luma, SEARCH_SIDE)
        result.thumbnails.append(_shrunk(small, THUMB_SIDE)[0])
        result.dark.append(float(np.mean(small <= BLACK_LUMA)))
        if before is not None:
            blocks = _blocks(np.asarray(cv2.absdiff(small, before), np.uint8))
            result.changes.append(float(blocks.max()))
            result.motion.append(float(blocks.mean()))
        before = small
        if index == 0 or _jumps(result.motion, index, index):
            shot = Shot(index)
            result.shots.append(shot)
        if shot.frames % SEARCH_EVERY == 0:
            _search(shot, luma, small, shrink)
        shot.frames += 1
    result.shots = _confirmed(result)
    return result


def _confirmed(scanned: Scan) -> list[Shot]:
    """Return the shots, joined where the frames after a jump show that it was none."""
    shots: list[Shot] = []
    for shot in scanned.shots:
        if shots and not _jumps(scanned.motion, shot.first, shot.first + CUT_NEAR):
            shots[-1].append(shot)
        else:
            shots.append(shot)
    return shots


def _jumps(motion: list[float], index: int, until: int) -> bool:
    """Return whether a frame differs more from the one before than its neighbours do.

    Args:
        motion: Mean differences from the frame before, from the second frame on.
        index: The index of the frame.
        until: The index of the last frame that is looked at.
    """
    at = index - 1
    near = motion[max(0, at - CUT_NEAR) : at] + motion[at + 1 : until]
    return bool(near) and motion[at] >= max(CUT_LEVELS, CUT_RATIO * max(near))


def _search(shot: Shot, luma: Luma, small: Luma, shrink: float) -> None:
    shot.searched += 1
    everywhere = not shot.faces or shot.frames % LOOK_AROUND_EVERY == 0
    known = [face.last for face in shot.faces]
    found = find_faces(small, shrink, known, everywhere=everywhere)
    faces = shot.faces + [Face() for _ in found[len(known) :]]
    for face, box in zip(faces, found, strict=True):
        if box is not None:
            face.boxes[shot.frames] = box
            face.crops.append(crop_face(luma, box))
    shot.faces = faces


def _size(face: Face) -> float:
    return float(np.median([box.side for box in face.boxes.values()]))


def _shrunk(luma: Luma, side: int) -> tuple[Luma, float]:
    """Return a frame with a shorter side of so many pixels at most, and the factor of it."""
    shrink = max(1.0, min(luma.shape) / side)
    height, width = (max(1, round(side / shrink)) for side in luma.shape)
    if shrink == 1.0:
        return luma.copy(), shrink  # the decoder reuses its memory
    small = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), shrink


def _blocks(picture: cv2.typing.MatLike) -> Track:
    """Return the mean of each block, shape (rows, columns)."""
    height, width = (max(1, round(side / BLOCK)) for side in picture.shape)
    return np.asarray(
        cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA),
        np.float64,
    )


def _median(values: Track) -> Track:
    padded = np.pad(values, MEDIAN_OF // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_OF), axis=1)


def _smoothed(values: Track, frames: float) -> Track:
    half = int(frames / 2)
    kernel = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(values, half, mode="edge"), kernel / kernel.sum(), "valid")
