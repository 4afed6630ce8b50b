"""A drawn figure that speaks in a studio, with the scene's picture or clip beside it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from itertools import repeat
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import ImageFilter

from lipsync_nb.sandbox.render.appearance import (
    MOUTH_Y,
    Appearance,
    draw_figure,
)
from lipsync_nb.sandbox.render.drawing import Canvas, Colour, Point, darker, lighter
from lipsync_nb.sandbox.render.face_detection import Face, MouthPosition
from lipsync_nb.sandbox.render.media import (
    Pixels,
    Rectangle,
    Size,
    even,
    is_picture,
    read_frames,
    read_picture,
)
from lipsync_nb.sandbox.render.talking_head import TalkingHead

WALLS: Final[tuple[Colour, ...]] = (
    (206, 216, 228),
    (224, 214, 198),
    (54, 66, 98),
    (62, 84, 84),
    (198, 210, 198),
    (88, 74, 104),
)
PANELS, LIT_SHARE = 9, 0.4
"""Number of panels on a studio's wall, and the share of them that are lit."""
BLUR, COARSER = 0.005, 2
"""Blur of the studio as a share of the height, and the factor by which it is drawn smaller."""

# Half the width of the figure's face as a share of the frame's height, and its middle: x as a
# share of the frame's width, y in halves of the face's width from the frame's bottom.
ALONE, BESIDE_MEDIA = (1 / 5.4, 0.5, 3.45), (1 / 7.0, 0.835, 3.55)

CARD_LEFT, CARD_TOP, CARD_WIDTH, CARD_HEIGHT = 0.03, 0.06, 0.625, 0.70
"""The place for a scene's picture, in shares of the frame's width and height."""
EDGE = 0.008
"""A card's white edge, as a share of the frame's height."""
MIN_FRAME_S = 0.01

# Left, top, right and bottom. Half the width of the face is 1; (0, 0) is its middle.
FIGURE = (-2.5, -1.9, 2.5, 3.6)
FACE_SIZE = 2.3
"""Side of the square around a figure's face."""
MOUTH_WIDTH = 0.8
"""The width with which a figure's mouth is warped. It is larger than the lips, so it opens wide."""


@dataclass(frozen=True)
class Scene:
    """One piece of a script."""

    text: str
    """What is said; empty for a scene without words."""
    media: Path | None = None
    """A picture or clip shown beside the speaker."""


class SceneRenderer:
    """Draws a figure in its studio, scene after scene.

    Args:
        appearance: The figure's appearance.
        studio: Any name. The same name gives the same studio.
        size: Of the frames.
    """

    def __init__(self, appearance: Appearance, studio: str, size: Size) -> None:
        self.appearance, self.size = appearance, size
        self.studio = draw_studio(studio, *size)

    def begin(self, media: Path | None) -> None:
        """Begin a scene.

        Args:
            media: Its picture or clip, if any.

        Raises:
            BadMedia: The picture or the clip cannot be read.
        """
        self._still = self.studio.copy()
        self._card_until_s = math.inf
        if media:
            self._add_card(media)
        share, x, y = BESIDE_MEDIA if media else ALONE
        (width, height), unit = self.size, share * self.size[1]
        face = x * width, height - y * unit
        self._head = draw_figure_on(self._still, self.appearance, face, unit)

    def _add_card(self, media: Path) -> None:
        width, height = self.size
        room = round(CARD_WIDTH * width), round(CARD_HEIGHT * height)
        (across, down), self._card_frames = card_frames(media, room)
        self._card_until_s = 0.0
        left = round(CARD_LEFT * width) + max(0, room[0] - across) // 2
        top = round(CARD_TOP * height) + max(0, room[1] - down) // 2
        self._card_place = Rectangle(left, top, left + across, top + down)
        edge = round(EDGE * height)
        frame = Rectangle(left - edge, top - edge, left + across + edge, top + down + edge)
        frame.crop(self._still)[:] = 255

    def draw(self, time_s: float, scene_s: float, openness: float, width: float) -> Pixels:
        """Draw a frame. Frames must be drawn in the order of their times.

        Args:
            time_s: Seconds since the beginning of the video.
            scene_s: Seconds since the beginning of the scene.
            openness: Of the mouth, 0 to 1.
            width: Of the mouth, -1 to 1.
        """
        while scene_s >= self._card_until_s:
            self._card_until_s, card = next(self._card_frames)
            self._card_place.crop(self._still)[:] = card
        self._head.speak(self._still, openness, width)
        pixels = self._still.copy()
        self._head.move(pixels, time_s)
        return pixels


