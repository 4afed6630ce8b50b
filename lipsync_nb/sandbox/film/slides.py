"""Presentation → scenes: each slide as a picture of its text, and what is said to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pptx import Presentation

from lipsync_nb.sandbox.film.slide_picture import Slide, draw_slide
from lipsync_nb.sandbox.film.spec import BadMedia, Scene


def slide_scenes(ppt: Path, workdir: Path) -> list[Scene]:
    """Read a PPTX.

    Args:
        ppt: The presentation.
        workdir: An existing folder; the slides' pictures (PNG, 1280 by 720) go there.

    Returns:
        A scene for each slide: its picture, and its notes or else its text to be spoken.

    Raises:
        BadMedia: Not a PPTX, or one without slides.
    """
    try:
        slides = [read_slide(slide) for slide in Presentation(str(ppt)).slides]
    except Exception as error:
        raise BadMedia(f"{ppt.name} is not a readable PPTX") from error
    if not slides:
        raise BadMedia(f"{ppt.name} has no slides")
    scenes = []
    for number, slide in enumerate(slides, start=1):
        picture = workdir / f"slide-{number:03}.png"
        draw_slide(slide, number).save(picture)
        scenes.append(Scene(slide.speech, picture))
    return scenes


def read_slide(slide: Any) -> Slide:
    """Title, text, notes and first picture of one of python-pptx's slides."""
    heading, title = slide.shapes.title, ""
    lines: list[tuple[int, str]] = []
    pictures: list[bytes] = []
    for shape in shapes_within(slide.shapes):
        if heading is not None and shape.shape_id == heading.shape_id:
            title = " ".join(text for _, text in text_of(shape))
        else:
            lines += text_of(shape)
        pictures += picture_of(shape)
    return Slide(title, lines, notes_of(slide), next(iter(pictures), None))


def shapes_within(shapes: Any) -> Iterator[Any]:
    """All shapes, those in groups included."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from shapes_within(shape.shapes)
        else:
            yield shape


def text_of(shape: Any) -> list[tuple[int, str]]:
    """A shape's paragraphs, or a table's rows, that are not empty, with their levels."""
    lines: list[tuple[int, str]] = []
    if shape.has_text_frame:
        lines = [(each.level, each.text) for each in shape.text_frame.paragraphs]
    elif getattr(shape, "has_table", False):
        lines = [(0, " | ".join(filter(None, cells_of(row)))) for row in shape.table.rows]
    return [(level, " ".join(text.split())) for level, text in lines if text.strip()]


def cells_of(row: Any) -> list[str]:
    """The texts of a table's row."""
    return [cell.text.strip() for cell in row.cells]


def picture_of(shape: Any) -> list[bytes]:
    """The picture that a shape is, as a file's bytes; none for other shapes, or mere links."""
    try:
        return [shape.image.blob]
    except (AttributeError, ValueError):
        return []


def notes_of(slide: Any) -> str:
    """The speaker's notes, if any."""
    if not slide.has_notes_slide or slide.notes_slide.notes_text_frame is None:
        return ""
    return str(slide.notes_slide.notes_text_frame.text).strip()
