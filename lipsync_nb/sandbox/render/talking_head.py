"""A head of a still picture: its mouth speaks, and it moves a little."""

import math

import cv2
import numpy as np

from lipsync_nb.sandbox.render.face_detection import Face, MouthPosition
from lipsync_nb.sandbox.render.media import Pixels, Rectangle
from lipsync_nb.sandbox.render.mouth_motion import smoothstep
from lipsync_nb.sandbox.render.mouth_warp import MouthWarp

Waves = tuple[tuple[float, float, float], ...]
"""Amplitude, frequency in Hz and phase of sine waves that are added up. They are slow and have no
common period, so that the movement is neither regular nor blurs the speech."""

# Shares of the face's size.
RIGID_RADIUS, OUTER_RADIUS = 0.75, 1.3
"""Inside the first radius the head moves as a whole. Outside the second one nothing moves."""
SIDEWAYS: Waves = ((0.010, 0.23, 0.0), (0.005, 0.61, 0.4))
NODDING: Waves = ((0.008, 0.31, 1.0), (0.003, 0.83, 0.0))


class TalkingHead:
    """A head of a picture.

    Args:
        pixels: The picture, with the mouth closed or smiling.
        face: The head's face.
        mouth: The head's mouth.
    """

    def __init__(self, pixels: Pixels, face: Face, mouth: MouthPosition) -> None:
        self._mouth = MouthWarp(pixels, mouth)
        self._face_size = face.size
        self._phase = face.x / pixels.shape[1]  # two heads of one picture move differently
        reach = OUTER_RADIUS * face.size
        left, top = max(0, int(face.x - reach)), max(0, int(face.y - reach))
        right = min(pixels.shape[1], int(face.x + reach))
        bottom = min(pixels.shape[0], int(face.y + reach))
        self._place = Rectangle(left, top, right, bottom)
        self._rows, self._columns = np.mgrid[: bottom - top, : right - left].astype(np.float32)
        distance = np.hypot(self._columns + left - face.x, self._rows + top - face.y) / face.size
        self._weight = 1 - smoothstep(distance, RIGID_RADIUS, OUTER_RADIUS)

    def speak(self, pixels: Pixels, openness: float, width: float) -> None:
        """Draw the mouth. The picture itself is changed.

        Args:
            pixels: The picture, with the head where it is at rest.
            openness: 0 (closed) to 1.
            width: -1 (round) to 1 (spread).
        """
        self._mouth.place.crop(pixels)[:] = self._mouth.patch(openness, width)

    def move(self, pixels: Pixels, time_s: float) -> None:
        """Move the head to its position at a time. The picture itself is changed."""
        here = self._place.crop(pixels)
        columns, rows = (
            cv2.addWeighted(grid, 1, self._weight, -shift * self._face_size, 0)
            for grid, shift in (
                (self._columns, _wave(SIDEWAYS, time_s, self._phase)),
                (self._rows, _wave(NODDING, time_s, self._phase)),
            )
        )
        source = np.ascontiguousarray(here)
        border = cv2.BORDER_REPLICATE
        here[:] = cv2.remap(source, columns, rows, cv2.INTER_LINEAR, borderMode=border)


def _wave(parts: Waves, time_s: float, phase: float) -> float:
    """The sum of the waves at a time."""
    return sum(
        size * math.sin(2 * math.pi * (hertz * time_s + own + phase)) for size, hertz, own in parts
    )
