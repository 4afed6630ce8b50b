"""Drawing a figure's head; eyes and mouth apart, for they change from frame to frame."""

from typing import Final

import numpy as np

from lipsync_nb.sandbox.film.drawing import Colour, Sheet, blend, darker, lighter, mirrored
from lipsync_nb.sandbox.film.look import Look

# Lengths: half the width of the face is 1; (0, 0) is its middle, y runs down.
EYE_X, EYE_Y = 0.42, -0.08
MOUTH_Y, MOUTH_HALF_WIDTH = 0.76, 0.33
LIP = 0.075
JAW_DROP, LIP_LIFT = 0.27, 0.05
TEETH_HEIGHT, TONGUE_HEIGHT = 0.085, 0.12

INK: Final[Colour] = (40, 30, 30)
EYE_WHITE: Final[Colour] = (246, 246, 244)
MOUTH_INSIDE: Final[Colour] = (56, 18, 22)
TEETH: Final[Colour] = (240, 236, 228)
TONGUE: Final[Colour] = (176, 78, 82)
FRAME: Final[Colour] = (44, 40, 44)


def draw_head(sheet: Sheet, look: Look) -> None:
    """The whole head but for eyes and mouth."""
    for side in (-1, 1):
        sheet.ellipse((side * 0.99, 0.12), (0.15, 0.27), darker(look.skin, 0.06))
        sheet.ellipse((side * 1.03, 0.13), (0.07, 0.16), darker(look.skin, 0.25), soft=0.03)
    face = [(0, -1.28), (0.55, -1.18), (0.9, -0.8), (0.98, -0.1), (0.93, 0.45), (0.74, 0.95),
            (0.4, 1.26), (0, 1.36)]  # fmt: skip
    sheet.shape(mirrored(face), look.skin)
    shade_face(sheet, look)
    draw_nose(sheet, look)
    for side in (-1, 1):
        brow = [(side * 0.19, -0.36), (side * 0.44, -0.45), (side * 0.7, -0.34)]
        sheet.stroke(brow, (0.085, 0.03), darker(look.hair, 0.2))
    draw_front_hair(sheet, look)


def shade_face(sheet: Sheet, look: Look) -> None:
    """Light from above: hollows about the eyes, warm cheeks, shade at the sides and the chin."""
    shade, glow = darker(look.skin, 0.4), lighter(look.skin, 0.35)
    blush = blend(look.skin, (226, 84, 84), 0.5)
    for side in (-1, 1):
        sheet.ellipse((side * 1.03, 0.3), (0.16, 0.9), shade, soft=0.12, opacity=0.5, inside=True)
        hollow = (side * EYE_X, EYE_Y - 0.07)
        sheet.ellipse(hollow, (0.27, 0.16), shade, soft=0.08, opacity=0.45, inside=True)
        sheet.ellipse((side * 0.58, 0.36), (0.22, 0.14), blush, soft=0.12, opacity=0.4, inside=True)
        sheet.ellipse((side * 0.5, 0.2), (0.2, 0.06), glow, soft=0.08, opacity=0.5, inside=True)
    sheet.ellipse((0, -0.75), (0.5, 0.22), glow, soft=0.2, opacity=0.5, inside=True)
    sheet.ellipse((0, 1.01), (0.2, 0.03), shade, soft=0.05, opacity=0.3, inside=True)
    sheet.ellipse((0, 1.42), (0.7, 0.12), shade, soft=0.1, opacity=0.4, inside=True)


def draw_nose(sheet: Sheet, look: Look) -> None:
    """A bright ridge, shade at its sides, two nostrils."""
    shade, glow = darker(look.skin, 0.4), lighter(look.skin, 0.4)
    sheet.ellipse((0, 0.05), (0.06, 0.34), glow, soft=0.05, opacity=0.7, inside=True)
    sheet.ellipse((0, 0.36), (0.09, 0.07), glow, soft=0.05, opacity=0.7, inside=True)
    for side in (-1, 1):
        flank = (side * 0.16, 0.15)
        sheet.ellipse(flank, (0.04, 0.3), shade, soft=0.06, opacity=0.35, inside=True)
        sheet.ellipse((side * 0.085, 0.455), (0.05, 0.024), darker(look.skin, 0.6), soft=0.012)
        wing = [(side * 0.15, 0.33), (side * 0.18, 0.42), (side * 0.11, 0.475)]
        sheet.stroke(wing, (0.03, 0.01), shade, opacity=0.7)
    sheet.ellipse((0, 0.54), (0.1, 0.025), shade, soft=0.03, opacity=0.4, inside=True)


