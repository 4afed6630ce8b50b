"""The face of a clip with a mouth that says something else."""

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.envelope import smoothstep
from lipsync_nb.sandbox.film.footage import Footage
from lipsync_nb.sandbox.film.mouth import locate_mouth
from lipsync_nb.sandbox.film.mouth_inside import Field
from lipsync_nb.sandbox.film.pictures import Pixels, Rectangle
from lipsync_nb.sandbox.film.track import FaceTrack, Pose
from lipsync_nb.sandbox.film.warp import TalkingMouth

# Shares of the mouth's width, from its middle: how far the new mouth reaches, and from which
# share of that on it fades into the frame.
REACH_X, REACH_UP, REACH_DOWN = 0.95, 0.42, 1.0
FADE_FROM = 0.6

RING = (0.05, 0.5)
"""Opacities of the fading ring, in which the new mouth's light is matched to the frame's."""
UNSEEN_FADE_FRAMES = 5
"""So many frames the new mouth takes to vanish where the face turns away."""


class Actor:
    """The clip's face with a mouth that says what it is told.

    One frame with a closed mouth lends its mouth to all others: warped to the openness wanted,
    put where the face went, and blended in.

    Args:
        footage: The clip.
        track: Its face, frame by frame.
        mask: Opacity allowed for each pixel of the frame, or None for everywhere.

    Raises:
        NoFace: Nobody is in the clip.
    """

    def __init__(self, footage: Footage, track: FaceTrack, mask: Field | None) -> None:
        self.footage, self.mask = footage, mask
        reference = track.closed_mouth()
        pixels = footage[reference]
        self.mouth = TalkingMouth(pixels, locate_mouth(pixels, track.faces[reference]))
        self.poses = track.poses(reference)
        self.presence = presence([pose is not None for pose in self.poses])

    def speaking(self, index: int, openness: float, width: float) -> Pixels:
        """A frame of the clip with the mouth so far open and so wide."""
        pixels, pose = self.footage[index], self.poses[index]
        if pose is not None:
            self.put(self.mouth.patch(openness, width), pixels, pose, self.presence[index])
        return pixels

    def put(self, patch: Pixels, pixels: Pixels, pose: Pose, opacity: float) -> None:
        """Blend a mouth into a frame, within the frame itself."""
        corner = np.array([[1, 0, self.mouth.place.left], [0, 1, self.mouth.place.top], [0, 0, 1]])
        there = pose @ corner
        place = covered(there, patch.shape, pixels.shape)
        there[:, 2] -= place.left, place.top
        size = place.right - place.left, place.bottom - place.top
        if min(size) < 1:
            return
        mouth = cv2.warpAffine(patch, there, size, borderMode=cv2.BORDER_REPLICATE)
        cover = np.asarray(cv2.warpAffine(self.cover, there, size)) * opacity
        allowed = None if self.mask is None else place.of(self.mask)
        blend(place.of(pixels), np.asarray(mouth, np.float32), cover, allowed)

    @cached_property
    def cover(self) -> Field:
        """The mouth's opacity: full in its middle, none at the patch's border."""
        x, y = self.mouth.grid
        across = x / REACH_X
        down = np.where(y < 0, -y / REACH_UP, y / REACH_DOWN)
        return 1 - smoothstep(np.maximum(np.abs(across), down), FADE_FROM, 1)


def blend(here: Pixels, mouth: Field, cover: Field, allowed: Field | None) -> None:
    """Blend a mouth into its part of a frame, in the frame's own light.

    Args:
        here: That part of the frame; drawn into.
        mouth: RGB, of the same shape.
        cover: Opacity of the mouth, 0 to 1.
        allowed: Opacity that the mask allows, 0 to 1, or None for everywhere.
    """
    ring = (cover > RING[0]) & (cover < RING[1])
    if ring.any():
        mouth = mouth + here[ring].mean(axis=0) - mouth[ring].mean(axis=0)
    share = (cover if allowed is None else cover * allowed)[..., None]
    here[:] = np.clip(here + (mouth - here) * share + 0.5, 0, 255).astype(np.uint8)


def covered(pose: Pose, patch: Sequence[int], frame: Sequence[int]) -> Rectangle:
    """The part of a frame that a patch covers; sizes are (height, width, ...)."""
    (height, width), (bottom, right) = patch[:2], frame[:2]
    corners = pose @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    left, top = np.clip(np.floor(corners.min(axis=1)).astype(int), 0, (right, bottom))
    end_x, end_y = np.clip(np.ceil(corners.max(axis=1)).astype(int) + 1, 0, (right, bottom))
    return Rectangle(int(left), int(top), int(end_x), int(end_y))


def presence(known: list[bool]) -> npt.NDArray[np.float32]:
    """Opacity for each frame: 1 where the face is known, fading towards where it is not."""
    unknown = np.flatnonzero(~np.array(known))
    if not len(unknown):
        return np.ones(len(known), np.float32)
    frames = np.arange(len(known))
    nearest = np.abs(frames[:, None] - unknown).min(axis=1)
    return np.asarray(np.minimum(1, nearest / UNSEEN_FADE_FRAMES), np.float32)
