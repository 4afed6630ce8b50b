"""Drawing smooth coloured shapes."""

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.render.media import Pixels, Rectangle

Colour = tuple[float, float, float]
"""RGB, 0 to 255."""
Point = tuple[float, float]
Points = Iterable[Point]
Rgba = npt.NDArray[np.uint8]
"""Premultiplied RGB and opacity, 0 to 255 each, shape (height, width, 4)."""
Outline = npt.NDArray[np.floating[Any]]
"""Points, shape (n, 2)."""

SUPERSAMPLING = 2
"""Shapes are drawn at this multiple of the size at which they are shown."""
CURVE_STEPS = 12
"""Straight pieces from one point of a curve to the next."""
SUBPIXEL_BITS = 4
COARSE_BLUR_PIXELS = 5
"""A blurred shape is drawn at a lower resolution, at which its blur is this large. This saves time
and cannot be seen."""
OPAQUE = np.array((1, 1, 1, 255), np.float32)


class Canvas:
    """A transparent picture with its own coordinates: x to the right, y down.

    Args:
        width: Pixels.
        height: Pixels.
        unit: Pixels per unit of length.
        origin: Where (0, 0) is, in pixels from the top left corner.
    """

    def __init__(self, width: int, height: int, unit: float, origin: Point = (0.0, 0.0)) -> None:
        self.size, self.unit, self.origin = (width, height), unit, origin
        shape = (SUPERSAMPLING * height, SUPERSAMPLING * width, 4)
        self.layer = np.zeros(shape, np.float32)
        """Premultiplied RGB, and opacity 0 to 1."""

    def shape(self, points: Points, colour: Colour, **options: float) -> None:
        """Fill a smooth closed curve through at least three points; options as for ``fill``."""
        self.fill(_curve(points, closed=True), colour, **options)

    def polygon(self, points: Points, colour: Colour, **options: float) -> None:
        """Fill a shape with straight edges; options as for ``fill``."""
        self.fill(np.array(list(points), np.float32), colour, **options)

    def rectangle(self, corner: Point, size: Point, colour: Colour, **options: float) -> None:
        """Fill a rectangle, given by its top left corner; options as for ``fill``."""
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size + corner
        self.fill(corners, colour, **options)

    def ellipse(self, middle: Point, radii: Point, colour: Colour, **options: float) -> None:
        """Fill an ellipse; options as for ``fill``."""
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        outline = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radii + middle
        self.fill(outline, colour, **options)

    def stroke(self, points: Points, widths: Point, colour: Colour) -> None:
        """Draw a smooth line; ``widths`` are its widths in the middle and at the ends."""
        line = _curve(points, closed=False)
        along = np.gradient(line, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
        swell = np.sin(np.linspace(0, np.pi, len(line)))[:, None]
        half = across * (widths[1] + (widths[0] - widths[1]) * swell) / 2
        self.fill(np.concatenate([line + half, (line - half)[::-1]]), colour)

    def fill(
        self,
        outline: Outline,
        colour: Colour,
        *,
        opacity: float = 1.0,
        soft: float = 0.0,
        inside: float = False,
    ) -> None:
        """Fill a polygon.

        Args:
            outline: Its points, in units.
            colour: RGB.
            opacity: 0 to 1.
            soft: How far the edge is blurred, in units.
            inside: Whether only what is already drawn is coloured.
        """
        points = (outline * self.unit + self.origin) * SUPERSAMPLING
        blur = soft * self.unit * SUPERSAMPLING
        reach, limit = int(3 * blur) + 2, self.layer.shape[1::-1]
        left, top = np.clip(points.min(axis=0).astype(int) - reach, 0, limit)
        right, bottom = np.clip(points.max(axis=0).astype(int) + reach + 1, 0, limit)
        if right <= left or bottom <= top:
            return
        covered = _coverage(points - (left, top), right - left, bottom - top, blur)
        here = self.layer[top:bottom, left:right]
        share = (opacity * covered * (here[..., 3] if inside else 1))[..., None]
        here += share * (np.array((*colour, 1), np.float32) - here)

    def rgba(self) -> Rgba:
        """What is drawn, at the size at which it is shown."""
        small = cv2.resize(self.layer, self.size, interpolation=cv2.INTER_AREA)
        return np.asarray(np.clip(small * OPAQUE + 0.5, 0, 255), np.uint8)


def paste(rgba: Rgba, pixels: Pixels, left: int, top: int) -> None:
    """Draw on a picture, with the top left corner at this pixel. The picture itself is changed."""
    height, width = pixels.shape[:2]
    right, bottom = min(width, left + rgba.shape[1]), min(height, top + rgba.shape[0])
    place = Rectangle(max(0, left), max(0, top), right, bottom)
    if place.right <= place.left or place.bottom <= place.top:
        return
    here = place.crop(pixels)
    part = rgba[place.top - top : bottom - top, place.left - left : right - left]
    through = cv2.cvtColor(255 - part[..., 3], cv2.COLOR_GRAY2RGB)
    below = cv2.multiply(here, through, scale=1 / 255)
    here[:] = cv2.add(below, np.ascontiguousarray(part[..., :3]))


def _coverage(points: Outline, width: int, height: int, blur: float) -> npt.NDArray[np.float32]:
    """How much of each pixel is inside a polygon, 0 to 1, with its edge blurred."""
    coarse = max(1, int(blur / COARSE_BLUR_PIXELS))
    mask = np.zeros((height // coarse + 1, width // coarse + 1), np.uint8)
    corners = np.round(points / coarse * 2**SUBPIXEL_BITS).astype(np.int32)
    cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    covered = np.asarray(mask, np.float32) / np.float32(255)
    if blur:
        covered = np.asarray(cv2.GaussianBlur(covered, (0, 0), blur / coarse), np.float32)
    if coarse > 1:
        size = (mask.shape[1] * coarse, mask.shape[0] * coarse)
        covered = np.asarray(cv2.resize(covered, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(covered[:height, :width], np.float32)


def _curve(points: Points, *, closed: bool) -> npt.NDArray[np.float32]:
    """A Catmull-Rom curve through the points, shape (n, 2)."""
    p = np.array(list(points), np.float32)
    p = np.concatenate([p[-1:], p, p[:2]] if closed else [p[:1], p, p[-1:]])
    t = np.linspace(0, 1, CURVE_STEPS, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = (part[:, None] for part in (p[:-3], p[1:-2], p[2:-1], p[3:]))
    piece = b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    whole = piece.reshape(-1, 2)
    return whole if closed else np.concatenate([whole, p[-2:-1]])


def mirrored(points: Points) -> list[Point]:
    """The points and their mirror images at x = 0: the outline of something symmetric.

    The points go down one side, from top to bottom.
    """
    side = list(points)
    return side + [(-x, y) for x, y in reversed(side) if x != 0]


def blend(colour: Colour, other: Colour, share: float) -> Colour:
    """A mixture of two colours, with ``share`` of the other one."""
    red, green, blue = (a + (b - a) * share for a, b in zip(colour, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    """A colour closer to black."""
    return blend(colour, (0, 0, 0), share)


def lighter(colour: Colour, share: float) -> Colour:
    """A colour closer to white."""
    return blend(colour, (255, 255, 255), share)
