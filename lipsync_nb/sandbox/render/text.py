"""Fonts (Chinese included), breaking text into lines, and labels on frames."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from lipsync_nb.sandbox.render.media import Pixels, Rectangle

FONT_PACKAGE, FONT_FILE = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"
SIMPLIFIED_CHINESE = 2
"""The file has one font for each language. This is the index of the one to use."""

NO_CHARACTER = "\uffff"
"""No font has this character, so it is drawn like any missing character."""
TEST_SIZE = 24
"""Font size for testing whether a font has a character."""

LINE_HEIGHT = 1.35
"""Distance of two lines, in font sizes."""
WORDS = re.compile(r"[^\s\u2e80-\uffef]+|\s+|.")
"""Lines break between words, and between any two Chinese characters."""

MARGIN_SHARE = 0.03
"""Distance of a label from the frame's edge, as a share of the frame's height."""
WATERMARK_SHARE, WATERMARK_OPACITY = 0.042, 0.75
"""Font size of the watermark, as a share of the frame's height."""
WHITE, OUTLINE = (255, 255, 255), (20, 20, 24)
OUTLINE_SHARE = 0.09
"""Width of the letters' dark outline, in font sizes."""

Corner = Literal["bottom", "bottom left", "bottom right"]


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font for all text, ``size`` pixels high."""
    return ImageFont.truetype(str(files(FONT_PACKAGE) / FONT_FILE), size, index=SIMPLIFIED_CHINESE)


def readable(text: str) -> str:
    """The text, with a note in place of characters that the font does not have.

    Otherwise these would be drawn as empty boxes, and the text would look damaged.
    """
    tested = font(TEST_SIZE)
    missing = bytes(tested.getmask(NO_CHARACTER))
    runs = groupby(text, lambda one: one.isspace() or bytes(tested.getmask(one)) != missing)
    return "".join(
        "".join(run) if shown else f"[{len(list(run))} characters without a font]"
        for shown, run in runs
    )


def wrapped(text: str, size: int, width: float) -> list[str]:
    """The readable text, broken into lines at most ``width`` pixels wide."""
    length, lines = font(size).getlength, []
    for paragraph in readable(text).splitlines():
        line = ""
        for word in WORDS.findall(paragraph):
            for piece in [word] if length(word) <= width else word:
                if line.strip() and length(line + piece) > width:
                    lines.append(line.strip())
                    line = ""
                line += piece
        lines.append(line.strip())
    return [line for line in lines if line]


@dataclass(frozen=True)
class TextLabel:
    """Outlined text, drawn on many frames at the same place.

    Args:
        place: Its place in the frame.
        colour: RGB, shape (height, width, 3), floats.
        opacity: 0 to 1, shape (height, width, 1).
    """

    place: Rectangle
    colour: npt.NDArray[np.floating[Any]]
    opacity: npt.NDArray[np.floating[Any]]

    def draw(self, pixels: Pixels) -> None:
        """Draw the label on a frame. The frame itself is changed."""
        here = self.place.crop(pixels)
        here[:] = (here + (self.colour - here) * self.opacity + 0.5).astype(np.uint8)


def label(
    lines: list[str],
    frame: tuple[int, ...],
    size: int,
    corner: Corner,
    *,
    opacity: float = 1.0,
    lift: float = MARGIN_SHARE,
) -> TextLabel:
    """Make a label of white text with a dark outline.

    Args:
        lines: The text.
        frame: Height and width of the frames, pixels.
        size: Font size, pixels.
        corner: Where the text is.
        opacity: 0 to 1.
        lift: Distance from the frame's bottom, as a share of the frame's height.
    """
    edge, gap = max(1, round(OUTLINE_SHARE * size)), round(MARGIN_SHARE * frame[0])
    width = min(frame[1], round(max(map(font(size).getlength, lines))) + 4 * edge)
    height = min(frame[0], round(len(lines) * size * LINE_HEIGHT) + 2 * edge)
    picture = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        middle = width / 2, (row + 0.5) * size * LINE_HEIGHT + edge
        draw.text(
            middle, line, WHITE, font(size), anchor="mm", stroke_width=edge, stroke_fill=OUTLINE
        )
    lefts = {"bottom": (frame[1] - width) // 2, "bottom left": gap}
    left = max(0, lefts.get(corner, frame[1] - width - gap))
    top = max(0, frame[0] - height - round(lift * frame[0]))
    drawn = np.array(picture, np.float32)
    place = Rectangle(left, top, left + width, top + height)
    return TextLabel(place, drawn[..., :3], drawn[..., 3:] / 255 * opacity)


def watermark(text: str, frame: tuple[int, ...], corner: Corner = "bottom left") -> list[TextLabel]:
    """A small, half transparent label; none for an empty text."""
    size = max(10, round(WATERMARK_SHARE * frame[0]))
    lines = wrapped(text, size, frame[1] * 0.9)
    return [label(lines, frame, size, corner, opacity=WATERMARK_OPACITY)] if lines else []