def draw_figure_on(
    pixels: Pixels, appearance: Appearance, middle: Point, unit: float
) -> TalkingHead:
    """Draw a figure on a picture, and return its head.

    Args:
        pixels: RGB. The picture itself is changed.
        appearance: What the figure looks like.
        middle: The middle of its face, in pixels.
        unit: Half the width of its face, in pixels.
    """
    left, top, right, bottom = (edge * unit for edge in FIGURE)
    canvas = Canvas(math.ceil(right - left), math.ceil(bottom - top), unit, (-left, -top))
    draw_figure(canvas, appearance)
    canvas.paste_on(pixels, round(middle[0] + left), round(middle[1] + top))
    x, y = middle
    mouth = MouthPosition(x, y + MOUTH_Y * unit, MOUTH_WIDTH * unit)
    return TalkingHead(pixels, Face(x, y, FACE_SIZE * unit), mouth)


def card_frames(media: Path, room: Size) -> tuple[Size, Iterator[tuple[float, Pixels]]]:
    """A picture or clip, as large as the room allows.

    Returns:
        Its size, and its frames: until when each is shown, in seconds, and RGB. A clip is played
        again and again.

    Raises:
        BadMedia: The picture or the clip cannot be read.
    """

    def fitted(width: int, height: int) -> Size:
        scale = min(room[0] / width, room[1] / height)
        return even(width * scale), even(height * scale)

    if is_picture(media):
        pixels = read_picture(media)
        size = fitted(pixels.shape[1], pixels.shape[0])
        shown = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        return size, repeat((math.inf, shown))
    _, first = next(read_frames(media))
    size = fitted(*first.size)
    return size, _looped(media, size)


def _looped(clip: Path, size: Size) -> Iterator[tuple[float, Pixels]]:
    begin_s = 0.0
    while True:
        shown, shown_s, step_s = None, 0.0, 1.0
        for time_s, frame in read_frames(clip):
            if shown is not None:
                step_s = time_s - shown_s
                yield begin_s + time_s, shown
            shown, shown_s = frame.pixels(size), time_s
        begin_s += shown_s + max(step_s, MIN_FRAME_S)
        if shown is not None:
            yield begin_s, shown


def draw_studio(name: str, width: int, height: int) -> Pixels:
    """A studio for a name, with panels of which some are lit; the same one each time.

    Args:
        name: Any text.
        width: Pixels.
        height: Pixels.

    Returns:
        RGB, shape (height, width, 3).
    """
    digest = md5(name.encode(), usedforsecurity=False).digest()
    wall, random = WALLS[digest[0] % len(WALLS)], np.random.default_rng(list(digest))
    canvas = Canvas(width // COARSER, height // COARSER, height / COARSER)
    room = width / height
    canvas.rectangle((0, 0), (room, 1), wall)
    for left in np.arange(PANELS) * room / PANELS:
        shade = lighter(wall, 0.45) if random.random() < LIT_SHARE else darker(wall, 0.1)
        canvas.rectangle((left, 0.0), (room / PANELS * 0.96, 0.86), shade)
    canvas.rectangle((0, 0.86), (room, 0.14), darker(wall, 0.5))
    blur = ImageFilter.GaussianBlur(BLUR * height / COARSER)
    return np.array(canvas.picture().convert("RGB").filter(blur).resize((width, height)))
