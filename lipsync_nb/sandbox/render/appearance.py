"""What a drawn figure looks like, and drawing it, with its mouth closed.

Lengths: half the width of the face is 1; (0, 0) is the middle of the face, y runs down.
"""

from dataclasses import dataclass
from hashlib import md5
from typing import Final

from lipsync_nb.sandbox.render.drawing import Canvas, Colour, blend, darker, lighter, mirrored

SKINS: Final[tuple[Colour, ...]] = (
    (250, 222, 202),
    (240, 200, 170),
    (224, 178, 142),
    (196, 144, 106),
    (156, 108, 78),
    (126, 86, 64),
)
HAIRS: Final[tuple[Colour, ...]] = (
    (38, 32, 34),
    (66, 44, 34),
    (104, 68, 42),
    (176, 130, 76),
    (146, 66, 40),
    (122, 120, 124),
)
CLOTH_COLOURS: Final[tuple[Colour, ...]] = (
    (44, 62, 98),
    (120, 40, 52),
    (52, 92, 84),
    (70, 72, 80),
    (150, 96, 60),
    (92, 72, 128),
)
IRISES: Final[tuple[Colour, ...]] = ((74, 48, 34), (60, 84, 60), (60, 92, 124), (48, 40, 38))
HAIR_STYLES: Final = ("short", "bob", "long")
CLOTHES: Final = ("suit", "sweater")

WHITE: Final[Colour] = (244, 244, 242)
LASHES: Final[Colour] = (40, 30, 30)
SEAM: Final[Colour] = (56, 18, 22)

EYE_X, EYE_Y = 0.42, -0.08
MOUTH_Y, MOUTH_HALF_WIDTH = 0.76, 0.33

# fmt: off
SHOULDERS = mirrored([(0, 1.6), (0.6, 1.62), (1.2, 1.86), (1.8, 2.08), (2.15, 2.5), (2.3, 3.6),
                      (0, 3.6)])
NECK = mirrored([(0, 0.8), (0.46, 0.8), (0.46, 1.4), (0.66, 1.68), (0.36, 1.98), (0, 2.06)])
NECK_SHADOW = mirrored([(0, 1.0), (0.42, 1.0), (0.44, 1.35), (0, 1.6)])
SHIRT = mirrored([(0, 1.5), (0.62, 1.62), (0.5, 2.4), (0, 3.6)])
TIE = mirrored([(0, 2.0), (0.13, 2.04), (0.08, 2.24), (0.18, 3.3), (0, 3.6)])
SWEATER_RIM = mirrored([(0, 1.5), (0.7, 1.5), (0.76, 1.75), (0.48, 2.14), (0, 2.26)])
FACE = mirrored([(0, -1.28), (0.55, -1.18), (0.9, -0.8), (0.98, -0.1), (0.93, 0.45), (0.74, 0.95),
                 (0.4, 1.26), (0, 1.36)])
EYE = [(-0.22, 0.03), (-0.1, -0.11), (0.02, -0.13), (0.13, -0.1), (0.225, 0.02), (0.1, 0.1),
       (-0.1, 0.1)]
LASH_LINE = [(-0.235, 0.035), (-0.11, -0.11), (0.02, -0.13), (0.13, -0.105), (0.245, 0.015)]
MOUTH = mirrored([(0, 0.71), (0.1, 0.69), (0.22, 0.715), (0.345, 0.76), (0.2, 0.825), (0, 0.846)])
BACK_HAIR = {
    "short": mirrored([(0, -1.4), (0.8, -1.2), (0.9, -0.4), (0, 0.4)]),
    "bob": mirrored([(0, -1.4), (0.8, -1.2), (1.15, -0.4), (1.22, 0.5), (1.1, 1.0), (0, 1.1)]),
    "long": mirrored([(0, -1.4), (0.8, -1.2), (1.15, -0.4), (1.22, 0.6), (1.3, 1.5), (1.1, 2.1),
                      (0, 2.2)]),
}
FRONT_HAIR = {
    "short": [(-1.03, -0.1), (-1.08, -0.7), (-0.85, -1.3), (-0.2, -1.62), (0.5, -1.55),
              (0.95, -1.2), (1.08, -0.6), (1.02, -0.1), (0.93, -0.14), (0.9, -0.55), (0.6, -0.72),
              (0.1, -0.8), (-0.4, -1.0), (-0.75, -0.85), (-0.9, -0.5), (-0.93, -0.12)],
    "bob": mirrored([(0, -1.48), (0.55, -1.42), (1.0, -1.05), (1.14, -0.4), (1.18, 0.3),
                     (1.08, 0.9), (0.86, 0.86), (0.93, 0.3), (0.9, -0.3), (0.78, -0.62),
                     (0.3, -0.66), (0, -0.64)]),
    "long": mirrored([(0, -1.5), (0.5, -1.48), (0.95, -1.15), (1.13, -0.5), (1.19, 0.3),
                      (1.2, 1.5), (0.98, 1.55), (0.97, 0.6), (0.92, -0.15), (0.75, -0.65),
                      (0.35, -0.98), (0, -1.18)]),
}
# fmt: on


