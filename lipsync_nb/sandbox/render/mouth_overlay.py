"""Putting a speaking mouth on the face in a clip."""

from functools import partial

import cv2
import numpy as np

from lipsync_nb.sandbox.render.face_detection import locate_mouth
from lipsync_nb.sandbox.render.face_tracking import Pose, TrackedFace
from lipsync_nb.sandbox.render.media import Pixels, Rectangle
from lipsync_nb.sandbox.render.mouth_motion import smoothstep
from lipsync_nb.sandbox.render.mouth_warp import Field, MouthWarp

# Shares of the mouth's width, from its middle.
REACH_X, REACH_UP, REACH_DOWN = 0.95, 0.42, 1.0
FADE_FROM = 0.6
"""Share of the reach from which on the new mouth fades into the frame."""
RING = (0.05, 0.5)
"""Opacities between which the new mouth's light is matched to the frame's."""
FADE_FRAMES = 5
"""The new mouth fades out during so many frames where the face turns away."""


class MouthOverlay:
    """A mouth that speaks on the face of a clip.

    The mouth comes from one frame of the clip in which it is closed. It is warped to the wanted
    shape, moved to where the face is in another frame, and blended into that frame.

    Args:
        reference: The frame with the closed mouth, RGB.
        index: That frame's index.
        track: The clip's face, frame by frame.
        mask: Opacity allowed for each pixel of the frame, 0 to 1, or None for no limit.
    """

    def __init__(
        self, reference: Pixels, index: int, track: TrackedFace, mask: Field | None
    ) -> None:
        self.mask = mask
        self.mouth = MouthWarp(reference, locate_mouth(reference, track.faces[index]))
        self.poses = track.poses(index)
        unseen = np.flatnonzero([pose is None for pose in self.poses])
        distance = np.abs(np.arange(len(self.poses))[:, None] - unseen).min(
            axis=1, initial=FADE_FRAMES
        )
        self.opacity = (distance / FADE_FRAMES).astype(np.float32)
        x, y = self.mouth.grid
        down = np.where(y < 0, -y / REACH_UP, y / REACH_DOWN)
        self.cover = 1 - smoothstep(np.maximum(np.abs(x / REACH_X), down), FADE_FROM, 1)

    def draw(self, pixels: Pixels, index: int, openness: float, width: float) -> None:
        """Put the mouth on frame ``index``. The frame itself is changed.

        Args:
            pixels: The frame, RGB.
            index: Its index in the clip.
            openness: 0 (closed) to 1.
            width: -1 (round) to 1 (spread).
        """
        pose = self.poses[index]
        if pose is None:
            return
        patch, place = self.mouth.patch(openness, width), self.mouth.place
        moved = pose @ np.array([[1, 0, place.left], [0, 1, place.top], [0, 0, 1]])
        target = _covered(moved, patch, pixels)
        moved[:, 2] -= target.left, target.top
        size = target.right - target.left, target.bottom - target.top
        if min(size) < 1:
            return
        warp = partial(cv2.warpAffine, M=moved, dsize=size)
        mouth = np.asarray(warp(patch, borderMode=cv2.BORDER_REPLICATE), np.float32)
        cover = np.asarray(warp(self.cover)) * self.opacity[index]
        here, ring = target.crop(pixels), (cover > RING[0]) & (cover < RING[1])
        if ring.any():
            mouth += here[ring].mean(axis=0) - mouth[ring].mean(axis=0)
        share = (cover if self.mask is None else cover * target.crop(self.mask))[..., None]
        here[:] = np.clip(here + (mouth - here) * share + 0.5, 0, 255).astype(np.uint8)


def _covered(pose: Pose, patch: Pixels, frame: Pixels) -> Rectangle:
    """The part of a frame that a patch covers."""
    (height, width), limit = patch.shape[:2], frame.shape[1::-1]
    corners = pose @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    left, top = np.clip(np.floor(corners.min(axis=1)).astype(int), 0, limit)
    right, bottom = np.clip(np.ceil(corners.max(axis=1)).astype(int) + 1, 0, limit)
    return Rectangle(int(left), int(top), int(right), int(bottom))
