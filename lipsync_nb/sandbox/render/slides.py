"""A presentation becomes scenes: a picture of each slide's text, and its notes to be spoken."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import Image, ImageDraw, ImageOps
from pptx import Presentation

from lipsync_nb.decode.containers import Undecodable
from lipsync_nb.decode.pictures import read_picture
from lipsync_nb.sandbox.render.media import BadMedia
from lipsync_nb.sandbox.render.scene import Scene
from lipsync_nb.sandbox.render.text import LINE_HEIGHT, font, wrapped

# Pixels.
WIDTH, HEIGHT = 1280, 720
MARGIN, BAND, GAP = 64, 18, 36
TEXT_WIDTH = WIDTH - 2 * MARGIN
PICTURE_SIZE = (480, HEIGHT - 2 * MARGIN)
"""The room for a slide's picture."""
MAX_SIZE, MIN_SIZE, SIZE_STEP, NUMBER_SIZE = 44, 18, 2, 24
"""Font sizes of the text, and of the slide's number. More text than fits is cut off."""
TITLE_SCALE, INDENT = 1.4, 1.0
"""Size of the title, and indent of each level of a list, in sizes of the text."""

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


def slide_scenes(ppt: Path, folder: Path) -> list[Scene]:
    """Read a PPTX.

    Args:
        ppt: The presentation.
        folder: An existing folder for the slides' pictures (PNG, 1280 by 720).

    Returns:
        A scene for each slide: its picture, and its notes to be spoken.

    Raises:
        BadMedia: The file is not a PPTX, or has no slides, or no notes.
    """
    try:
        slides = [_read(slide) for slide in Presentation(str(ppt)).slides]
    except Exception as error:
        raise BadMedia(
            f"{ppt.name} is not a readable PPTX, the only kind of slides that the sandbox reads"
        ) from error
    if not slides:
        raise BadMedia(f"{ppt.name} has no slides")
    if not any(slide.notes for slide in slides):
        raise BadMedia(f"{ppt.name} has no notes, and only notes are spoken")
    scenes = []
    for number, slide in enumerate(slides, start=1):
        picture = folder / f"slide-{number:03}.png"
        _draw(slide, number).save(picture)
        scenes.append(Scene(slide.notes, picture))
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
    """A slide as a picture of WIDTH by HEIGHT, with its text as large as fits."""
    page = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw, accent = ImageDraw.Draw(page), ACCENTS[number % len(ACCENTS)]
    draw.rectangle((0, 0, BAND, HEIGHT), accent)
    draw.text((WIDTH - MARGIN, HEIGHT - GAP), str(number), accent, font(NUMBER_SIZE), anchor="rs")
    width, height = TEXT_WIDTH, HEIGHT - 2 * MARGIN
    if slide.picture is not None and _paste_picture(page, slide.picture):
        width -= PICTURE_SIZE[0] + GAP
    size = MAX_SIZE
    while size > MIN_SIZE and _height(_rows(slide, size, width, accent)) > height:
        size -= SIZE_STEP
    top = float(MARGIN)
    for row in _rows(slide, size, width, accent):
        draw.text((MARGIN + row.left, top), row.text, row.colour, font(row.size))
        top += row.size * LINE_HEIGHT
    return page


class Row(NamedTuple):
    """A line of text on a slide: its indent in pixels, its font size and its colour."""

    text: str
    left: float
    size: int
    colour: Rgb


def _rows(slide: Slide, size: int, width: float, accent: Rgb) -> list[Row]:
    """The title and the paragraphs, broken into lines."""
    title = round(TITLE_SCALE * size)
    rows = [Row(line, 0, title, accent) for line in wrapped(slide.title, title, width)]
    for level, text in slide.lines:
        left = (level + 1) * INDENT * size
        rows += [Row(line, left, size, INK) for line in wrapped(text, size, width - left)]
    return rows


def _height(rows: list[Row]) -> float:
    return sum(row.size * LINE_HEIGHT for row in rows)


def _paste_picture(page: Image.Image, blob: bytes) -> bool:
    """Put a picture at the right; False if it cannot be read."""
    try:
        shown = ImageOps.contain(read_picture(BytesIO(blob)), PICTURE_SIZE)
    except Undecodable:
        return False
    page.paste(shown, (WIDTH - MARGIN - shown.width, (HEIGHT - shown.height) // 2))
    return True