def draw_front_hair(sheet: Sheet, look: Look) -> None:
    """The hair about the face."""
    if look.hair_style == "bun":
        sheet.ellipse((0, -1.5), (0.46, 0.36), darker(look.hair, 0.15))
        sheet.ellipse((-0.08, -1.58), (0.26, 0.16), lighter(look.hair, 0.12), soft=0.08)
    for points in HAIR[look.hair_style]:
        sheet.shape(points, look.hair)
    shine = lighter(look.hair, 0.3)
    sheet.ellipse((-0.3, -1.24), (0.4, 0.07), shine, soft=0.07, opacity=0.6, inside=True)


HAIR: Final = {
    "short": (
        mirrored([(0, -1.56), (0.5, -1.48), (0.92, -1.15), (1.06, -0.6), (1.02, -0.1),
                  (0.93, -0.12), (0.9, -0.5), (0.7, -0.82), (0.35, -0.9), (0, -0.86)]),
    ),
    "swept": (
        [(-1.03, -0.1), (-1.08, -0.7), (-0.85, -1.3), (-0.2, -1.62), (0.5, -1.55), (0.95, -1.2),
         (1.08, -0.6), (1.02, -0.1), (0.93, -0.14), (0.9, -0.55), (0.6, -0.72), (0.1, -0.8),
         (-0.4, -1.0), (-0.75, -0.85), (-0.9, -0.5), (-0.93, -0.12)],
    ),
    "bob": (
        mirrored([(0, -1.48), (0.55, -1.42), (1.0, -1.05), (1.14, -0.4), (1.18, 0.3), (1.08, 0.9),
                  (0.86, 0.86), (0.93, 0.3), (0.9, -0.3), (0.78, -0.62), (0.3, -0.66), (0, -0.64)]),
    ),
    "long": (
        [(0.15, -1.5), (0.65, -1.4), (1.05, -1.0), (1.16, -0.3), (1.2, 0.6), (1.2, 1.5),
         (0.98, 1.55), (0.97, 0.6), (0.92, -0.2), (0.7, -0.75), (0.2, -1.15)],
        [(0.25, -1.48), (-0.3, -1.52), (-0.8, -1.3), (-1.08, -0.8), (-1.17, -0.2), (-1.2, 0.6),
         (-1.2, 1.5), (-0.98, 1.55), (-0.97, 0.6), (-0.93, -0.1), (-0.75, -0.6), (-0.2, -0.95),
         (0.2, -1.2)],
    ),
    "bun": (
        [(0.1, -1.45), (0.6, -1.38), (0.98, -0.95), (1.05, -0.3), (0.96, -0.05), (0.9, -0.35),
         (0.65, -0.85), (0.15, -1.12)],
        [(0.2, -1.44), (-0.4, -1.44), (-0.9, -1.1), (-1.06, -0.4), (-0.97, -0.05), (-0.9, -0.35),
         (-0.6, -0.8), (-0.1, -1.05), (0.2, -1.14)],
    ),
}  # fmt: skip
"""Outlines of the hair before the face, for each style."""


