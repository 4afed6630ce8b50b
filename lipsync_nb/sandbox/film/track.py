"""Following one face through a clip: where its features go from frame to frame."""

from contextlib import suppress
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.faces import Face, Gray, find_faces, find_near, to_gray
from lipsync_nb.sandbox.film.pictures import Pixels
from lipsync_nb.sandbox.film.spec import NoFace

Pose = npt.NDArray[np.float32]
"""Where points of one frame come to lie in another: shape (2, 3), (x', y') = pose @ (x, y, 1)."""

SEARCH_EVERY = 5
"""Frames from one search for the face to the next; between them its features are followed."""
SEARCHES_LOST = 3
"""Searches in vain after which the whole picture is searched."""

CROP_PIXELS = 128
CROP_REACH = 0.75
"""Half a crop's side, in sizes of the face: room for it to move between searches."""
FACE_PIXELS = CROP_PIXELS / (2 * CROP_REACH)
"""Size of the face in a crop."""

# Shares of the face's size, from its middle.
FEATURES_X, FEATURES_TOP, FEATURES_BOTTOM = 0.27, -0.22, 0.18
"""Eyes and nose: they move with the skull, not with the speech."""
MOUTH_X, MOUTH_TOP, MOUTH_BOTTOM = 0.25, 0.15, 0.43

ALIGN_STEPS, ALIGN_PRECISION = 30, 1e-3
LEAST_LIKENESS = 0.6
"""Correlation of a frame's features with the reference's below which the face is not seen."""
DARK = 0.55
"""Share of the mouth region's median light; what is darker is open mouth, or shadow."""


@dataclass
class FaceTrack:
    """One face through a clip; feed it every frame, then ask for poses."""

    faces: list[Face] = field(default_factory=list)
    """Roughly where the face is, for each frame."""
    seen: list[bool] = field(default_factory=list)
    """Whether the last search found it."""
    crops: list[Gray] = field(default_factory=list)
    """The face in each frame, CROP_PIXELS square."""
    known: Face | None = None
    misses: int = 0

    def add(self, pixels: Pixels) -> None:
        """Look at the next frame (RGB)."""
        gray = to_gray(pixels)
        if len(self.faces) % SEARCH_EVERY == 0:
            self.search(pixels, gray)
        face = self.known or Face(gray.shape[1] / 2, gray.shape[0] / 2, min(gray.shape) / 2)
        self.faces.append(face)
        self.seen.append(self.known is not None and self.misses == 0)
        self.crops.append(cropped(gray, face))

    def search(self, pixels: Pixels, gray: Gray) -> None:
        """Find the face near where it was, or, lost for a while, anywhere."""
        found = find_near(gray, self.known) if self.known else None
        if found is None and (self.known is None or self.misses >= SEARCHES_LOST):
            with suppress(NoFace):
                found = find_faces(pixels)[0]
        self.known = found or self.known
        self.misses = 0 if found else self.misses + 1

    def closed_mouth(self) -> int:
        """The index of the frame whose mouth is most nearly closed.

        Raises:
            NoFace: No frame has a face.
        """
        if not any(self.seen):
            raise NoFace("no face found in the video")
        darkness = [
            mouth_darkness(crop) if seen else np.inf
            for crop, seen in zip(self.crops, self.seen, strict=True)
        ]
        return int(np.argmin(darkness))

    def poses(self, reference: int) -> list[Pose | None]:
        """For each frame, where the reference frame's features are in it; None where unseen."""
        before = after = None
        poses: dict[int, Pose | None] = {}
        for frame in range(reference, len(self.faces)):
            poses[frame] = after = self.pose(reference, frame, after)
        for frame in range(reference - 1, -1, -1):
            poses[frame] = before = self.pose(reference, frame, before)
        return [poses[frame] for frame in range(len(self.faces))]

    def pose(self, reference: int, frame: int, guess: Pose | None) -> Pose | None:
        """One frame's pose, sought near the guess (the neighbouring frame's pose)."""
        if not self.seen[frame]:
            return None
        features, corner = features_of(self.crops[reference])
        here = squared(to_frame(self.faces[reference])) @ corner
        there = squared(to_frame(self.faces[frame]))
        starts = (
            [corner] if guess is None else [np.linalg.inv(there) @ squared(guess) @ here, corner]
        )
        for start in starts:
            found = aligned(features, self.crops[frame], start[:2])
            if found is not None:
                return (there @ squared(found) @ np.linalg.inv(here))[:2].astype(np.float32)
        return None


def cropped(gray: Gray, face: Face) -> Gray:
    """A face and a little around it, CROP_PIXELS square."""
    crop = cv2.warpAffine(
        gray,
        to_frame(face),
        (CROP_PIXELS, CROP_PIXELS),
        flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)


def features_of(crop: Gray) -> tuple[Gray, Pose]:
    """Eyes and nose of a crop, and where they are in it."""
    middle = CROP_PIXELS / 2
    left, right = (round(middle + side * FEATURES_X * FACE_PIXELS) for side in (-1, 1))
    top, bottom = (round(middle + y * FACE_PIXELS) for y in (FEATURES_TOP, FEATURES_BOTTOM))
    corner = np.array([[1, 0, left], [0, 1, top], [0, 0, 1]], np.float32)
    return np.ascontiguousarray(crop[top:bottom, left:right]), corner


def aligned(features: Gray, crop: Gray, start: Pose) -> Pose | None:
    """Where the features are in a crop: shifted, turned and scaled; None if they are not there."""
    steps = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, ALIGN_STEPS, ALIGN_PRECISION)
    begin = np.ascontiguousarray(start, np.float32)
    try:
        likeness, found = cv2.findTransformECC(features, crop, begin, cv2.MOTION_AFFINE, steps)
    except cv2.error:  # it did not converge
        return None
    return (
        similar(np.asarray(found, np.float32), features.shape)
        if likeness > LEAST_LIKENESS
        else None
    )


def similar(pose: Pose, shape: tuple[int, ...]) -> Pose:
    """The pose without its shear, which is noise; the middle of ``shape`` stays where it is."""
    middle = np.array([shape[1] / 2, shape[0] / 2])
    grow, turn = (pose[0, 0] + pose[1, 1]) / 2, (pose[1, 0] - pose[0, 1]) / 2
    rigid = np.array([[grow, -turn], [turn, grow]])
    offset = pose[:, :2] @ middle + pose[:, 2] - rigid @ middle
    return np.column_stack([rigid, offset]).astype(np.float32)


def to_frame(face: Face) -> Pose:
    """From a crop of the face to the frame it was cut from."""
    scale = face.size / FACE_PIXELS
    reach = CROP_REACH * face.size
    return np.array([[scale, 0, face.x - reach], [0, scale, face.y - reach]], np.float32)


def squared(pose: Pose) -> Pose:
    """The pose as a 3 by 3 matrix, to be multiplied and inverted."""
    return np.vstack([pose, [0, 0, 1]]).astype(np.float64)


def mouth_darkness(crop: Gray) -> float:
    """How much of a crop's mouth region is much darker than the rest of it."""
    middle = CROP_PIXELS / 2
    left, right = (round(middle + side * MOUTH_X * FACE_PIXELS) for side in (-1, 1))
    top, bottom = (round(middle + y * FACE_PIXELS) for y in (MOUTH_TOP, MOUTH_BOTTOM))
    region = crop[top:bottom, left:right].astype(np.float32)
    usual = float(np.median(region))
    return float(np.maximum(0, DARK * usual - region).mean() / (usual + 1))
