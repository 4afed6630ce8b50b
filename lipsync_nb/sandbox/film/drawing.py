"""Smooth coloured shapes on a sheet, as an illustrator would cut them from paper."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.pictures import Rectangle

Colour = tuple[float, float, float]
"""RGB, 0 to 255."""
Point = tuple[float, float]
Points = Iterable[Point]

FINER = 2
"""Shapes are drawn so many times finer than they are shown."""
CURVE_STEPS = 12
"""Straight pieces from one point of a curve to the next."""
SUBPIXEL_BITS = 4
COARSE_BLUR_PIXELS = 5
"""Blur that is left in a coarsely drawn mask, in its own pixels."""


@dataclass
class Sheet:
    """A transparent sheet with a coordinate system of its own: x to the right, y down.

    Args:
        width: Pixels.
        height: Pixels.
        unit: How many pixels are 1 long.
        origin: Where (0, 0) is, in pixels from the top left corner.
    """

    width: int
    height: int
    unit: float
    origin: Point = (0.0, 0.0)
    ink: npt.NDArray[np.float32] = field(init=False, repr=False)
    """RGB, premultiplied, and opacity 0 to 1; shape (FINER * height, FINER * width, 4)."""

    def __post_init__(self) -> None:
        self.ink = np.zeros((FINER * self.height, FINER * self.width, 4), np.float32)

    def shape(
        self,
        points: Points,
        colour: Colour,
        *,
        opacity: float = 1.0,
        soft: float = 0.0,
        inside: bool = False,
    ) -> None:
        """Fill a smooth closed curve through the points.

        Args:
            points: At least three.
            colour: RGB.
            opacity: 0 to 1.
            soft: How far the edge is blurred, in units.
            inside: Colour only what is already there (shading stays within a face).
        """
        self.fill(curve(points, closed=True), colour, opacity, soft, inside=inside)

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fill a shape with straight edges."""
        self.fill(np.array(list(points), np.float32), colour, 1, 0, inside=False)

    def ellipse(
        self,
        middle: Point,
        radii: Point,
        colour: Colour,
        *,
        opacity: float = 1.0,
        soft: float = 0.0,
        inside: bool = False,
    ) -> None:
        """Fill an ellipse."""
        turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        rim = np.stack([middle[0] + radii[0] * np.cos(turn), middle[1] + radii[1] * np.sin(turn)])
        self.fill(rim.T, colour, opacity, soft, inside=inside)

    def stroke(
        self, points: Points, widths: Point, colour: Colour, *, opacity: float = 1.0
    ) -> None:
        """Draw a smooth line, as thick in its middle and at its ends as ``widths`` says."""
        line = curve(points, closed=False)
        ahead = np.gradient(line, axis=0)
        aside = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
        aside /= np.linalg.norm(aside, axis=1, keepdims=True) + 1e-9
        swell = np.sin(np.linspace(0, np.pi, len(line)))[:, None]
        half = (widths[1] + (widths[0] - widths[1]) * swell) / 2
        rim = np.concatenate([line + aside * half, (line - aside * half)[::-1]])
        self.fill(rim, colour, opacity, 0, inside=False)

    def fill(
        self,
        rim: npt.NDArray[np.floating],
        colour: Colour,
        opacity: float,
        soft: float,
        *,
        inside: bool,
    ) -> None:
        """Fill a polygon, given in units, shape (n, 2)."""
        pixels = (rim * self.unit + self.origin) * FINER
        blur = soft * self.unit * FINER
        reach = int(3 * blur) + 2
        limit = self.ink.shape[1::-1]
        left, top = np.clip(pixels.min(axis=0).astype(int) - reach, 0, limit)
        right, bottom = np.clip(pixels.max(axis=0).astype(int) + reach + 1, 0, limit)
        if right <= left or bottom <= top:
            return
        cover = opacity * coverage(pixels - (left, top), right - left, bottom - top, blur)
        here = self.ink[top:bottom, left:right]
        lay(here, colour, cover * here[..., 3] if inside else cover)

    def part(self, place: Rectangle) -> "Sheet":
        """A copy of a part of the sheet, given in pixels, in the same coordinates."""
        origin = self.origin[0] - place.left, self.origin[1] - place.top
        copy = Sheet(place.right - place.left, place.bottom - place.top, self.unit, origin)
        rows = slice(FINER * place.top, FINER * place.bottom)
        copy.ink[:] = self.ink[rows, FINER * place.left : FINER * place.right]
        return copy

    def colour_at(self, point: Point) -> Colour:
        """The colour that is drawn at a point."""
        column, row = (
            round((place * self.unit + start) * FINER)
            for place, start in zip(point, self.origin, strict=True)
        )
        red, green, blue, cover = self.ink[row, column].tolist()
        return red / max(cover, 1e-3), green / max(cover, 1e-3), blue / max(cover, 1e-3)

    def picture(self) -> npt.NDArray[np.float32]:
        """What is drawn: premultiplied RGB and opacity, shape (height, width, 4)."""
        size = (self.width, self.height)
        return np.asarray(cv2.resize(self.ink, size, interpolation=cv2.INTER_AREA))


