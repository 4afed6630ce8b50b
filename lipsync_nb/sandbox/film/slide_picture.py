"""Drawing a slide from its text: title, list, picture beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, UnidentifiedImageError

from lipsync_nb.sandbox.film.fonts import LINE_HEIGHT, font, wrapped
from lipsync_nb.sandbox.film.lettering import Colour

# Pixels.
WIDTH, HEIGHT = 1280, 720
MARGIN, BAND, GAP = 64, 18, 36
TITLE_SIZE, TEXT_SIZE, NUMBER_SIZE = 60, 44, 24
SMALLEST_SIZE = 18
"""Smallest size of letters; a slide with still more text ends in an ellipsis."""
SIZE_STEP = 2
TITLE_HEIGHT = 180

INDENT = 1.1
"""Indent of each level of a list, in letters' heights."""
PARAGRAPH_GAP = 0.25
"""Space between paragraphs, in letters' heights."""
PICTURE_SHARE = 0.42
"""Share of the slide's width that a picture beside its text gets."""

MORE = "…"

PAPER: Final[Colour] = (252, 252, 250)
INK: Final[Colour] = (34, 38, 46)
ACCENTS: Final[tuple[Colour, ...]] = (
    (36, 92, 150),
    (150, 70, 60),
    (60, 120, 96),
    (110, 84, 150),
)


@dataclass(frozen=True)
class Slide:
    """What a slide says and shows."""

    title: str
    lines: list[tuple[int, str]]
    """Paragraphs with their level in a list, 0 outermost."""
    notes: str
    picture: bytes | None

    @property
    def speech(self) -> str:
        """The notes, or else the slide's own text."""
        return self.notes or "\n".join([self.title, *(text for _, text in self.lines)]).strip()


def draw_slide(slide: Slide, number: int) -> Image.Image:
    """A slide as a picture of WIDTH by HEIGHT."""
    sheet = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, accent = ImageDraw.Draw(sheet), ACCENTS[number % len(ACCENTS)]
    draw.rectangle((0, 0, BAND, HEIGHT), accent)
    top = draw_title(draw, slide.title, accent)
    room = WIDTH - 2 * MARGIN
    if slide.picture is not None and paste_picture(sheet, slide.picture, top):
        room = round(room * (1 - PICTURE_SHARE)) - GAP
    draw_list(draw, slide.lines, top, room, accent)
    draw.text((WIDTH - MARGIN, HEIGHT - GAP), str(number), accent, font(NUMBER_SIZE), anchor="rs")
    return sheet


def draw_title(draw: ImageDraw.ImageDraw, title: str, accent: Colour) -> int:
    """The title with a line below it; returns where the rest begins."""
    if not title:
        return MARGIN
    room = WIDTH - 2 * MARGIN

    def height(size: int) -> float:
        return len(wrapped(title, size, room)) * size * LINE_HEIGHT

    size, top = largest(TITLE_SIZE, height, TITLE_HEIGHT), float(MARGIN)
    for line in wrapped(title, size, room):
        draw.text((MARGIN, top), line, accent, font(size))
        top += size * LINE_HEIGHT
    draw.line((MARGIN, top + GAP / 2, WIDTH - MARGIN, top + GAP / 2), accent, 3)
    return round(top + GAP)


def draw_list(
    draw: ImageDraw.ImageDraw, lines: list[tuple[int, str]], top: float, room: int, accent: Colour
) -> None:
    """The paragraphs with their bullets, as large as fits."""

    def rows(size: int) -> list[tuple[int, list[str]]]:
        return [
            (level, wrapped(text, size, room - (level + 1) * INDENT * size))
            for level, text in lines
        ]

    def height(size: int) -> float:
        return sum((len(texts) * LINE_HEIGHT + PARAGRAPH_GAP) * size for _, texts in rows(size))

    size = largest(TEXT_SIZE, height, HEIGHT - top - 2 * GAP)
    for level, texts in rows(size):
        if top + len(texts) * size * LINE_HEIGHT > HEIGHT - GAP:
            draw.text((MARGIN, HEIGHT - GAP), MORE, INK, font(size), anchor="ls")
            return
        left = MARGIN + (level + 1) * INDENT * size
        dot, middle, radius = left - 0.6 * size, top + 0.72 * size, 0.13 * size
        draw.ellipse((dot - radius, middle - radius, dot + radius, middle + radius), accent)
        for text in texts:
            draw.text((left, top), text, INK, font(size))
            top += size * LINE_HEIGHT
        top += PARAGRAPH_GAP * size


def largest(size: int, height: Callable[[int], float], room: float) -> int:
    """The largest size of letters, from ``size`` down, at which a text is no higher than room."""
    while size > SMALLEST_SIZE and height(size) > room:
        size -= SIZE_STEP
    return size


def paste_picture(sheet: Image.Image, blob: bytes, top: int) -> bool:
    """Put a picture at the right, below the title; False if it cannot be read."""
    room = round(PICTURE_SHARE * (WIDTH - 2 * MARGIN)), HEIGHT - top - 2 * GAP
    try:
        with Image.open(BytesIO(blob)) as picture:
            shown = picture.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError):
        return False
    scale = min(room[0] / shown.width, room[1] / shown.height)
    shown = shown.resize((max(1, round(shown.width * scale)), max(1, round(shown.height * scale))))
    sheet.paste(shown, (WIDTH - MARGIN - shown.width, top))
    return True
