"""Opening a mouth in a picture: the jaw drops, the lips part."""

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from lipsync_nb.sandbox.film.envelope import smoothstep
from lipsync_nb.sandbox.film.mouth import Mouth
from lipsync_nb.sandbox.film.mouth_inside import Field, MouthInside
from lipsync_nb.sandbox.film.pictures import Pixels, Rectangle

# Lengths are shares of the mouth's width; x runs right and y down from its middle.
REACH_X, REACH_UP, REACH_DOWN = 1.15, 0.55, 1.35
"""Reach of a mouth's movement: cheeks, upper lip, chin and a little of the neck."""
LIP_HALF_WIDTH, LIP_CURVE = 0.39, 0.7
"""The lips part within this, in a bow (0.5 would be an ellipse); the corners stay together."""
JAW_DROP, LIP_LIFT = 0.27, 0.05
"""How far the lower lip goes down and the upper lip up when the mouth is wide open."""
WIDENING = 0.12
FEATHER = 0.12
"""The patch's soft margin, as a share of its size."""

OPENNESS_LEVELS, WIDTH_LEVELS = 24, 5
"""Mouths are drawn once for each level; finer steps cannot be seen at 25 frames/s."""
LEAST_OPENNESS = 0.02

SHAPE_WIDTH = 90
"""Shapes are computed for so many columns and then enlarged: they are smooth."""
GUESSES = 4

WELL_LIT = 165.0
"""Mean light of a well-lit picture's skin."""


