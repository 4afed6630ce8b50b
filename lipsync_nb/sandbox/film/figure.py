"""A drawn figure that speaks, blinks and moves its head."""

import math
from functools import cache
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.body import draw_body
from lipsync_nb.sandbox.film.drawing import Point, Sheet
from lipsync_nb.sandbox.film.head import draw_eyes, draw_head, draw_mouth
from lipsync_nb.sandbox.film.look import Look
from lipsync_nb.sandbox.film.pictures import Pixels, Rectangle

Ink = npt.NDArray[np.uint8]
"""Premultiplied RGB and opacity, 0 to 255 each, shape (height, width, 4)."""

OPAQUE: Final = np.array((1, 1, 1, 255), np.float32)
"""A sheet's opacity runs to 1, that of ink to 255."""

# Lengths: half the width of the face is 1; (0, 0) is its middle, y runs down.
BODY_LEFT, BODY_TOP, BODY_WIDTH = -2.5, -1.9, 5.0
BODY_HEIGHT = 5.5
HEAD_LEFT, HEAD_TOP, HEAD_WIDTH, HEAD_HEIGHT = -1.6, -2.1, 3.2, 3.8
MOUTH_X, MOUTH_Y = (-0.6, 0.6), (0.5, 1.25)
"""The part of the head that changes with the mouth."""
NECK: Final[Point] = (0.0, 1.2)
"""The head turns about this."""

OPENNESS_STEPS, WIDTH_STEPS, LID_STEPS = 16, 2, 2
"""Levels per 1 of openness, width and lids; finer ones cannot be seen."""

BLINK_EVERY_S, BLINK_S = 3.7, 0.2
TILTS: Final = ((1.1, 0.19, 0.0), (0.5, 0.47, 0.3))
SHIFTS: Final = ((0.022, 0.27, 0.2), (0.010, 0.71, 0.0))
NODS: Final = ((0.014, 0.33, 0.5), (0.006, 0.89, 0.0))
"""Waves (degrees or lengths, Hz, phase) that add up to a living head."""


class Figure:
    """A figure at one size.

    Args:
        look: What it looks like.
        unit: Half the width of its face, in pixels.
    """

    def __init__(self, look: Look, unit: float) -> None:
        self.look, self.unit = look, unit
        self.looking = cache(self.draw_looking)
        self.speaking = cache(self.draw_speaking)

    def sheet(self, left: float, top: float, width: float, height: float) -> Sheet:
        """An empty sheet that shows this part of the figure."""
        across, down = math.ceil(width * self.unit), math.ceil(height * self.unit)
        return Sheet(across, down, self.unit, (-left * self.unit, -top * self.unit))

    def put_body(self, pixels: Pixels, middle: Point) -> None:
        """Draw the body into a picture, the face's middle at this pixel."""
        body = self.sheet(BODY_LEFT, BODY_TOP, BODY_WIDTH, BODY_HEIGHT)
        draw_body(body, self.look)
        left, top = middle[0] + BODY_LEFT * self.unit, middle[1] + BODY_TOP * self.unit
        lay_ink(inked(body), pixels, round(left), round(top))

    def put_head(
        self, pixels: Pixels, middle: Point, time_s: float, openness: float, width: float
    ) -> None:
        """Draw the head as it is at a time into a picture that has the body.

        Args:
            pixels: RGB; drawn into.
            middle: Where the face's middle would be at rest, in pixels.
            time_s: Seconds.
            openness: Of the mouth, 0 to 1.
            width: Of the mouth, -1 to 1.
        """
        mouth = level(openness, OPENNESS_STEPS), level(width, WIDTH_STEPS)
        ink = self.speaking(*mouth, level(blink(time_s), LID_STEPS))
        x, y = ((NECK[0] - HEAD_LEFT) * self.unit, (NECK[1] - HEAD_TOP) * self.unit)
        pose = cv2.getRotationMatrix2D((x, y), wave(TILTS, time_s), 1)
        left, top = middle[0] + HEAD_LEFT * self.unit, middle[1] + HEAD_TOP * self.unit
        corner = math.floor(left), math.floor(top)
        pose[0, 2] += left - corner[0] + wave(SHIFTS, time_s) * self.unit
        pose[1, 2] += top - corner[1] + wave(NODS, time_s) * self.unit
        moved = cv2.warpAffine(ink, pose, (ink.shape[1] + 1, ink.shape[0] + 1))
        lay_ink(np.asarray(moved, np.uint8), pixels, *corner)

    def draw_looking(self, lid: float) -> tuple[Sheet, Ink]:
        """The head without its mouth, its eyes so far shut: to be drawn on, and finished."""
        head = self.sheet(HEAD_LEFT, HEAD_TOP, HEAD_WIDTH, HEAD_HEIGHT)
        draw_head(head, self.look)
        draw_eyes(head, self.look, lid)
        return head, inked(head)

    def draw_speaking(self, openness: float, width: float, lid: float) -> Ink:
        """The whole head; only what is about the mouth has to be drawn."""
        head, finished = self.looking(lid)
        mouth = head.part(self.mouth_place)
        draw_mouth(mouth, self.look, openness, width)
        whole = finished.copy()
        self.mouth_place.of(whole)[:] = inked(mouth)
        return whole

    @property
    def mouth_place(self) -> Rectangle:
        """Where the mouth is, in pixels of the head's sheet."""
        left, right = (round((x - HEAD_LEFT) * self.unit) for x in MOUTH_X)
        top, bottom = (round((y - HEAD_TOP) * self.unit) for y in MOUTH_Y)
        return Rectangle(left, top, right, bottom)


def level(value: float, steps: int) -> float:
    """The value rounded to a level; heads are drawn once for each."""
    return round(float(value) * steps) / steps


def blink(time_s: float) -> float:
    """How far the eyes are shut at a time, 0 to 1."""
    since = time_s % BLINK_EVERY_S - (BLINK_EVERY_S - BLINK_S) / 2
    return max(0.0, 1 - abs(since) / (BLINK_S / 2))


def wave(parts: tuple[tuple[float, float, float], ...], time_s: float) -> float:
    """The sum of waves at a time."""
    return sum(
        size * math.sin(2 * math.pi * (hertz * time_s + phase)) for size, hertz, phase in parts
    )


def lay_ink(ink: Ink, pixels: Pixels, left: int, top: int) -> None:
    """Lay ink over a picture, its top left corner at this pixel; what stands over is cut off."""
    height, width = pixels.shape[:2]
    place = Rectangle(
        max(0, left), max(0, top), min(width, left + ink.shape[1]), min(height, top + ink.shape[0])
    )
    if place.right <= place.left or place.bottom <= place.top:
        return
    here = place.of(pixels)
    part = ink[place.top - top : place.bottom - top, place.left - left : place.right - left]
    through = cv2.cvtColor(255 - part[..., 3], cv2.COLOR_GRAY2RGB)
    here[:] = cv2.add(
        cv2.multiply(here, through, scale=1 / 255), np.ascontiguousarray(part[..., :3])
    )


def inked(sheet: Sheet) -> Ink:
    """What is drawn on a sheet, ready to be laid over pictures."""
    return np.asarray(np.clip(sheet.picture() * OPAQUE + 0.5, 0, 255), np.uint8)
