"""Opening a mouth in a picture: the jaw drops, the lips part, and the mouth's inside is drawn."""

from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.render.face_detection import MouthPosition
from lipsync_nb.sandbox.render.media import Pixels, Rectangle
from lipsync_nb.sandbox.render.mouth_motion import smoothstep

Field = npt.NDArray[np.floating[Any]]
"""One value for each pixel, shape (height, width); or RGB, shape (height, width, 3)."""
Rgb = tuple[float, float, float]

# Lengths are shares of the mouth's width; x runs right and y down from its middle.
REACH_X, REACH_UP, REACH_DOWN = 1.15, 0.55, 1.35
"""How far a mouth's movement reaches: cheeks, upper lip, chin and a little of the neck."""
LIP_HALF_WIDTH, LIP_CURVE = 0.39, 0.7
"""The lips part inside this half width, in a curve (0.5 would be an ellipse)."""
JAW_DROP, LIP_LIFT = 0.27, 0.05
"""How far the lower lip goes down and the upper lip goes up in a wide open mouth."""
WIDENING = 0.12
FEATHER = 0.12
"""The patch's soft margin, as a share of its size."""

OPENNESS_LEVELS, WIDTH_LEVELS = 24, 5
"""A mouth is drawn once for each level. Finer steps cannot be seen."""
MIN_OPENNESS = 0.02
SHAPE_COLUMNS = 90
"""Shapes are smooth: they are computed for so many columns and then enlarged."""
ITERATIONS = 4

NORMAL_LIGHT = 165.0
"""Median of a well-lit picture's skin."""
PALATE: Rgb = (62.0, 22.0, 24.0)
THROAT: Rgb = (28.0, 8.0, 10.0)
TEETH: Rgb = (205.0, 195.0, 186.0)
TONGUE: Rgb = (150.0, 70.0, 72.0)
TEETH_HEIGHT, TEETH_DROP = 0.05, 0.03
"""Visible height of the teeth, and how much more is visible in a wide open mouth."""
TEETH_OPACITY, TONGUE_OPACITY = 0.9, 0.75
TEETH_FROM, TONGUE_FROM, ALL_FROM = 0.2, 0.3, 0.6
"""Openness at which teeth and tongue begin to show, and at which both show fully."""


class MouthWarp:
    """A picture's mouth, drawn at any openness and width.

    Attributes:
        place: The part of the picture that moves with the mouth.

    Args:
        pixels: RGB, shape (height, width, 3), with the mouth closed or smiling.
        mouth: Where the mouth is.
    """

    def __init__(self, pixels: Pixels, mouth: MouthPosition) -> None:
        self.mouth, unit = mouth, mouth.width
        self.place = Rectangle(
            max(0, int(mouth.x - REACH_X * unit)),
            max(0, int(mouth.y - REACH_UP * unit)),
            min(pixels.shape[1], int(mouth.x + REACH_X * unit)),
            min(pixels.shape[0], int(mouth.y + REACH_DOWN * unit)),
        )
        self.still = np.ascontiguousarray(self.place.crop(pixels))
        self.grid = self._coordinates(*self.still.shape[:2])
        ramps = [
            np.minimum(np.arange(length), np.arange(length)[::-1]) / length
            for length in self.still.shape[:2]
        ]
        self.margin = np.outer(*(smoothstep(ramp, 0, FEATHER) for ramp in ramps))[..., None]
        light = np.sqrt(np.median(self.still) / NORMAL_LIGHT)
        self.light = np.float32(np.clip(light, 0.5, 1.1))
        self._drawn, self._lips = cache(self._draw), cache(self._make_lips)

    def patch(self, openness: float, width: float) -> Pixels:
        """The mouth and its surroundings, the size of ``place``.

        Args:
            openness: 0 (closed) to 1.
            width: -1 (round) to 1 (spread).
        """
        steps, half = OPENNESS_LEVELS - 1, (WIDTH_LEVELS - 1) / 2
        return self._drawn(round(openness * steps) / steps, round((width + 1) * half) / half - 1)

    def _coordinates(self, rows: int, columns: int) -> tuple[Field, Field]:
        """The x and y of the middles of so many rows and columns of the place."""
        height, width = self.still.shape[:2]
        y = (np.arange(rows) + 0.5) * height / rows - 0.5 + self.place.top - self.mouth.y
        x = (np.arange(columns) + 0.5) * width / columns - 0.5 + self.place.left - self.mouth.x
        across, down = np.meshgrid(x / self.mouth.width, y / self.mouth.width)
        return across.astype(np.float32), down.astype(np.float32)

    def _make_lips(self, width: float) -> "Lips":
        rows, columns = self.still.shape[:2]
        scale = min(1.0, SHAPE_COLUMNS / columns)
        x, y = self._coordinates(max(1, round(scale * rows)), max(1, round(scale * columns)))
        near = np.exp(-((x / 0.75) ** 2) - (y / 0.5) ** 2)
        return Lips(x / (1 + np.float32(WIDENING * width) * near), y)

    def _draw(self, openness: float, width: float) -> Pixels:
        lips, open_share = self._lips(width), np.float32(openness)
        lower, upper = lips.sources(open_share)
        x, lower, upper, arch = (
            np.asarray(cv2.resize(field, self.still.shape[1::-1]), np.float32)
            for field in (lips.x, lower, upper, lips.arch)
        )
        y, top, bottom = self.grid[1], -LIP_LIFT * open_share * arch, JAW_DROP * open_share * arch
        source = np.where(y > bottom, np.maximum(lower, 0), 0)
        drawn = self._moved(x, np.where(y < top, np.minimum(upper, 0), source))
        if openness > MIN_OPENNESS:
            pixel = 1 / self.mouth.width
            open_area = (y > top - pixel) & (y < bottom + pixel)
            left, up, across, down = cv2.boundingRect(open_area.astype(np.uint8))
            part = Rectangle(left, up, left + across, up + down).crop
            here = part(y), part(top), part(bottom)
            teeth = not self.mouth.smiles
            colour = _inside_colour(*here, part(arch), open_share, teeth=teeth) * self.light
            shown = part(drawn)
            shown += (colour - shown) * _inside_opacity(*here, pixel)
        return np.asarray(np.clip(drawn + 0.5, 0, 255), np.uint8)

    def _moved(self, x: Field, y: Field) -> Field:
        """The patch with each pixel taken from x, y; the margin stays as it is."""
        columns = x * self.mouth.width + np.float32(self.mouth.x - self.place.left)
        rows = y * self.mouth.width + np.float32(self.mouth.y - self.place.top)
        border = cv2.BORDER_REPLICATE
        skin = cv2.remap(self.still, columns, rows, cv2.INTER_LINEAR, borderMode=border)
        return self.still + (skin.astype(np.float32) - self.still) * self.margin


