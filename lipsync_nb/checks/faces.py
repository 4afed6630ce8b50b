"""Looks for faces in a picture, or in some frames of a clip, with OpenCV's cascades.

The cascade finds upright faces that look at the camera, and hardly ever something else. It misses
faces that are turned away, so what it does not find is no proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.decode.containers import Undecodable, open_container, picture_track
from lipsync_nb.decode.frames import Shown
from lipsync_nb.decode.lengths import duration_s
from lipsync_nb.decode.pictures import read_picture
from lipsync_nb.files import LocalFile, cached_by_version

Gray = npt.NDArray[np.uint8]
"""Shape (height, width)."""

FRAMES = 12
"""Frames of a clip that are looked at, spread over its length."""
MOST_DECODED = 3000
"""Frames of a clip that are decoded at most: two minutes, where only the first can be sought."""
SEARCHES = ((200, 1.2), (480, 1.1), (1080, 1.15))
"""The searches that are made until a face is found: the longer side in pixels to which a frame is
shrunk, and the factor between two sizes of faces. The first is fastest; the last finds small ones.
"""
LARGEST_SIDE = SEARCHES[-1][0]
ENOUGH = 0.8
"""A search at this share of a frame's size leaves nothing to a larger one."""
TURNED_SEARCH = SEARCHES[1]
"""The search for a face that is not upright."""
MARGIN = 0.15
"""What is added around a frame, as a share of its shorter side, so that faces at its border are
found."""
NEIGHBOURS, LEAST_PIXELS = 5, 24
"""Parameters of the cascade; it was trained on about so many pixels."""
SAME_SIZE = 0.5
"""A face counts besides the largest if its side is at least this share of the largest one's."""
CUT = 0.03
"""A face is cut if more than this share of its side is outside of the frame."""


@dataclass(frozen=True, slots=True)
class Face:
    """A square around a face, in pixels of the frame: its top left corner and its side."""

    x: float
    y: float
    side: float

    def is_cut(self, size: tuple[int, int]) -> bool:
        """Return whether a part of it is outside of a frame, whose width and height are given."""
        least, most = -CUT * self.side, self.side * (1 - CUT)
        return min(self.x, self.y) < least or self.x + most > size[0] or self.y + most > size[1]


@dataclass(frozen=True, slots=True)
class Sight:
    """One frame that was looked at.

    Attributes:
        time_s: Its time from the clip's beginning, in seconds.
        size: Its width and height in pixels, as it is shown.
        faces: The faces in it, the largest first, without those that are much smaller.
    """

    time_s: float
    size: tuple[int, int]
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True)
class Sights:
    """What was seen in a picture or a clip.

    Attributes:
        frames: The frames, in their order; none if no frame can be decoded.
        turned: By how many degrees clockwise the picture must be turned to show an upright face,
            if it shows none as it is; 0 if that does not help.
    """

    frames: tuple[Sight, ...]
    turned: int = 0


def look_for_faces(file: LocalFile) -> Sights:
    """Return the faces in a picture, or in some frames of a clip.

    A picture takes up to 0.5 s of a processor, a clip 0.5 to 5 s: most in HD, if no face is found,
    or if key frames are rare. Its length matters little. Each version of a file is looked at once.

    Raises:
        OSError: The file cannot be read.
    """
    return _look(file.path, file.mime)


