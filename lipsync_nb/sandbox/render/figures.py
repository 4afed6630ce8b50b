"""Drawn people as a whole, sitting, or in a circle, on a picture that is there already."""

import math
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from lipsync_nb.sandbox.render.appearance import MOUTH_Y, Appearance, draw_figure
from lipsync_nb.sandbox.render.drawing import Canvas, darker, lighter, mirrored
from lipsync_nb.sandbox.render.face_detection import Face, MouthPosition
from lipsync_nb.sandbox.render.media import Pixels
from lipsync_nb.sandbox.render.scene import FACE_SIZE, MOUTH_WIDTH
from lipsync_nb.sandbox.render.talking_head import TalkingHead

WHOLE_BODY, SIT_BODY, CIRCLE_VIEW = FIGURES = ("whole_body", "sit_body", "circle_view")

# Half the width of the face is 1; (0, 0) is the middle of the face, y runs down.
ROOM: Final = {WHOLE_BODY: (5.4, 14.2, 11.6), SIT_BODY: (5.2, 6.6, 4.3)}
"""Width and height that a figure needs, and how far its face is from the lower edge."""
CIRCLE, CIRCLE_DOWN = 2.7, 0.35
"""Radius of the circle, and how far the face is above its middle."""
# fmt: off
ARMS = mirrored([(0, 3.4), (2.3, 3.4), (2.3, 4.6), (2.2, 5.9), (1.75, 5.9), (1.75, 4.2),
                 (1.5, 5.2), (0, 5.2)])
LEGS = mirrored([(0, 5.0), (1.5, 5.0), (1.4, 7.6), (1.2, 10.9), (0.4, 10.9), (0.25, 7.6),
                 (0, 6.0)])
# fmt: on
DESK: Final = (150, 120, 92)


def draw_person(pixels: Pixels, appearance: Appearance, kind: str) -> TalkingHead:
    """Draw a person that fills a picture, and return the head.

    Args:
        pixels: RGB. The picture itself is changed.
        appearance: What the person looks like.
        kind: One of ``FIGURES``.
    """
    height, width = pixels.shape[:2]
    if kind == CIRCLE_VIEW:
        radius = min(width, height) / 2
        unit, middle = radius / CIRCLE, (width / 2, height / 2 - CIRCLE_DOWN * radius / CIRCLE)
    else:
        across, down, below = ROOM[kind]
        unit = min(width / across, height / down)
        middle = width / 2, height - below * unit
    canvas = Canvas(width, height, unit, middle)
    if kind == WHOLE_BODY:
        _draw_lower_body(canvas, appearance)
    draw_figure(canvas, appearance)
    if kind == SIT_BODY:
        edge = width / 2 / unit
        canvas.rectangle((-edge, 2.9), (2 * edge, 3.0), DESK)
        canvas.rectangle((-edge, 2.9), (2 * edge, 0.16), lighter(DESK, 0.3))
    if kind == CIRCLE_VIEW:
        _paste_in_circle(pixels, canvas, appearance)
    else:
        canvas.paste_on(pixels, 0, 0)
    x, y = middle
    mouth = MouthPosition(x, y + MOUTH_Y * unit, MOUTH_WIDTH * unit)
    return TalkingHead(pixels, Face(x, y, FACE_SIZE * unit), mouth)


def _draw_lower_body(canvas: Canvas, appearance: Appearance) -> None:
    for side in (-1, 1):
        canvas.ellipse((side * 0.85, 11.0), (0.55, 0.3), (40, 34, 32))
        canvas.ellipse((side * 1.98, 6.0), (0.3, 0.42), darker(appearance.skin, 0.05))
    canvas.polygon(LEGS, darker(appearance.cloth, 0.45))
    canvas.polygon(ARMS, appearance.cloth)


def _paste_in_circle(pixels: Pixels, canvas: Canvas, appearance: Appearance) -> None:
    height, width = pixels.shape[:2]
    radius = math.floor(min(width, height) / 2)
    box = width // 2 - radius, height // 2 - radius, width // 2 + radius, height // 2 + radius
    red, green, blue = map(round, lighter(appearance.cloth, 0.7))
    inside = Image.new("RGB", (width, height), (red, green, blue))
    drawn = canvas.picture()
    inside.paste(drawn, (0, 0), drawn)
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).ellipse(box, 255)
    below = Image.fromarray(pixels)
    below.paste(inside, (0, 0), mask)
    pixels[:] = np.asarray(below)