class Lips:
    """The lips at one width, and how skin moves when they part.

    Args:
        x: Of each pixel's skin before the lips were spread or rounded, in mouth widths.
        y: Of each pixel, in mouth widths.
    """

    def __init__(self, x: Field, y: Field) -> None:
        self.x, self.y = x, y
        self.arch = np.maximum(0, 1 - (x / LIP_HALF_WIDTH) ** 2) ** np.float32(LIP_CURVE)
        """1 in the mouth's middle, 0 at its corners."""
        self.jaw = np.exp(-np.square((x / 0.75) ** 2))

    def sources(self, openness: np.float32) -> tuple[Field, Field]:
        """The y at which skin was before the mouth opened: below the lips, and above them.

        The displacement is known for the old place only, so the old place is found by iteration.
        """
        lower = self.y - JAW_DROP * openness * self.arch
        upper = self.y + LIP_LIFT * openness * self.arch
        for _ in range(ITERATIONS):
            down, up = np.maximum(lower, 0), -np.minimum(upper, 0)
            chin = smoothstep(down, 0, 0.35)
            drop = (self.arch * (1 - chin) + 0.75 * self.jaw * chin) * (
                1 - smoothstep(down, 0.55, 1.15)
            )
            lower = self.y - JAW_DROP * openness * drop
            upper = self.y + LIP_LIFT * openness * self.arch * (1 - smoothstep(up, 0, 0.3))
        return lower, upper


def _inside_colour(
    y: Field, top: Field, bottom: Field, arch: Field, openness: np.float32, *, teeth: bool
) -> Field:
    """The colour of the space between the lips: dark, with a tongue and upper teeth.

    Args:
        y: Of each pixel, in mouth widths.
        top: The y of the upper lip's edge, for each pixel.
        bottom: The y of the lower lip's edge, for each pixel.
        arch: 1 in the mouth's middle, 0 at its corners.
        openness: 0 to 1.
        teeth: Whether to draw upper teeth. A smile shows its own.
    """
    below_lip = y - top
    depth = below_lip / (bottom - top + 1e-6)
    tongue = smoothstep(depth, 0.5, 0.95) * smoothstep(arch, 0.4, 0.9)
    colour = _mixed(np.array(PALATE, np.float32), THROAT, smoothstep(depth, 0, 0.5))
    shown = smoothstep(openness, TONGUE_FROM, ALL_FROM)
    colour = _mixed(colour, TONGUE, TONGUE_OPACITY * shown * tongue)
    if not teeth:
        return colour
    height = (TEETH_HEIGHT + TEETH_DROP * openness) * arch
    bow = smoothstep(below_lip, 0, 0.012) * (1 - smoothstep(below_lip - height, 0, 0.03))
    shown = smoothstep(openness, TEETH_FROM, ALL_FROM) * smoothstep(arch, 0.3, 0.9)
    return _mixed(colour, TEETH, TEETH_OPACITY * shown * bow)


def _inside_opacity(y: Field, top: Field, bottom: Field, pixel: float) -> Field:
    """The opacity of that space, soft at the lips; ``pixel`` is the length of one pixel."""
    gap = bottom - top
    soft = np.clip(np.minimum(y - top, bottom - y) / (1.6 * pixel) + 0.5, 0, 1)
    return np.asarray(soft * np.clip(gap / (3 * pixel), 0, 1) * (gap > pixel))[..., None]


def _mixed(colour: Field, other: Rgb, share: Field) -> Field:
    """``colour`` with a share of ``other`` mixed in, for each pixel."""
    return colour + (np.array(other, np.float32) - colour) * share[..., None]