@cached_by_version(256)
def _look(path: Path, mime: str) -> Sights:
    folder = Path(cv2.__file__).parent / "data"
    cascade = cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_alt2.xml"))
    sights, pictures = [], []
    frames = _picture(path) if mime.startswith("image/") else _frames(path)
    for time_s, gray, size in frames:
        sights.append(Sight(time_s, size, _faces(cascade, gray, size)))
        pictures.append(gray)
    if any(sight.faces for sight in sights):
        return Sights(tuple(sights))
    return Sights(tuple(sights), _turned(cascade, pictures[len(pictures) // 2 :][:1]))


def _faces(cascade: Any, gray: Gray, size: tuple[int, int]) -> tuple[Face, ...]:
    for side, step in SEARCHES:
        found = _detected(cascade, gray, side, step)
        if found or side >= ENOUGH * max(gray.shape):
            break
    scale = size[0] / gray.shape[1]
    faces = [Face(x * scale, y * scale, side * scale) for x, y, side in found]
    faces.sort(key=lambda face: -face.side)
    return tuple(face for face in faces if face.side >= SAME_SIZE * faces[0].side)


def _detected(cascade: Any, gray: Gray, side: int, step: float) -> list[tuple[float, float, float]]:
    shrink = max(1.0, max(gray.shape) / side)
    small = cv2.resize(gray, _shrunk(gray, side), interpolation=cv2.INTER_AREA)
    margin = round(MARGIN * min(small.shape))
    wide = cv2.copyMakeBorder(small, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    least = (LEAST_PIXELS, LEAST_PIXELS)
    boxes = cascade.detectMultiScale(wide, step, NEIGHBOURS, minSize=least)
    return [
        ((x - margin) * shrink, (y - margin) * shrink, width * shrink)
        for x, y, width, _ in np.asarray(boxes).tolist()
    ]


def _turned(cascade: Any, pictures: list[Gray]) -> int:
    """Return the turn with the surest face: a face upside down may look like a poor one."""
    sure: dict[int, float] = {}
    side, step = TURNED_SEARCH
    for gray in pictures:
        small = cv2.resize(gray, _shrunk(gray, side), interpolation=cv2.INTER_AREA)
        for quarters in (1, 2, 3):
            upright = np.ascontiguousarray(np.rot90(small, -quarters))
            options = {"minSize": (LEAST_PIXELS, LEAST_PIXELS), "outputRejectLevels": True}
            found = cascade.detectMultiScale3(upright, step, NEIGHBOURS, **options)
            sure[90 * quarters] = max(np.ravel(found[2]).tolist(), default=-np.inf)
    turn = max(sure, key=lambda turn: sure[turn], default=0)
    return turn if turn and sure[turn] > -np.inf else 0


def _shrunk(gray: Gray, side: int) -> tuple[int, int]:
    """Return the width and height of a frame whose longer side is shrunk to so many pixels."""
    shrink = max(1.0, max(gray.shape) / side)
    return max(1, round(gray.shape[1] / shrink)), max(1, round(gray.shape[0] / shrink))


def _picture(path: Path) -> Iterator[tuple[float, Gray, tuple[int, int]]]:
    try:
        with path.open("rb") as file:
            picture = read_picture(file)
    except Undecodable:
        return
    size = picture.size
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    yield 0.0, np.asarray(picture.convert("L")), size


def _frames(path: Path) -> Iterator[tuple[float, Gray, tuple[int, int]]]:
    """Yield some frames of a clip with their times and sizes, without what does not decode."""
    try:
        with path.open("rb") as file, open_container(file) as container:
            seconds = duration_s(container)
        with (
            path.open("rb") as file,
            open_container(file) as container,
            path.open("rb") as other,
            open_container(other) as scout,
        ):
            for time_s, shown in _sampled(container, scout, seconds):
                shrink = max(1.0, max(shown.size) / LARGEST_SIDE)
                width, height = (max(1, round(length / shrink)) for length in shown.size)
                yield time_s, shown.pixels((width, height), "gray"), shown.size
    except (av.FFmpegError, Undecodable):
        return


def _sampled(container: Any, scout: Any, seconds: float) -> Iterator[tuple[float, Shown]]:
    """Yield frames near evenly spaced times.

    Args:
        container: The clip.
        scout: The same clip, in which key frames are sought without decoding.
        seconds: Its length.
    """
    track, other = picture_track(container), picture_track(scout)
    assert track is not None  # noqa: S101 - it is a clip
    track.thread_type = "AUTO"
    tick = float(track.time_base or 1)
    start = (track.start_time or 0) * tick
    step = seconds / FRAMES
    reader = _Reader(container, track, start)
    for number in range(FRAMES):
        wanted = start + (number + 0.5) * step
        key = _key_frame(scout, other, wanted, tick)
        if key is not None and key > reader.end + step / 2:
            reader.seek(wanted)
        if (frame := reader.first_from(wanted - step / 2)) is None:
            return
        yield reader.end - start, Shown.of(frame, track)


def _key_frame(scout: Any, track: Any, time_s: float, tick: float) -> float | None:
    """Return the time of the last key frame before a time; ``None`` if it cannot be sought."""
    try:
        scout.seek(int(time_s / tick), stream=track)
        packet = next(scout.demux(track))
    except (av.FFmpegError, StopIteration):
        return None
    return packet.pts * tick if packet.is_keyframe and packet.pts is not None else None


class _Reader:
    """Decodes the frames of a track, one after the other.

    Attributes:
        end: The time of the last frame, in seconds of the container's clock.
    """

    def __init__(self, container: Any, track: Any, start: float) -> None:
        self._container, self._track = container, track
        self._frames = container.decode(track)
        self._left = MOST_DECODED
        self.end = start

    def seek(self, time_s: float) -> None:
        """Go to the last key frame before a time."""
        self._container.seek(int(time_s / float(self._track.time_base)), stream=self._track)
        self._frames = self._container.decode(self._track)

    def first_from(self, time_s: float) -> Any:
        """Return the next frame that is at a time or later; ``None`` if there is none."""
        while self._left:
            self._left -= 1
            try:
                frame = next(self._frames)
            except StopIteration:
                return None
            except av.FFmpegError:
                continue
            rate = float(self._track.average_rate or 25)
            self.end = self.end + 1 / rate if frame.time is None else frame.time
            if self.end >= time_s or frame.time is None:
                return frame
        return None
