"""A presentation becomes scenes: a picture of each slide's text, and what is said to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw
from pptx import Presentation

from lipsync_nb.sandbox.render.media import PICTURE_ERRORS, BadMedia
from lipsync_nb.sandbox.render.scene import Scene
from lipsync_nb.sandbox.render.text import LINE_HEIGHT, font, wrapped

# Pixels.
WIDTH, HEIGHT = 1280, 720
MARGIN, BAND, GAP = 64, 18, 36
TEXT_WIDTH = WIDTH - 2 * MARGIN
TITLE_SIZE, TEXT_SIZE, NUMBER_SIZE = 60, 44, 24
MIN_SIZE, SIZE_STEP = 18, 2
"""Smallest font size. A slide with more text ends in an ellipsis."""
TITLE_HEIGHT = 180

INDENT, PARAGRAPH_GAP = 1.1, 0.25
"""Indent of each level of a list, and space between paragraphs, in font sizes."""
PICTURE_SHARE = 0.42
"""Share of the text's width that a picture gets."""

PAPER, INK = (252, 252, 250), (34, 38, 46)
ACCENTS: Final = ((36, 92, 150), (150, 70, 60), (60, 120, 96), (110, 84, 150))

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Slide:
    """What a slide says and shows."""

    title: str
    lines: list[tuple[int, str]]
    """Paragraphs with their level in a list, 0 for the outermost."""
    notes: str
    picture: bytes | None

    @property
    def speech(self) -> str:
        """The notes, or else the slide's own text."""
        return self.notes or "\n".join([self.title, *(text for _, text in self.lines)]).strip()


def slide_scenes(ppt: Path, folder: Path) -> list[Scene]:
    """Read a PPTX.

    Args:
        ppt: The presentation.
        folder: An existing folder for the slides' pictures (PNG, 1280 by 720).

    Returns:
        A scene for each slide: its picture, and its notes or else its text to be spoken.

    Raises:
        BadMedia: The file is not a PPTX, or has no slides.
    """
    try:
        slides = [_read(slide) for slide in Presentation(str(ppt)).slides]
    except Exception as error:
        raise BadMedia(f"{ppt.name} is not a readable PPTX") from error
    if not slides:
        raise BadMedia(f"{ppt.name} has no slides")
    scenes = []
    for number, slide in enumerate(slides, start=1):
        picture = folder / f"slide-{number:03}.png"
        _draw(slide, number).save(picture)
        scenes.append(Scene(slide.speech, picture))
    return scenes


def _read(slide: Any) -> Slide:
    """Title, text, notes and first picture of one of python-pptx's slides."""
    heading, title = slide.shapes.title, ""
    lines: list[tuple[int, str]] = []
    picture = None
    for shape in _shapes(slide.shapes):
        if heading is not None and shape.shape_id == heading.shape_id:
            title = " ".join(text for _, text in _text(shape))
        else:
            lines += _text(shape)
        picture = picture or _picture(shape)
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return Slide(title, lines, frame.text.strip() if frame else "", picture)


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes, with those in groups."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _text(shape: Any) -> list[tuple[int, str]]:
    """A shape's paragraphs, or a table's rows, with their levels; empty ones are left out."""
    lines: list[tuple[int, str]] = []
    if shape.has_text_frame:
        lines = [(each.level, each.text) for each in shape.text_frame.paragraphs]
    elif getattr(shape, "has_table", False):
        rows = [[cell.text.strip() for cell in row.cells] for row in shape.table.rows]
        lines = [(0, " | ".join(filter(None, row))) for row in rows]
    return [(level, " ".join(text.split())) for level, text in lines if text.strip()]


def _picture(shape: Any) -> bytes | None:
    """The file of the picture that a shape is; None for other shapes and for linked pictures."""
    try:
        return bytes(shape.image.blob)
    except (AttributeError, ValueError):
        return None


def _draw(slide: Slide, number: int) -> Image.Image:
    """A slide as a picture of WIDTH by HEIGHT."""
    page = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, accent = ImageDraw.Draw(page), ACCENTS[number % len(ACCENTS)]
    draw.rectangle((0, 0, BAND, HEIGHT), accent)
    top = float(MARGIN)
    if slide.title:
        size = _fitting(
            TITLE_SIZE, lambda size: _height(slide.title, size, TEXT_WIDTH), TITLE_HEIGHT
        )
        for line in wrapped(slide.title, size, TEXT_WIDTH):
            draw.text((MARGIN, top), line, accent, font(size))
            top += size * LINE_HEIGHT
        draw.line((MARGIN, top + GAP / 2, WIDTH - MARGIN, top + GAP / 2), accent, 3)
        top = round(top + GAP)
    has_picture = slide.picture is not None and _paste_picture(page, slide.picture, round(top))
    room = round(TEXT_WIDTH * (1 - PICTURE_SHARE)) - GAP if has_picture else TEXT_WIDTH
    _draw_list(draw, slide.lines, top, room, accent)
    draw.text((WIDTH - MARGIN, HEIGHT - GAP), str(number), accent, font(NUMBER_SIZE), anchor="rs")
    return page


def _draw_list(
    draw: ImageDraw.ImageDraw, lines: list[tuple[int, str]], top: float, room: int, accent: Rgb
) -> None:
    """Draw the paragraphs with their bullets, as large as fits."""

    def left(level: int, size: int) -> float:
        return (level + 1) * INDENT * size

    def height(size: int) -> float:
        heights = [_height(text, size, room - left(level, size)) for level, text in lines]
        return sum(heights) + len(lines) * PARAGRAPH_GAP * size

    size = _fitting(TEXT_SIZE, height, HEIGHT - top - 2 * GAP)
    for level, text in lines:
        x, end = MARGIN + left(level, size), top + _height(text, size, room - left(level, size))
        if end > HEIGHT - GAP:
            draw.text((MARGIN, HEIGHT - GAP), "…", INK, font(size), anchor="ls")
            return
        draw.circle((x - 0.6 * size, top + 0.72 * size), 0.13 * size, accent)
        for line in wrapped(text, size, room - left(level, size)):
            draw.text((x, top), line, INK, font(size))
            top += size * LINE_HEIGHT
        top += PARAGRAPH_GAP * size


def _height(text: str, size: int, width: float) -> float:
    return len(wrapped(text, size, width)) * size * LINE_HEIGHT


def _fitting(size: int, height: Callable[[int], float], room: float) -> int:
    """The largest font size up to ``size`` at which a text is not higher than the room."""
    while size > MIN_SIZE and height(size) > room:
        size -= SIZE_STEP
    return size


def _paste_picture(page: Image.Image, blob: bytes, top: int) -> bool:
    """Put a picture at the right, below the title; False if it cannot be read."""
    try:
        with Image.open(BytesIO(blob)) as picture:
            shown = picture.convert("RGB")
    except PICTURE_ERRORS:
        return False
    room = round(PICTURE_SHARE * TEXT_WIDTH), HEIGHT - top - 2 * GAP
    scale = min(room[0] / shown.width, room[1] / shown.height)
    shown = shown.resize((max(1, round(shown.width * scale)), max(1, round(shown.height * scale))))
    page.paste(shown, (WIDTH - MARGIN - shown.width, top))
    return True