@dataclass(frozen=True)
class Appearance:
    """What a figure looks like."""

    skin: Colour
    hair: Colour
    cloth: Colour
    iris: Colour
    hair_style: str
    """One of ``HAIR_STYLES``."""
    clothes: str
    """One of ``CLOTHES``."""

    @property
    def is_woman(self) -> bool:
        """Whether the figure is a woman, who wears lipstick and no tie."""
        return self.hair_style != "short"

    @property
    def lips(self) -> Colour:
        """The lips' colour, redder and darker than the skin."""
        return blend(darker(self.skin, 0.12), (186, 58, 66), 0.6 if self.is_woman else 0.35)


def appearance_of(name: str) -> Appearance:
    """The appearance for a name; the same one each time."""
    digest = md5(name.encode(), usedforsecurity=False).digest()
    return Appearance(
        skin=SKINS[digest[0] % len(SKINS)],
        hair=HAIRS[digest[1] % len(HAIRS)],
        cloth=CLOTH_COLOURS[digest[2] % len(CLOTH_COLOURS)],
        iris=IRISES[digest[3] % len(IRISES)],
        hair_style=HAIR_STYLES[digest[4] % len(HAIR_STYLES)],
        clothes=CLOTHES[digest[5] % len(CLOTHES)],
    )


def draw_figure(canvas: Canvas, appearance: Appearance) -> None:
    """Draw head and shoulders, with the eyes open and the mouth closed."""
    _draw_body(canvas, appearance)
    _draw_head(canvas, appearance)
    _draw_eyes(canvas, appearance)
    _draw_mouth(canvas, appearance)


def _draw_body(canvas: Canvas, appearance: Appearance) -> None:
    """Draw neck, shoulders, clothes, and the hair behind."""
    canvas.shape(BACK_HAIR[appearance.hair_style], darker(appearance.hair, 0.3))
    canvas.shape(SHOULDERS, appearance.cloth)
    if appearance.clothes == "suit":
        canvas.polygon(SHIRT, WHITE)
        if not appearance.is_woman:
            canvas.polygon(TIE, blend(appearance.cloth, (170, 40, 50), 0.7))
    else:
        canvas.shape(SWEATER_RIM, darker(appearance.cloth, 0.2))
    canvas.shape(NECK, darker(appearance.skin, 0.06))
    canvas.shape(NECK_SHADOW, darker(appearance.skin, 0.42), soft=0.07, opacity=0.8, inside=True)
    for side in (-1, 1):
        sleeve = [(side * x, y) for x, y in ((1.35, 2.7), (1.5, 2.75), (1.62, 3.6), (1.4, 3.6))]
        canvas.shape(sleeve, darker(appearance.cloth, 0.4), soft=0.06, opacity=0.6, inside=True)
        if appearance.clothes == "suit":
            collar = ((0.44, 1.42), (0.74, 1.62), (0.42, 2.3), (0.0, 2.02))
            canvas.polygon([(side * x, y) for x, y in collar], lighter(WHITE, 0.6))
            lapel = ((0.68, 1.58), (0.98, 1.74), (0.9, 2.45), (0.1, 3.6), (0.04, 3.5), (0.46, 2.35))
            canvas.polygon([(side * x, y) for x, y in lapel], darker(appearance.cloth, 0.25))


