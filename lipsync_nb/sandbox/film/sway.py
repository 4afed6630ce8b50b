"""The small movements of a living head, for a portrait that has none."""

import math
from functools import cached_property

import cv2
import numpy as np

from lipsync_nb.sandbox.film.envelope import smoothstep
from lipsync_nb.sandbox.film.faces import Face
from lipsync_nb.sandbox.film.mouth_inside import Field
from lipsync_nb.sandbox.film.pictures import Pixels, Rectangle

# Shares of the face's size.
STIFF_RADIUS, LOOSE_RADIUS = 0.75, 1.3
"""The head moves as one within the first; what is beyond the second rests."""

SIDEWAYS = ((0.010, 0.23, 0.0), (0.005, 0.61, 0.4))
NODDING = ((0.008, 0.31, 1.0), (0.003, 0.83, 0.0))
"""Waves (share of the face's size, Hz, phase) that add up to a living head. They are slow and
of no common period, so that they neither look like a pendulum nor blur the speech."""


class HeadSway:
    """Moves one head of a picture.

    Args:
        face: The head's face.
        size: Height and width of the picture.
        phase: Makes two heads of one picture move differently.
    """

    def __init__(self, face: Face, size: tuple[int, int], phase: float) -> None:
        self.face, self.phase = face, phase
        reach, (height, width) = LOOSE_RADIUS * face.size, size
        self.place = Rectangle(
            max(0, int(face.x - reach)),
            max(0, int(face.y - reach)),
            min(width, int(face.x + reach)),
            min(height, int(face.y + reach)),
        )

    @cached_property
    def grid(self) -> Field:
        """Columns and rows within ``place``, shape (2, height, width)."""
        place = self.place
        down, across = np.mgrid[: place.bottom - place.top, : place.right - place.left]
        return np.stack((across, down)).astype(np.float32)

    @cached_property
    def weight(self) -> Field:
        """How far each pixel follows the head, 0 to 1."""
        across, down = self.grid
        x, y = across + self.place.left - self.face.x, down + self.place.top - self.face.y
        return 1 - smoothstep(np.hypot(x, y) / self.face.size, STIFF_RADIUS, LOOSE_RADIUS)

    def move(self, pixels: Pixels, time_s: float) -> None:
        """Move the head to where it is at a time, within the picture itself."""
        across, down = self.grid
        here = self.place.of(pixels)
        here[:] = cv2.remap(
            np.ascontiguousarray(here),
            self.shifted(across, self.wave(SIDEWAYS, time_s)),
            self.shifted(down, self.wave(NODDING, time_s)),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def shifted(self, places: Field, swing: float) -> Field:
        """Where each pixel is fetched from when the head swings by a share of its size."""
        return np.asarray(cv2.addWeighted(places, 1, self.weight, -swing * self.face.size, 0))

    def wave(self, parts: tuple[tuple[float, float, float], ...], time_s: float) -> float:
        """The sum of the waves at a time, as a share of the face's size."""
        return sum(
            size * math.sin(2 * math.pi * (hertz * time_s + phase + self.phase))
            for size, hertz, phase in parts
        )
