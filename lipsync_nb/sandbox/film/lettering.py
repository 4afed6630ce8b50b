"""Labels: text laid over frames."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from lipsync_nb.sandbox.film.fonts import LINE_HEIGHT, font, wrapped
from lipsync_nb.sandbox.film.pictures import Pixels, Rectangle

Colour = tuple[int, int, int]

MARGIN_SHARE = 0.03
WATERMARK_SHARE = 0.042
"""Height of the watermark's letters, as a share of the frame's height."""
WATERMARK_OPACITY = 0.75

WHITE: Final[Colour] = (255, 255, 255)
OUTLINE: Final[Colour] = (20, 20, 24)
OUTLINE_SHARE = 0.09
"""Width of the letters' dark edge, as a share of their height."""


@dataclass(frozen=True)
class Label:
    """Outlined text, to be laid over many frames at the same place.

    Args:
        place: Its place in the frame.
        colour: RGB, shape (height, width, 3), floats.
        cover: Opacity, 0 to 1, shape (height, width, 1).
    """

    place: Rectangle
    colour: npt.NDArray[np.floating[Any]]
    cover: npt.NDArray[np.floating[Any]]

    def over(self, pixels: Pixels) -> None:
        """Lay the label over a frame, within the frame itself."""
        here = self.place.of(pixels)
        here[:] = (here + (self.colour - here) * self.cover + 0.5).astype(np.uint8)


Corner = Literal["bottom", "bottom left", "bottom right"]


def label(
    lines: list[str],
    frame_size: tuple[int, int],
    size: int,
    corner: Corner,
    *,
    opacity: float = 1.0,
    lift: float = MARGIN_SHARE,
) -> Label:
    """Lines of white, dark-edged text, ready to be laid over frames.

    Args:
        lines: The text.
        frame_size: Height and width of the frames, pixels.
        size: Height of the letters, pixels.
        corner: Where the text stands.
        opacity: 0 to 1.
        lift: Room below the text, as a share of the frame's height.
    """
    edge = max(1, round(OUTLINE_SHARE * size))
    width = min(frame_size[1], round(max(map(font(size).getlength, lines))) + 4 * edge)
    height = min(frame_size[0], round(len(lines) * size * LINE_HEIGHT) + 2 * edge)
    sheet = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        middle = width / 2, (row + 0.5) * size * LINE_HEIGHT + edge
        draw.text(
            middle, line, WHITE, font(size), anchor="mm", stroke_width=edge, stroke_fill=OUTLINE
        )
    drawn = np.array(sheet, np.float32)
    left, top = placed(frame_size, (height, width), corner, lift)
    place = Rectangle(left, top, left + width, top + height)
    return Label(place, drawn[..., :3], drawn[..., 3:] / 255 * opacity)


def placed(
    frame: tuple[int, int], sheet: tuple[int, int], corner: Corner, lift: float
) -> tuple[int, int]:
    """Left and top of a sheet in a frame; sizes are (height, width)."""
    gap = round(MARGIN_SHARE * frame[0])
    across = {"bottom": (frame[1] - sheet[1]) // 2, "bottom left": gap}
    left = across.get(corner, frame[1] - sheet[1] - gap)
    return max(0, left), max(0, frame[0] - sheet[0] - round(lift * frame[0]))


def watermark(
    text: str, frame_size: tuple[int, int], corner: Corner = "bottom left"
) -> list[Label]:
    """A small, half transparent mark; none for an empty text."""
    size = max(10, round(WATERMARK_SHARE * frame_size[0]))
    lines = wrapped(text, size, frame_size[1] * 0.9)
    return [label(lines, frame_size, size, corner, opacity=WATERMARK_OPACITY)] if lines else []
