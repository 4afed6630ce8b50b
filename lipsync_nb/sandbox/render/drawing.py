"""Drawing smooth coloured shapes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from lipsync_nb.sandbox.render.media import Pixels

Colour = tuple[float, float, float]
"""RGB, 0 to 255."""
Point = tuple[float, float]
Points = Iterable[Point]
Outline = npt.NDArray[np.floating[Any]]
"""Points, shape (n, 2)."""

SUPERSAMPLING = 3
"""Shapes are drawn at this multiple of the size at which they are shown."""
CURVE_STEPS = 12
"""Straight pieces from one point of a curve to the next."""


class Canvas:
    """A transparent picture with its own coordinates: x to the right, y down.

    Args:
        width: Pixels.
        height: Pixels.
        unit: Pixels per unit of length.
        origin: Where (0, 0) is, in pixels from the top left corner.
    """

    def __init__(self, width: int, height: int, unit: float, origin: Point = (0.0, 0.0)) -> None:
        self._unit, self._origin = unit, origin
        self._layer = Image.new("RGBA", (SUPERSAMPLING * width, SUPERSAMPLING * height))

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
        points = (outline * self._unit + self._origin) * SUPERSAMPLING
        blur = soft * self._unit * SUPERSAMPLING
        left, top = np.floor(points.min(axis=0) - 3 * blur).astype(int).tolist()
        right, bottom = np.ceil(points.max(axis=0) + 3 * blur + 1).astype(int).tolist()
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon((points - (left, top)).ravel().tolist(), round(255 * opacity))
        if soft:
            mask = mask.filter(ImageFilter.GaussianBlur(blur))
        box = left, top, right, bottom
        if inside:
            mask = ImageChops.multiply(mask, self._layer.crop(box).getchannel("A"))
        red, green, blue = map(round, colour)
        self._layer.paste((red, green, blue, 255), box, mask)

    def picture(self) -> Image.Image:
        """What is drawn, at the size at which it is shown, as RGBA."""
        return self._layer.reduce(SUPERSAMPLING)

    def paste_on(self, pixels: Pixels, left: int, top: int) -> None:
        """Draw on RGB pixels, with the top left corner at this place. They are changed."""
        below, drawn = Image.fromarray(pixels), self.picture()
        below.paste(drawn, (left, top), drawn)
        pixels[:] = np.asarray(below)


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
