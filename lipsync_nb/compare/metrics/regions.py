"""Which parts of a frame show faces that speak, and which show persons."""

from collections.abc import Sequence

import numpy as np

from lipsync_nb.compare.metrics.arrays import Region
from lipsync_nb.compare.metrics.face_detection import FaceBox
from lipsync_nb.compare.metrics.frame_scan import Scan

LOWER_FACE = ((0.55, 0.0, 0.75),)
"""What changes when a face is made to speak: a rectangle that reaches so far to the left and right
of the centre of the face's box, from so far below it to so far below it, in sides of the box. The
centre lies between eyes and nose, the chin at about 0.6."""
PERSON = ((1.0, -1.0, np.inf), (1.75, 0.6, np.inf))
"""Head, and shoulders with all that is below them."""


def face_boxes(scanned: Scan) -> list[list[FaceBox]]:
    """Return the boxes of the faces in each frame, largest first; none where they were away.

    Raises:
        Missing: There is only a single frame.
    """
    boxes: list[list[FaceBox]] = [[] for _ in scanned.timestamps]
    for shot in scanned.shots:
        for face in shot.tracked():
            path, seen = face.path(shot.frames, scanned.fps), face.seen(shot.frames)
            for index in np.flatnonzero(seen).tolist():
                boxes[shot.first + index].append(path[index])
    return boxes


def region(
    faces: Sequence[FaceBox],
    rectangles: Sequence[tuple[float, float, float]],
    shape: tuple[int, ...],
    shrink: float,
) -> Region:
    """Return the rectangles about all faces of a frame.

    Args:
        faces: Their boxes.
        rectangles: `LOWER_FACE` or `PERSON`.
        shape: Height and width of the region.
        shrink: The factor by which the frame was shrunk to this shape.
    """
    found = np.zeros(shape[:2], np.bool_)
    for face in faces:
        for reach, top, bottom in rectangles:
            rows = _within(face.y + top * face.side, face.y + bottom * face.side, shrink, shape[0])
            left, right = face.x - reach * face.side, face.x + reach * face.side
            found[rows, _within(left, right, shrink, shape[1])] = True
    return found


def _within(begin: float, end: float, shrink: float, size: int) -> slice:
    """Return the pixels that a part of a frame touches."""
    first, last = (min(size, max(0.0, at / shrink)) for at in (begin, end))
    return slice(int(first), int(np.ceil(last)))
