"""Subtitles in a box of the frame, with a font size and colours of their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from lipsync_nb.sandbox.render.media import Rectangle, Size
from lipsync_nb.sandbox.render.script import Caption
from lipsync_nb.sandbox.render.speech import Subtitle
from lipsync_nb.sandbox.render.text import LINE_HEIGHT, TextLabel, font, wrapped


@dataclass(frozen=True)
class SubtitleStyle:
    """Where subtitles are, and what they look like.

    Args:
        box: Left and upper edge, width and height, in pixels.
        font_size: Pixels.
        colour: Such as ``#FFFFFF``.
        stroke_colour: That of the outline.
        stroke_width: Pixels.
    """

    box: tuple[int, int, int, int]
    font_size: int
    colour: str
    stroke_colour: str
    stroke_width: int


def captions(said: Sequence[Subtitle], style: SubtitleStyle, frame: Size) -> Iterator[Caption]:
    """The captions of what is said. A long sentence has several, by its share of letters.

    Args:
        said: The sentences.
        style: Their place and look.
        frame: Width and height of the frames.
    """
    _, _, width, height = style.box
    rows = max(1, int(height // (style.font_size * LINE_HEIGHT)))
    for each in said:
        lines = wrapped(each.text, style.font_size, width)
        pages = [lines[first : first + rows] for first in range(0, len(lines), rows)]
        letters = np.cumsum([0, *(sum(map(len, page)) for page in pages)])
        times = each.begin_s + (each.end_s - each.begin_s) * letters / max(1, letters[-1])
        for page, begin_s, end_s in zip(pages, times[:-1], times[1:], strict=True):
            if (label := _label(page, style, frame)) is not None:
                yield Caption(label, float(begin_s), float(end_s))


def _label(lines: list[str], style: SubtitleStyle, frame: Size) -> TextLabel | None:
    """The part of the box that is on the frame; None if there is none."""
    left, top, width, height = style.box
    picture = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(picture)
    down = style.font_size * LINE_HEIGHT
    first = height / 2 - down * (len(lines) - 1) / 2
    for row, line in enumerate(lines):
        draw.text(
            (width / 2, first + row * down),
            line,
            ImageColor.getrgb(style.colour),
            font(style.font_size),
            anchor="mm",
            stroke_width=style.stroke_width,
            stroke_fill=ImageColor.getrgb(style.stroke_colour),
        )
    shown = Rectangle(
        max(0, left), max(0, top), min(frame[0], left + width), min(frame[1], top + height)
    )
    if shown.right <= shown.left or shown.bottom <= shown.top:
        return None
    part = Rectangle(shown.left - left, shown.top - top, shown.right - left, shown.bottom - top)
    drawn = part.crop(np.array(picture, np.float32))
    return TextLabel(shown, drawn[..., :3], drawn[..., 3:] / 255)