def draw_eyes(sheet: Sheet, look: Look, lid: float) -> None:
    """Both eyes; ``lid`` 0 is open, 1 is shut."""
    for side in (-1, 1):
        x = side * EYE_X
        upper = EYE_Y - 0.13 + 0.2 * lid
        rim = [(-0.22, 0.03), (-0.1, -0.11), (0.02, -0.13), (0.13, -0.1), (0.225, 0.02), (0.1, 0.1),
               (-0.1, 0.1)]  # fmt: skip
        sheet.shape([(x + dx, EYE_Y + dy) for dx, dy in rim], EYE_WHITE)
        sheet.ellipse((x, EYE_Y - 0.01), (0.115, 0.115), darker(look.iris, 0.4))
        sheet.ellipse((x, EYE_Y), (0.09, 0.09), lighter(look.iris, 0.1))
        sheet.ellipse((x, EYE_Y - 0.01), (0.05, 0.05), (16, 12, 14))
        sheet.ellipse((x - 0.04, EYE_Y - 0.05), (0.026, 0.026), (255, 255, 255))
        lash = [(-0.235, 0.035), (-0.11, upper - EYE_Y + 0.02), (0.02, upper - EYE_Y),
                (0.13, upper - EYE_Y + 0.025), (0.245, 0.015)]  # fmt: skip
        above = [(0.24, -0.12), (0.0, -0.18), (-0.23, -0.1)]
        skin = sheet.colour_at((x, EYE_Y - 0.2))
        sheet.shape([(x + dx, EYE_Y + dy) for dx, dy in (*lash, *above)], skin, soft=0.012)
        sheet.stroke([(x + dx, EYE_Y + dy) for dx, dy in lash], (0.05, 0.02), INK)
    if look.glasses:
        draw_glasses(sheet)


def draw_glasses(sheet: Sheet) -> None:
    """A thin frame; it must not hide the eyes."""
    for side in (-1, 1):
        rim = [(0.3, 0.0), (0.2, 0.19), (-0.2, 0.19), (-0.3, 0.0), (-0.26, -0.19), (0.26, -0.19)]
        around = [(side * EYE_X + dx, EYE_Y + dy) for dx, dy in (*rim, rim[0])]
        sheet.stroke(around, (0.03, 0.03), FRAME)
        sheet.stroke([(side * 0.72, EYE_Y - 0.06), (side * 0.98, EYE_Y - 0.1)], (0.03, 0.03), FRAME)
    sheet.stroke(
        [(-0.12, EYE_Y - 0.05), (0, EYE_Y - 0.09), (0.12, EYE_Y - 0.05)], (0.03, 0.03), FRAME
    )


def draw_mouth(sheet: Sheet, look: Look, openness: float, width: float) -> None:
    """Lips, and between them darkness, teeth and a tongue.

    Args:
        sheet: Where the face is already drawn.
        look: The lips' colour.
        openness: 0 (closed) to 1.
        width: -1 (round) to 1 (spread).
    """
    half = MOUTH_HALF_WIDTH * (1 + 0.18 * width - 0.08 * openness)
    x = np.linspace(-half, half, 33)
    arch = np.sqrt(np.maximum(0, 1 - (x / half) ** 2))
    top = MOUTH_Y - LIP_LIFT * openness * arch
    bottom = MOUTH_Y + JAW_DROP * openness * arch
    bow = 1 - 0.3 * np.exp(-((x / 0.05) ** 2))
    between(sheet, x * 1.06, top - LIP * arch**0.7 * bow, bottom + 1.15 * LIP * arch, look.lips)
    between(sheet, x, bottom + 0.45 * LIP * arch, bottom + 0.8 * LIP * arch,
            lighter(look.lips, 0.25))  # fmt: skip
    between(sheet, x, top - 0.006, bottom + 0.012, MOUTH_INSIDE)
    inner = np.minimum(top + TEETH_HEIGHT * arch, bottom)
    between(sheet, x * 0.9, top, inner, TEETH)
    tongue = np.maximum(bottom - TONGUE_HEIGHT * openness * arch, inner)
    between(sheet, x * 0.75, tongue, bottom, TONGUE)


def between(
    sheet: Sheet, x: np.ndarray, top: np.ndarray, bottom: np.ndarray, colour: Colour
) -> None:
    """Fill what lies between two curves over the same ``x``."""
    rim = np.stack([np.concatenate([x, x[::-1]]), np.concatenate([top, bottom[::-1]])], axis=1)
    sheet.fill(rim, colour, 1, 0, inside=False)
