"""Following one face through a clip: how its features move from frame to frame."""

from contextlib import suppress
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.render.face_detection import (
    Face,
    Gray,
    NoFace,
    find_faces,
    find_near,
    to_gray,
)
from lipsync_nb.sandbox.render.media import Pixels

Pose = npt.NDArray[np.float32]
"""Maps points of one frame to another: shape (2, 3), (x', y') = pose @ (x, y, 1)."""

DETECT_EVERY = 5
"""Frames from one detection to the next. Between them, the features are aligned."""
MAX_MISSES = 3
"""After so many failed detections, the whole picture is searched."""

CROP_PIXELS, CROP_REACH = 128, 0.75
"""Size of a crop, and half of it in sizes of the face: the face can move between detections."""
FACE_PIXELS = CROP_PIXELS / (2 * CROP_REACH)
"""Size of the face in a crop."""

# Left, top, right and bottom as shares of the face's size, from its middle.
FEATURES = (-0.27, -0.22, 0.27, 0.18)
"""Eyes and nose, which move with the skull and not with the speech."""
MOUTH = (-0.25, 0.15, 0.25, 0.43)

ALIGN_STEPS, ALIGN_PRECISION = 30, 1e-3
MIN_CORRELATION = 0.6
"""Below this correlation of the features with the reference's, the face is not visible."""
DARK = 0.55
"""Share of the mouth region's median light. Darker pixels are open mouth, or shadow."""


@dataclass
class TrackedFace:
    """One face through a clip. Add every frame, then ask for poses."""

    faces: list[Face] = field(default_factory=list)
    """Roughly where the face is, for each frame."""
    seen: list[bool] = field(default_factory=list)
    """Whether the latest detection found it."""
    crops: list[Gray] = field(default_factory=list)
    """The face in each frame, CROP_PIXELS square."""
    known: Face | None = None
    misses: int = 0

    def add(self, pixels: Pixels) -> None:
        """Add the next frame (RGB)."""
        gray = to_gray(pixels)
        if len(self.faces) % DETECT_EVERY == 0:
            found = find_near(gray, self.known) if self.known else None
            if found is None and (self.known is None or self.misses >= MAX_MISSES):
                with suppress(NoFace):
                    found = find_faces(pixels)[0]
            self.known = found or self.known
            self.misses = 0 if found else self.misses + 1
        face = self.known or Face(gray.shape[1] / 2, gray.shape[0] / 2, min(gray.shape) / 2)
        flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
        crop_size, border = (CROP_PIXELS, CROP_PIXELS), cv2.BORDER_REPLICATE
        crop = cv2.warpAffine(gray, _to_frame(face)[:2], crop_size, flags=flags, borderMode=border)
        self.faces.append(face)
        self.seen.append(self.known is not None and self.misses == 0)
        self.crops.append(np.asarray(crop, np.uint8))

    def closed_mouth(self) -> int:
        """The index of the frame whose mouth is the most closed.

        Raises:
            NoFace: No frame has a face.
        """
        if not any(self.seen):
            raise NoFace("no face found in the video")
        pairs = zip(self.crops, self.seen, strict=True)
        return int(np.argmin([_mouth_darkness(crop) if seen else np.inf for crop, seen in pairs]))

    def poses(self, reference: int) -> list[Pose | None]:
        """For each frame, where the reference frame's features are in it, or None."""
        poses: dict[int, Pose | None] = {}
        for frames in (range(reference, len(self.faces)), range(reference - 1, -1, -1)):
            pose = None
            for frame in frames:
                poses[frame] = pose = self._pose(reference, frame, pose)
        return [poses[frame] for frame in range(len(self.faces))]

    def _pose(self, reference: int, frame: int, guess: Pose | None) -> Pose | None:
        """One frame's pose. The search starts from the guess, the neighbouring frame's pose."""
        if not self.seen[frame]:
            return None
        left, top, right, bottom = _in_crop(FEATURES)
        features = np.ascontiguousarray(self.crops[reference][top:bottom, left:right])
        corner = np.array([[1, 0, left], [0, 1, top], [0, 0, 1]], np.float64)
        here, there = _to_frame(self.faces[reference]) @ corner, _to_frame(self.faces[frame])
        starts = (
            [] if guess is None else [np.linalg.inv(there) @ np.vstack([guess, [0, 0, 1]]) @ here]
        )
        for start in (*starts, corner):
            found = _aligned(features, self.crops[frame], start[:2])
            if found is not None:
                whole = there @ np.vstack([found, [0, 0, 1]]) @ np.linalg.inv(here)
                return np.asarray(whole[:2], np.float32)
        return None


def _to_frame(face: Face) -> npt.NDArray[np.float64]:
    """Maps a crop of the face to the frame, shape (3, 3)."""
    scale, reach = face.size / FACE_PIXELS, CROP_REACH * face.size
    return np.array([[scale, 0, face.x - reach], [0, scale, face.y - reach], [0, 0, 1]])


def _in_crop(region: tuple[float, ...]) -> list[int]:
    """A region of a face in pixels of a crop."""
    return [round(CROP_PIXELS / 2 + edge * FACE_PIXELS) for edge in region]


def _aligned(features: Gray, crop: Gray, start: npt.NDArray[np.float64]) -> Pose | None:
    """Where the features are in a crop: moved, rotated and scaled; or None."""
    steps = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, ALIGN_STEPS, ALIGN_PRECISION)
    begin = np.ascontiguousarray(start, np.float32)
    try:
        correlation, found = cv2.findTransformECC(features, crop, begin, cv2.MOTION_AFFINE, steps)
    except cv2.error:  # it did not converge
        return None
    if correlation <= MIN_CORRELATION:
        return None
    # The shear is noise. It is removed, and the middle of the features stays where it is.
    (a, b, _), (c, d, _) = pose = np.asarray(found, np.float32)
    middle = np.array([features.shape[1] / 2, features.shape[0] / 2])
    rigid = np.array([[a + d, b - c], [c - b, a + d]]) / 2
    offset = pose[:, :2] @ middle + pose[:, 2] - rigid @ middle
    return np.column_stack([rigid, offset]).astype(np.float32)


def _mouth_darkness(crop: Gray) -> float:
    """How much of a crop's mouth region is much darker than the rest of it."""
    left, top, right, bottom = _in_crop(MOUTH)
    region = crop[top:bottom, left:right].astype(np.float32)
    usual = float(np.median(region))
    return float(np.maximum(0, DARK * usual - region).mean() / (usual + 1))