@dataclass
class TalkingMouth:
    """A picture's mouth, to be drawn at any openness.

    Args:
        pixels: RGB, shape (height, width, 3), with the mouth closed or smiling.
        mouth: Where the mouth is.
    """

    pixels: Pixels
    mouth: Mouth
    drawn: dict[tuple[int, int], Pixels] = field(default_factory=dict)
    shapes: dict[float, "Lips"] = field(default_factory=dict)

    def patch(self, openness: float, width: float) -> Pixels:
        """The mouth and its surroundings, the size of ``place``.

        Args:
            openness: 0 (closed) to 1.
            width: -1 (round) to 1 (spread).
        """
        level = (
            round(float(openness) * (OPENNESS_LEVELS - 1)),
            round((float(width) + 1) / 2 * (WIDTH_LEVELS - 1)),
        )
        if level not in self.drawn:
            self.drawn[level] = self.draw(
                level[0] / (OPENNESS_LEVELS - 1), 2 * level[1] / (WIDTH_LEVELS - 1) - 1
            )
        return self.drawn[level]

    @cached_property
    def place(self) -> Rectangle:
        """The part of the picture that moves with the mouth."""
        height, width = self.pixels.shape[:2]
        middle, reach = self.mouth, self.mouth.width
        return Rectangle(
            max(0, int(middle.x - REACH_X * reach)),
            max(0, int(middle.y - REACH_UP * reach)),
            min(width, int(middle.x + REACH_X * reach)),
            min(height, int(middle.y + REACH_DOWN * reach)),
        )

    @cached_property
    def still(self) -> Pixels:
        """The untouched picture within ``place``."""
        return np.ascontiguousarray(self.place.of(self.pixels))

    @cached_property
    def grid(self) -> tuple[Field, Field]:
        """Coordinates x and y of each pixel of ``place``."""
        return self.coordinates(*self.still.shape[:2])

    def coordinates(self, rows: int, columns: int) -> tuple[Field, Field]:
        """The place divided into so many rows and columns: x and y of their middles."""
        height, width = self.still.shape[:2]
        down = (np.arange(rows) + 0.5) * height / rows - 0.5 + self.place.top - self.mouth.y
        across = (np.arange(columns) + 0.5) * width / columns - 0.5
        across += self.place.left - self.mouth.x
        x, y = np.meshgrid(across / self.mouth.width, down / self.mouth.width)
        return x.astype(np.float32), y.astype(np.float32)

    @cached_property
    def margin(self) -> Field:
        """0 at the patch's border, 1 inside: hides its edges."""
        ramps = []
        for length in self.still.shape[:2]:
            from_edge = np.minimum(np.arange(length), np.arange(length)[::-1]) / length
            ramps.append(smoothstep(from_edge, 0, FEATHER))
        return np.outer(*ramps)[..., None]

    @cached_property
    def light(self) -> np.float32:
        """How well lit the picture is, about 1; a dark photograph has no white teeth."""
        return np.float32(np.clip(np.sqrt(np.median(self.still) / WELL_LIT), 0.5, 1.1))

    @cached_property
    def gap(self) -> Rectangle:
        """The part of ``place`` in which the lips can part."""
        x, y = self.grid[0][0], self.grid[1][:, 0]
        columns = np.flatnonzero(np.abs(x) < LIP_HALF_WIDTH * (1 + WIDENING))
        rows = np.flatnonzero((y > -LIP_LIFT) & (y < JAW_DROP))
        left, top = (int(each[0]) if len(each) else 0 for each in (columns, rows))
        return Rectangle(left, top, left + len(columns), top + len(rows))

    def draw(self, openness: float, width: float) -> Pixels:
        """The patch with the mouth so far open and so wide."""
        lips, open_share = self.lips(width), np.float32(openness)
        lower, upper = lips.sources(open_share)
        x, lower, upper, arch = map(self.enlarged, (lips.x, lower, upper, lips.arch))
        top, bottom = -LIP_LIFT * open_share * arch, JAW_DROP * open_share * arch
        y = self.grid[1]
        source = np.where(y > bottom, np.maximum(lower, 0), 0)
        drawn = self.moved(x, np.where(y < top, np.minimum(upper, 0), source))
        if openness > LEAST_OPENNESS:
            within = self.gap.of
            inside = MouthInside(within(y), within(top), within(bottom), within(arch), open_share)
            self.fill(within(drawn), inside)
        return np.asarray(np.clip(drawn + 0.5, 0, 255), np.uint8)

    def moved(self, x: Field, y: Field) -> Field:
        """The patch, each pixel fetched from its place x, y; at the margin it stays."""
        across = x * self.mouth.width + np.float32(self.mouth.x - self.place.left)
        down = y * self.mouth.width + np.float32(self.mouth.y - self.place.top)
        edge = cv2.BORDER_REPLICATE
        skin = cv2.remap(self.still, across, down, cv2.INTER_LINEAR, borderMode=edge)
        return self.still + (skin.astype(np.float32) - self.still) * self.margin

    def fill(self, gap: Field, inside: MouthInside) -> None:
        """Draw the mouth's inside into the gap between the lips."""
        colour = inside.colour(teeth=not self.mouth.smiles) * self.light
        gap += (colour - gap) * inside.cover(1 / self.mouth.width)

    def lips(self, width: float) -> "Lips":
        """The lips when they are so wide."""
        if width not in self.shapes:
            height, columns = self.still.shape[:2]
            coarse = min(1.0, SHAPE_WIDTH / columns)
            grid = self.coordinates(max(1, round(coarse * height)), max(1, round(coarse * columns)))
            self.shapes[width] = Lips(*grid, width)
        return self.shapes[width]

    def enlarged(self, shape: Field) -> Field:
        """A shape's field with a value for each pixel of the patch."""
        return np.asarray(
            cv2.resize(shape, self.still.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        )


class Lips:
    """The lips when they are so wide, and how skin moves when they part.

    Args:
        x: Each pixel's x, in mouth widths from the mouth's middle.
        y: Each pixel's y, in mouth widths from the mouth's middle.
        width: -1 (round) to 1 (spread).
    """

    def __init__(self, x: Field, y: Field, width: float) -> None:
        near = np.exp(-((x / 0.75) ** 2) - (y / 0.5) ** 2)
        self.x, self.y = x / (1 + np.float32(WIDENING * width) * near), y
        """Where each pixel's skin is when the lips are neither spread nor rounded."""
        self.arch = np.maximum(0, 1 - (self.x / LIP_HALF_WIDTH) ** 2) ** np.float32(LIP_CURVE)
        """1 in the mouth's middle, 0 at its corners."""
        self.jaw = np.exp(-np.square((self.x / 0.75) ** 2))

    def sources(self, openness: np.float32) -> tuple[Field, Field]:
        """Where skin was before the mouth opened: y for the lower lip and below, and for the upper.

        How far skin moves is known for where it was, not for where it came to; a few rounds of
        guessing find the place it came from.
        """
        lower = self.y - JAW_DROP * openness * self.arch
        upper = self.y + LIP_LIFT * openness * self.arch
        for _ in range(GUESSES):
            lower = self.y - self.drop(np.maximum(lower, 0), openness)
            upper = self.y + self.lift(np.minimum(upper, 0), openness)
        return lower, upper

    def drop(self, y: Field, openness: np.float32) -> Field:
        """How far the lower lip, the chin and the skin below go down."""
        to_chin = smoothstep(y, 0, 0.35)
        shape = self.arch * (1 - to_chin) + 0.75 * self.jaw * to_chin
        return np.asarray(JAW_DROP * openness * shape * (1 - smoothstep(y, 0.55, 1.15)))

    def lift(self, y: Field, openness: np.float32) -> Field:
        """How far the upper lip goes up."""
        return np.asarray(LIP_LIFT * openness * self.arch * (1 - smoothstep(-y, 0, 0.3)))
