"""Where a drawn figure speaks: its studio, and the scene's picture or clip beside it."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from lipsync_nb.sandbox.film.backdrop import draw_studio
from lipsync_nb.sandbox.film.drawing import Point, Sheet
from lipsync_nb.sandbox.film.figure import Figure, inked, lay_ink
from lipsync_nb.sandbox.film.footage import Footage, Size
from lipsync_nb.sandbox.film.look import Look
from lipsync_nb.sandbox.film.pictures import (
    Pixels,
    Rectangle,
    frame_pixels,
    is_picture,
    read_frames,
    read_picture,
    shown_size,
)
from lipsync_nb.sandbox.film.spec import even

# Half the width of the figure's face as a share of the frame's height, and its middle: x as a
# share of the frame's width, y in halves of the face's width from the frame's bottom.
ALONE, ALONE_X, ALONE_Y = 1 / 5.4, 0.5, 3.45
BESIDE, BESIDE_X, BESIDE_Y = 1 / 7.0, 0.835, 3.55

# The room for a scene's picture, in shares of the frame's width and height.
CARD_LEFT, CARD_TOP, CARD_WIDTH, CARD_HEIGHT = 0.03, 0.06, 0.625, 0.70

# Shares of the frame's height.
EDGE, SHADOW = 0.008, 0.02
SHADOW_OPACITY = 0.5


class Stage:
    """A figure in its studio, scene after scene.

    Args:
        look: What the figure looks like.
        studio: Any name of a studio.
        size: Of the frames.
    """

    def __init__(self, look: Look, studio: str, size: Size) -> None:
        self.look, self.size = look, size
        self.room = draw_studio(studio, *size)
        self.figure_of = cache(self.make_figure)

    def make_figure(self, share: float) -> Figure:
        """The figure, its size being a share of the frame's height."""
        return Figure(self.look, share * self.size[1])

    def enter(self, media: Path | None, seconds: float) -> None:
        """Begin a scene.

        Args:
            media: Its picture or clip, if any.
            seconds: How long it lasts; a clip is read no further.

        Raises:
            BadMedia: The picture or the clip cannot be read.
        """
        self.set = self.room.copy()
        self.shown = hung(media, self.card_room, seconds) if media else None
        if self.shown:
            self.card = centred(self.card_room, self.shown.size)
            draw_edge(self.set, self.card)
        share, x, y = (BESIDE, BESIDE_X, BESIDE_Y) if media else (ALONE, ALONE_X, ALONE_Y)
        self.figure = self.figure_of(share)
        self.face: Point = (x * self.size[0], self.size[1] - y * self.figure.unit)
        self.figure.put_body(self.set, self.face)

    def picture(self, time_s: float, scene_s: float, openness: float, width: float) -> Pixels:
        """The stage at a time.

        Args:
            time_s: Seconds since the beginning.
            scene_s: Seconds since the scene's beginning.
            openness: Of the mouth, 0 to 1.
            width: Of the mouth, -1 to 1.
        """
        pixels = self.set.copy()
        if self.shown:
            index = self.shown.played(np.array([scene_s]), backway=False)[0]
            self.card.of(pixels)[:] = self.shown[int(index)]
        self.figure.put_head(pixels, self.face, time_s, openness, width)
        return pixels

    @property
    def card_room(self) -> Rectangle:
        """Where a scene's picture may be."""
        width, height = self.size
        left, top = round(CARD_LEFT * width), round(CARD_TOP * height)
        right, bottom = left + round(CARD_WIDTH * width), top + round(CARD_HEIGHT * height)
        return Rectangle(left, top, right, bottom)


def hung(media: Path, room: Rectangle, seconds: float) -> Footage:
    """A picture, or the first ``seconds`` of a clip, as large as the room allows."""
    if is_picture(media):
        pixels = read_picture(media)
        shown = Footage(filling(room, pixels.shape[1], pixels.shape[0]))
        shown.add(0, np.asarray(cv2.resize(pixels, shown.size, interpolation=cv2.INTER_AREA)))
        return shown
    frames = read_frames(media)
    _, first = next(frames)
    shown = Footage(filling(room, *shown_size(first)))
    shown.add(0, frame_pixels(first, *shown.size))
    for time_s, frame in frames:
        if time_s >= seconds:
            break
        shown.add(time_s, frame_pixels(frame, *shown.size))
    return shown


def filling(room: Rectangle, width: int, height: int) -> Size:
    """The size of something of this shape that fills the room."""
    scale = min((room.right - room.left) / width, (room.bottom - room.top) / height)
    return even(width * scale), even(height * scale)


def centred(room: Rectangle, size: Size) -> Rectangle:
    """Something of this size in the middle of the room."""
    left = (room.left + room.right - size[0]) // 2
    top = (room.top + room.bottom - size[1]) // 2
    return Rectangle(max(0, left), max(0, top), max(0, left) + size[0], max(0, top) + size[1])


def draw_edge(pixels: Pixels, card: Rectangle) -> None:
    """A white edge about a card, and its shadow on the wall."""
    height, width = pixels.shape[:2]
    edge, shadow = EDGE * height, SHADOW * height
    sheet = Sheet(width, height, 1)
    for grown, fall, colour, soft, opacity in (
        (edge, shadow / 2, (0, 0, 0), shadow, SHADOW_OPACITY),
        (edge, 0, (255, 255, 255), 0, 1),
    ):
        left, right = card.left - grown, card.right + grown
        top, bottom = card.top - grown + fall, card.bottom + grown + fall
        rim = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        sheet.fill(rim, colour, opacity, soft, inside=False)
    lay_ink(inked(sheet), pixels, 0, 0)
