"""Small head movements and blinking, for pictures and figures that have none of their own."""

import math

import cv2
import numpy as np

from lipsync_nb.sandbox.render.face_detection import Face
from lipsync_nb.sandbox.render.media import Pixels, Rectangle
from lipsync_nb.sandbox.render.mouth_motion import smoothstep

Waves = tuple[tuple[float, float, float], ...]
"""Amplitude, frequency in Hz and phase of sine waves that are added up. They are slow and have no
common period, so that the movement is neither regular nor blurs the speech."""

# Shares of the face's size.
RIGID_RADIUS, OUTER_RADIUS = 0.75, 1.3
"""Inside the first radius the head moves as a whole. Outside the second one nothing moves."""
SIDEWAYS: Waves = ((0.010, 0.23, 0.0), (0.005, 0.61, 0.4))
NODDING: Waves = ((0.008, 0.31, 1.0), (0.003, 0.83, 0.0))

BLINK_EVERY_S, BLINK_S = 3.7, 0.2


class HeadMotion:
    """Moves one head of a picture.

    Args:
        face: The head's face.
        size: Height and width of the picture.
        phase: Lets two heads of one picture move differently.
    """

    def __init__(self, face: Face, size: tuple[int, ...], phase: float) -> None:
        self.phase, self.face_size = phase, face.size
        reach = OUTER_RADIUS * face.size
        left, top = max(0, int(face.x - reach)), max(0, int(face.y - reach))
        right, bottom = min(size[1], int(face.x + reach)), min(size[0], int(face.y + reach))
        self.place = Rectangle(left, top, right, bottom)
        rows, columns = np.mgrid[: bottom - top, : right - left].astype(np.float32)
        self.rows, self.columns = rows, columns
        distance = np.hypot(columns + left - face.x, rows + top - face.y) / face.size
        self.weight = 1 - smoothstep(distance, RIGID_RADIUS, OUTER_RADIUS)

    def move(self, pixels: Pixels, time_s: float) -> None:
        """Move the head to its position at a time. The picture itself is changed."""
        here = self.place.crop(pixels)
        columns, rows = (
            cv2.addWeighted(grid, 1, self.weight, -shift * self.face_size, 0)
            for grid, shift in (
                (self.columns, wave(SIDEWAYS, time_s, self.phase)),
                (self.rows, wave(NODDING, time_s, self.phase)),
            )
        )
        source = np.ascontiguousarray(here)
        border = cv2.BORDER_REPLICATE
        here[:] = cv2.remap(source, columns, rows, cv2.INTER_LINEAR, borderMode=border)


def wave(parts: Waves, time_s: float, phase: float = 0.0) -> float:
    """The sum of the waves at a time."""
    return sum(
        size * math.sin(2 * math.pi * (hertz * time_s + own + phase)) for size, hertz, own in parts
    )


def blink(time_s: float) -> float:
    """How far the eyes are closed at a time, 0 to 1."""
    since = time_s % BLINK_EVERY_S - (BLINK_EVERY_S - BLINK_S) / 2
    return max(0.0, 1 - abs(since) / (BLINK_S / 2))
