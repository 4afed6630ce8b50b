"""Find the frames of a clip that a result was made from."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.compare.metrics.arrays import FrameIndices, Thumbs
from lipsync_nb.compare.metrics.face_detection import FaceBox
from lipsync_nb.compare.metrics.frame_scan import Scan
from lipsync_nb.compare.metrics.regions import LOWER_FACE, region

AT_ONCE = 256
"""Frames that are compared with all frames of the clip at once; this limits the memory."""


def matching_frames(scanned: Scan, boxes: Sequence[Sequence[FaceBox]], given: Scan) -> FrameIndices:
    """Return for each frame of a result the index of the clip's frame that is most like it.

    It has the least mean square difference of thumbnails outside the lower face. Times do not
    count, so that it does not matter whether the clip was repeated, played back and forth, begun in
    its middle, or brought to another frame rate.

    Args:
        scanned: The scan of the result.
        boxes: The faces in each of its frames.
        given: The scan of the clip, which has the same ratio of width to height.
    """
    ours = _halved(scanned.thumbs)
    theirs = _halved(like_thumbs(given.thumbs, scanned.thumbs)).reshape(len(given.thumbs), -1)
    shrink = scanned.height / ours.shape[1]
    squares, found = theirs**2, []
    for begin in range(0, len(ours), AT_ONCE):
        some = slice(begin, begin + AT_ONCE)
        shape = ours.shape[1:]
        weights = np.stack([~region(faces, LOWER_FACE, shape, shrink) for faces in boxes[some]])
        weighed = weights.reshape(len(weights), -1).astype(np.float32)
        pictures = ours[some].reshape(len(weights), -1) * weighed
        found.append((weighed @ squares.T - 2 * pictures @ theirs.T).argmin(axis=1))
    return np.concatenate(found)


def like_thumbs(thumbs: Thumbs, like: Thumbs) -> Thumbs:
    """Return thumbnails in the size of others; it differs by a pixel at most."""
    height, width = like.shape[1:]
    if thumbs.shape[1:] == (height, width):
        return thumbs
    return np.stack([np.asarray(cv2.resize(one, (width, height)), np.uint8) for one in thumbs])


def _halved(thumbs: Thumbs) -> npt.NDArray[np.float32]:
    """Return thumbnails of half the size, less middle grey, which keeps their squares exact."""
    count, height, width = thumbs.shape
    rows, columns = max(1, height // 2), max(1, width // 2)
    shrunk = [
        cv2.resize(one.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        for one in thumbs
    ]
    return np.asarray(shrunk, np.float32).reshape(count, rows, columns) - 128
