"""Drawing a figure's body: what rests while the head moves."""

from typing import Final

from lipsync_nb.sandbox.film.drawing import Colour, Point, Sheet, blend, darker, lighter, mirrored
from lipsync_nb.sandbox.film.look import Look

# Lengths: half the width of the face is 1; (0, 0) is its middle, y runs down.

WHITE: Final[Colour] = (244, 244, 242)


def draw_body(sheet: Sheet, look: Look) -> None:
    """Neck, shoulders and clothes, and the hair behind them."""
    draw_back_hair(sheet, look)
    shoulders = [(0, 1.6), (0.6, 1.62), (1.2, 1.86), (1.8, 2.08), (2.15, 2.5), (2.3, 3.6), (0, 3.6)]
    sheet.shape(mirrored(shoulders), look.top)
    for side in (-1, 1):
        sleeve = flipped([(1.35, 2.7), (1.5, 2.75), (1.62, 3.6), (1.4, 3.6)], side)
        sheet.shape(sleeve, darker(look.top, 0.4), soft=0.06, opacity=0.6, inside=True)
    draw_shirt(sheet, look)
    draw_neck(sheet, look)
    for side in (-1, 1):
        draw_collar(sheet, look, side)


def draw_back_hair(sheet: Sheet, look: Look) -> None:
    """The hair behind the neck."""
    shade = darker(look.hair, 0.3)
    if look.hair_style == "long":
        side = [(0, -1.4), (0.8, -1.2), (1.15, -0.4), (1.22, 0.6), (1.3, 1.5), (1.1, 2.1), (0, 2.2)]
        sheet.shape(mirrored(side), shade)
    if look.hair_style == "bob":
        side = [(0, -1.4), (0.8, -1.2), (1.15, -0.4), (1.22, 0.5), (1.1, 1.0), (0, 1.1)]
        sheet.shape(mirrored(side), shade)


def draw_neck(sheet: Sheet, look: Look) -> None:
    """The neck, with the shadow that the chin throws on it."""
    neck = [(0, 0.8), (0.46, 0.8), (0.46, 1.4), (0.66, 1.68), (0.36, 1.98), (0, 2.06)]
    sheet.shape(mirrored(neck), darker(look.skin, 0.06))
    shadow = [(0, 1.0), (0.42, 1.0), (0.44, 1.35), (0, 1.6)]
    sheet.shape(mirrored(shadow), darker(look.skin, 0.42), soft=0.07, opacity=0.8, inside=True)


def draw_shirt(sheet: Sheet, look: Look) -> None:
    """What is worn beneath the neck."""
    if look.clothes == "suit":
        sheet.polygon(mirrored([(0, 1.5), (0.62, 1.62), (0.5, 2.4), (0, 3.6)]), WHITE)
    if look.clothes == "suit" and not look.made_up:
        tie = blend(look.top, (170, 40, 50), 0.7)
        sheet.polygon(mirrored([(0, 2.0), (0.13, 2.04), (0.08, 2.24), (0.18, 3.3), (0, 3.6)]), tie)
    if look.clothes == "sweater":
        rim = [(0, 1.5), (0.7, 1.5), (0.76, 1.75), (0.48, 2.14), (0, 2.26)]
        sheet.shape(mirrored(rim), darker(look.top, 0.2))


def draw_collar(sheet: Sheet, look: Look, side: int) -> None:
    """One side of what is worn over the neck: -1 the left, 1 the right."""
    if look.clothes == "suit":
        collar = [(0.44, 1.42), (0.74, 1.62), (0.42, 2.3), (0.0, 2.02)]
        sheet.polygon(flipped(collar, side), lighter(WHITE, 0.6))
        lapel = [(0.68, 1.58), (0.98, 1.74), (0.9, 2.45), (0.1, 3.6), (0.04, 3.5), (0.46, 2.35)]
        sheet.polygon(flipped(lapel, side), darker(look.top, 0.25))
    if look.clothes == "shirt":
        collar = [(0.44, 1.4), (0.78, 1.64), (0.62, 2.3), (0.02, 2.06)]
        sheet.polygon(flipped(collar, side), lighter(look.top, 0.28))


def flipped(points: list[Point], side: int) -> list[Point]:
    """The points as they are (1), or mirrored (-1)."""
    return [(side * x, y) for x, y in points]
