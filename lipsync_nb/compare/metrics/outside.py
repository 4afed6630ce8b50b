"""Compare a result with the face it was made from, where both should show the same."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

import cv2
import numpy as np

from lipsync_nb.compare.metrics.arrays import FrameIndices, Luma
from lipsync_nb.compare.metrics.decode import Missing, luma_frames
from lipsync_nb.compare.metrics.face_crop import moved_by
from lipsync_nb.compare.metrics.face_detection import FaceBox
from lipsync_nb.compare.metrics.frame_match import like_thumbs, matching_frames
from lipsync_nb.compare.metrics.frame_scan import Scan
from lipsync_nb.compare.metrics.regions import LOWER_FACE, PERSON, face_boxes, region
from lipsync_nb.compare.metrics.ssim import WINDOW, ssim_map
from lipsync_nb.media import Media

OBLONG = 0.02
"""Largest difference of the ratios of width to height, as a share of them. Encoders round sizes to
multiples of up to 16 pixels."""
MOST_SAMPLES, SAMPLES_BYTES = 100, 128_000_000
"""Frames that are compared in full, spread over the result, and the memory for them."""
MOVED, CROPPED = (0.01, 0.1), (0.05, 0.5)
"""How many sides eyes and brows are away from where they should be, and in which share of the
frames, if a head moves that was a picture, and if a clip was cropped. In heads that rest it is up
to 0.005 sides, in gently swaying ones 0.013 in a tenth of the frames. Coarse encoding moves those
of small clips by up to 0.03 sides."""
LARGEST, LEAST_ERROR = 255, 255**2 / 10**6
"""The range of grey levels, and the least mean square error that is told. It gives 60 dB, the most
that libvmaf tells, too."""
LEAST_BACKGROUND = 0.1
"""Least share of a frame that is background."""


class Outside:
    """A result beside the face it was made from.

    Args:
        video: The result.
        scanned: Its scan.
        face: The picture or clip that it was made from.
        given: The scan of this face.

    Raises:
        Missing: The result shows no face, or is a single frame.
    """

    def __init__(self, video: Media, scanned: Scan, face: Media, given: Scan) -> None:
        self.video, self.scan, self.face, self.given = video, scanned, face, given
        self.boxes = face_boxes(scanned)
        if not any(self.boxes):
            raise Missing("no face was found")

    @property
    def still(self) -> bool:
        """Whether the face is a picture."""
        return len(self.given.timestamps) == 1

    @cached_property
    def matches(self) -> FrameIndices:
        """The frame of the face that each frame of the result was made from."""
        if self.still:
            return np.zeros(len(self.boxes), np.intp)
        return matching_frames(self.scan, self.boxes, self.given)

    def likeness(self) -> tuple[float, float]:
        """Return the peak signal-to-noise ratio in decibels, and the structural similarity.

        Raises:
            Missing: They do not show the same.
        """
        errors, apart = [], []
        for ours, theirs, faces in self._samples(self._size()):
            apart.append(moved_by(ours, theirs, faces[0]))
            errors.append(_errors(ours, theirs, faces))
        most, share = MOVED if self.still else CROPPED
        if np.mean(np.asarray(apart) > most) > share:
            raise Missing("the face is elsewhere than in the face given: moved or cropped")
        square, pixels, similarity, windows = np.sum(errors, axis=0).tolist()
        if not windows:
            raise Missing("the lower face fills the frame")
        noise = 10 * np.log10(LARGEST**2 / max(square / pixels, LEAST_ERROR))
        return float(noise), min(1.0, similarity / windows)

    def background_change(self) -> float:
        """Return the change of the background from frame to frame that was not given, grey levels.

        Raises:
            Missing: There is too little background, or there are no two frames with a face.
        """
        ours = self.scan.thumbs.astype(np.int16)
        theirs = like_thumbs(self.given.thumbs, self.scan.thumbs).astype(np.int16)
        shrink = self.scan.height / ours.shape[1]
        changes, shares = [], []
        for index in range(1, len(ours)):
            if not (self.boxes[index - 1] and self.boxes[index]):
                continue
            behind = ~region(self.boxes[index], PERSON, ours.shape[1:], shrink)
            given = theirs[self.matches[index]] - theirs[self.matches[index - 1]]
            change = np.abs(ours[index] - ours[index - 1] - given)
            shares.append(behind.mean())
            changes.append(float(change[behind].mean()) if behind.any() else 0.0)
        if not changes or np.median(shares) < LEAST_BACKGROUND:
            raise Missing(f"less than {100 * LEAST_BACKGROUND:g} % of the frame is background")
        return float(np.mean(changes))

    def _size(self) -> tuple[int, int]:
        """Return width and height in which both are compared: those of the smaller one."""
        sizes = [(scanned.width, scanned.height) for scanned in (self.scan, self.given)]
        (width, height), (given_width, given_height) = sizes
        ratio = width * given_height / (height * given_width)
        if abs(ratio - 1) > OBLONG:
            raise Missing(
                f"{width} × {height} px are not the shape of the face given, "
                f"{given_width} × {given_height} px: it was cropped or padded"
            )
        return min(sizes)

    def _samples(self, size: tuple[int, int]) -> Iterator[tuple[Luma, Luma, list[FaceBox]]]:
        """Yield frames of both in a common size, with the faces in them, in no order."""
        shown = [index for index, faces in enumerate(self.boxes) if faces]
        count = max(1, min(MOST_SAMPLES, len(shown), SAMPLES_BYTES // (size[0] * size[1])))
        chosen = {shown[at] for at in np.linspace(0, len(shown) - 1, count).round().astype(int)}
        ours = {
            index: _scaled(luma, size)
            for index, (_, luma) in enumerate(luma_frames(self.video))
            if index in chosen
        }
        wanted: dict[int, list[int]] = {}
        for index in ours:
            wanted.setdefault(int(self.matches[index]), []).append(index)
        shrink = self.scan.height / size[1]
        needed = islice(luma_frames(self.face), max(wanted, default=-1) + 1)
        for at, (_, luma) in enumerate(needed):
            for index in wanted.get(at, ()):
                faces = [face.scaled(1 / shrink) for face in self.boxes[index]]
                yield ours[index], _scaled(luma, size), faces


def _errors(ours: Luma, theirs: Luma, faces: Sequence[FaceBox]) -> tuple[float, int, float, int]:
    """Return sums outside the lower faces.

    Returns:
        The squared differences of pixels and their number, and the similarities of windows that
        touch no lower face and lie within the frame, and their number.
    """
    outside = ~region(faces, LOWER_FACE, ours.shape, 1)
    differences = ours[outside].astype(np.int32) - theirs[outside]
    window = np.ones((WINDOW, WINDOW), np.uint8)
    framed = cv2.copyMakeBorder(outside.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    whole = cv2.erode(framed, window)[1:-1, 1:-1]
    similar = ssim_map(ours, theirs)[whole > 0]
    return (
        *(float(np.sum(differences**2)), len(differences)),
        *(float(similar.sum(dtype=np.float64)), len(similar)),
    )


def _scaled(luma: Luma, size: tuple[int, int]) -> Luma:
    if luma.shape[::-1] == size:
        return luma
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)