def coverage(
    rim: npt.NDArray[np.floating], width: int, height: int, blur: float
) -> npt.NDArray[np.floating[Any]]:
    """How much of each pixel lies within a polygon, 0 to 1, its edge blurred by so many pixels.

    What is much blurred is drawn coarsely, which is not to be seen, and takes no time.
    """
    coarse = max(1, int(blur / COARSE_BLUR_PIXELS))
    mask = np.zeros((height // coarse + 1, width // coarse + 1), np.uint8)
    corners = np.round(rim / coarse * 2**SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    cover = mask.astype(np.float32) / 255
    if blur:
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), blur / coarse), np.float32)
    if coarse > 1:
        size = (mask.shape[1] * coarse, mask.shape[0] * coarse)
        cover = np.asarray(cv2.resize(cover, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return cover[:height, :width]


def lay(below: npt.NDArray[np.float32], colour: Colour, cover: npt.NDArray[np.float32]) -> None:
    """Lay a colour over a part of a sheet, with an opacity for each pixel."""
    share = cover[..., None]
    below *= 1 - share
    below += share * np.array((*colour, 1), np.float32)


def curve(points: Points, *, closed: bool) -> npt.NDArray[np.float32]:
    """A Catmull-Rom curve through the points, shape (n, 2)."""
    through = np.array(list(points), np.float32)
    if closed:
        through = np.concatenate([through[-1:], through, through[:2]])
    else:
        through = np.concatenate([through[:1], through, through[-1:]])
    before, start, end, after = through[:-3], through[1:-2], through[2:-1], through[3:]
    step = np.linspace(0, 1, CURVE_STEPS, endpoint=False, dtype=np.float32)[None, :, None]
    before, start, end, after = (part[:, None] for part in (before, start, end, after))
    piece = start + step / 2 * (
        end
        - before
        + step
        * (2 * before - 5 * start + 4 * end - after + step * (3 * (start - end) + after - before))
    )
    whole = piece.reshape(-1, 2)
    return whole if closed else np.concatenate([whole, through[-2:-1]])


def mirrored(points: Points) -> list[Point]:
    """The points, and their mirror images across x = 0: the outline of something symmetric.

    The points run down one side, from top to bottom.
    """
    side = list(points)
    return side + [(-x, y) for x, y in reversed(side) if x != 0]


def blend(colour: Colour, other: Colour, share: float) -> Colour:
    """A mixture of two colours, ``share`` of it the other one."""
    red, green, blue = (a + (b - a) * share for a, b in zip(colour, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    """A colour nearer to black."""
    return blend(colour, (0, 0, 0), share)


def lighter(colour: Colour, share: float) -> Colour:
    """A colour nearer to white."""
    return blend(colour, (255, 255, 255), share)
