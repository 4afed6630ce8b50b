"""Rooms for the drawn figures to speak in: a different one for each studio's name."""

from hashlib import md5
from typing import Final

import cv2
import numpy as np

from lipsync_nb.sandbox.film.drawing import Colour, Point, Sheet, blend, darker, lighter
from lipsync_nb.sandbox.film.pictures import Pixels

WALLS: Final[tuple[Colour, ...]] = (
    (206, 216, 228),
    (224, 214, 198),
    (54, 66, 98),
    (62, 84, 84),
    (198, 210, 198),
    (88, 74, 104),
)
BOOKS: Final[tuple[Colour, ...]] = (
    (150, 66, 58),
    (58, 92, 120),
    (190, 150, 80),
    (84, 112, 84),
    (120, 96, 130),
    (214, 204, 186),
)
WOOD: Final[Colour] = (134, 98, 70)
OUT_OF_FOCUS = 0.005
"""Blur of the room, as a share of the height: the speaker stands before it."""

LIT_SHARE = 0.4
"""Share of a television studio's panels that are lit."""
SHELF_FILLED = 0.88

COARSER = 2
"""The room is drawn so many times smaller: what is out of focus need not be fine."""

SKY: Final[Colour] = (176, 208, 236)


def draw_studio(name: str, width: int, height: int) -> Pixels:
    """The room that belongs to a studio's name; always the same one.

    Args:
        name: Any text.
        width: Pixels.
        height: Pixels.

    Returns:
        RGB, shape (height, width, 3).
    """
    dice = md5(name.encode(), usedforsecurity=False).digest()
    wall = WALLS[dice[0] % len(WALLS)]
    sheet = Sheet(width // COARSER, height // COARSER, height / COARSER)
    room = width / height
    sheet.polygon([(0, 0), (room, 0), (room, 1), (0, 1)], wall)
    sheet.ellipse((room / 2, 0.35), (room * 0.55, 0.5), lighter(wall, 0.5), soft=0.18, opacity=0.6)
    furnish = (panels, window, shelves, screens)[dice[1] % 4]
    furnish(sheet, room, wall, np.random.default_rng(int.from_bytes(dice[2:6])))
    sheet.ellipse((room / 2, 1.1), (room * 0.7, 0.2), darker(wall, 0.6), soft=0.12, opacity=0.4)
    blurred = cv2.GaussianBlur(sheet.picture()[..., :3], (0, 0), OUT_OF_FOCUS * height / COARSER)
    whole = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(whole + 0.5, 0, 255), np.uint8)


def panels(sheet: Sheet, room: float, wall: Colour, random: np.random.Generator) -> None:
    """A television studio: upright panels, some of them lit."""
    step = room / 9
    for index in range(9):
        lit = random.random() < LIT_SHARE
        colour = lighter(wall, 0.45) if lit else darker(wall, 0.06 + 0.1 * random.random())
        box(sheet, (index * step, 0.0), (step * 0.96, 0.86), colour)
        if lit:
            stripe = (index * step + step * 0.46, 0.06)
            box(sheet, stripe, (step * 0.05, 0.74), (255, 250, 238))
    box(sheet, (0, 0.86), (room, 0.14), darker(wall, 0.35))


def window(sheet: Sheet, room: float, wall: Colour, random: np.random.Generator) -> None:
    """An office: a wide window over a town."""
    left, top, width, height = 0.06 * room, 0.08, 0.88 * room, 0.62
    box(sheet, (left - 0.015, top - 0.015), (width + 0.03, height + 0.03), darker(wall, 0.35))
    box(sheet, (left, top), (width, height), SKY)
    x = left
    while x < left + width - 0.04:
        tower = min(0.05 + 0.09 * random.random(), left + width - x)
        tall = 0.12 + 0.36 * random.random()
        tone = blend(SKY, (92, 108, 132), 0.35 + 0.4 * random.random())
        box(sheet, (x, top + height - tall), (tower, tall), tone)
        x += tower + 0.005
    for share in (1 / 3, 2 / 3):
        box(sheet, (left + share * width - 0.006, top), (0.012, height), darker(wall, 0.35))
    plant(sheet, (0.1 * room, 0.98))


def shelves(sheet: Sheet, room: float, wall: Colour, random: np.random.Generator) -> None:
    """A library: books from wall to wall."""
    box(sheet, (0, 0), (room, 1), darker(WOOD, 0.35))
    for top in (0.02, 0.27, 0.52, 0.77):
        x = 0.01
        while x < room:
            thick, tall = 0.018 + 0.025 * random.random(), 0.15 + 0.06 * random.random()
            if random.random() < SHELF_FILLED:
                colour = darker(BOOKS[int(random.integers(len(BOOKS)))], 0.3 * random.random())
                box(sheet, (x, top + 0.22 - tall), (thick, tall), colour)
            x += thick + 0.002
        box(sheet, (0, top + 0.22), (room, 0.022), WOOD)
    sheet.ellipse((room / 2, 0.4), (room * 0.5, 0.5), wall, soft=0.2, opacity=0.28)


def screens(sheet: Sheet, room: float, wall: Colour, random: np.random.Generator) -> None:
    """A newsroom: screens with curves and columns."""
    box(sheet, (0, 0), (room, 1), darker(wall, 0.55))
    glow = blend(wall, (70, 150, 220), 0.6)
    width = room / 4
    for column in range(4):
        for top in (0.06, 0.46):
            left = column * width + 0.02
            box(sheet, (left, top), (width - 0.04, 0.34), darker(glow, 0.45))
            for bar in range(6):
                tall = 0.04 + 0.22 * random.random()
                place = (left + 0.02 + bar * (width - 0.08) / 6, top + 0.32 - tall)
                box(sheet, place, ((width - 0.08) / 9, tall), lighter(glow, 0.2 * random.random()))
    sheet.ellipse((room / 2, 0.3), (room * 0.5, 0.4), glow, soft=0.2, opacity=0.2)


def plant(sheet: Sheet, foot: Point) -> None:
    """A plant in a pot."""
    x, y = foot
    for lean in (-0.16, -0.1, -0.03, 0.05, 0.11, 0.17):
        tip = (x + lean, y - 0.36 + 0.6 * abs(lean))
        sheet.stroke([(x, y - 0.1), (x + lean * 0.4, y - 0.24), tip], (0.035, 0.004), (72, 116, 78))
    sheet.polygon(
        [(x - 0.06, y - 0.13), (x + 0.06, y - 0.13), (x + 0.045, y), (x - 0.045, y)], WOOD
    )


def box(sheet: Sheet, corner: Point, size: Point, colour: Colour) -> None:
    """Fill a rectangle, given by its top left corner."""
    (left, top), (width, height) = corner, size
    right, bottom = left + width, top + height
    sheet.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)