def _draw_head(canvas: Canvas, appearance: Appearance) -> None:
    """Draw the head without eyes and mouth, with light from above."""
    shade, glow = darker(appearance.skin, 0.4), lighter(appearance.skin, 0.35)
    for side in (-1, 1):
        canvas.ellipse((side * 0.99, 0.12), (0.15, 0.27), darker(appearance.skin, 0.06))
        canvas.ellipse((side * 1.03, 0.13), (0.07, 0.16), darker(appearance.skin, 0.25), soft=0.03)
    canvas.shape(FACE, appearance.skin)
    canvas.ellipse((0, -0.75), (0.5, 0.22), glow, soft=0.2, opacity=0.5, inside=True)
    canvas.ellipse((0, 1.42), (0.7, 0.12), shade, soft=0.1, opacity=0.4, inside=True)
    for side in (-1, 1):
        canvas.ellipse((side * 1.03, 0.3), (0.16, 0.9), shade, soft=0.12, opacity=0.5, inside=True)
        hollow = (side * EYE_X, EYE_Y - 0.07)
        canvas.ellipse(hollow, (0.27, 0.16), shade, soft=0.08, opacity=0.45, inside=True)
        blush = blend(appearance.skin, (226, 84, 84), 0.5)
        cheek = (side * 0.58, 0.36)
        canvas.ellipse(cheek, (0.22, 0.14), blush, soft=0.12, opacity=0.4, inside=True)
        canvas.ellipse((side * 0.5, 0.2), (0.2, 0.06), glow, soft=0.08, opacity=0.5, inside=True)
        flank = (side * 0.16, 0.15)
        canvas.ellipse(flank, (0.04, 0.3), shade, soft=0.06, opacity=0.35, inside=True)
        canvas.ellipse(
            (side * 0.085, 0.455), (0.05, 0.024), darker(appearance.skin, 0.6), soft=0.012
        )
        brow = [(side * 0.19, -0.36), (side * 0.44, -0.45), (side * 0.7, -0.34)]
        canvas.stroke(brow, (0.085, 0.03), darker(appearance.hair, 0.2))
    canvas.ellipse((0, 0.05), (0.06, 0.34), glow, soft=0.05, opacity=0.7, inside=True)
    canvas.ellipse((0, 0.54), (0.1, 0.025), shade, soft=0.03, opacity=0.4, inside=True)
    canvas.shape(FRONT_HAIR[appearance.hair_style], appearance.hair)
    shine = lighter(appearance.hair, 0.3)
    canvas.ellipse((-0.3, -1.3), (0.4, 0.07), shine, soft=0.07, opacity=0.6, inside=True)


def _draw_eyes(canvas: Canvas, appearance: Appearance) -> None:
    for side in (-1, 1):
        x = side * EYE_X
        canvas.shape([(x + dx, EYE_Y + dy) for dx, dy in EYE], WHITE)
        canvas.ellipse((x, EYE_Y - 0.01), (0.115, 0.115), darker(appearance.iris, 0.4))
        canvas.ellipse((x, EYE_Y), (0.09, 0.09), lighter(appearance.iris, 0.1))
        canvas.ellipse((x, EYE_Y - 0.01), (0.05, 0.05), (16, 12, 14))
        canvas.ellipse((x - 0.04, EYE_Y - 0.05), (0.026, 0.026), (255, 255, 255))
        canvas.stroke([(x + dx, EYE_Y + dy) for dx, dy in LASH_LINE], (0.05, 0.02), LASHES)


def _draw_mouth(canvas: Canvas, appearance: Appearance) -> None:
    canvas.shape(MOUTH, appearance.lips)
    canvas.ellipse((0, MOUTH_Y + 0.05), (0.16, 0.012), lighter(appearance.lips, 0.25))
    corners = (-MOUTH_HALF_WIDTH, MOUTH_Y), (MOUTH_HALF_WIDTH, MOUTH_Y)
    canvas.stroke([corners[0], (0, MOUTH_Y + 0.004), corners[1]], (0.014, 0.008), SEAM)
