"""A drawn figure that speaks in a studio, with the scene's picture or clip beside it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from itertools import repeat
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from lipsync_nb.sandbox.render.appearance import (
    Appearance,
    draw_body,
    draw_eyes,
    draw_head,
    draw_mouth,
)
from lipsync_nb.sandbox.render.drawing import Canvas, Colour, Point, Rgba, darker, lighter, paste
from lipsync_nb.sandbox.render.head_motion import Waves, blink, wave
from lipsync_nb.sandbox.render.media import (
    Pixels,
    Rectangle,
    Size,
    display_size,
    even,
    frame_pixels,
    is_picture,
    read_frames,
    read_picture,
)

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
EDGE, SHADOW, SHADOW_OPACITY = 0.008, 0.02, 0.5
"""A card's white edge and its shadow, in shares of the frame's height."""
MIN_FRAME_S = 0.01

# Left, top, right and bottom. Half the width of the face is 1; (0, 0) is its middle.
BODY, HEAD, MOUTH = (-2.5, -1.9, 2.5, 3.6), (-1.6, -2.1, 1.6, 1.7), (-0.6, 0.5, 0.6, 1.25)
NECK_Y = 1.2
"""The head turns about this point."""
OPENNESS_STEPS, WIDTH_STEPS, LID_STEPS = 16, 2, 2
"""Levels of openness, width and eyelids. A head is drawn once for each."""
TILT: Waves = ((1.1, 0.19, 0.0), (0.5, 0.47, 0.3))
"""In degrees; the next two in lengths."""
SIDEWAYS: Waves = ((0.022, 0.27, 0.2), (0.010, 0.71, 0.0))
NODDING: Waves = ((0.014, 0.33, 0.5), (0.006, 0.89, 0.0))


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
        self.size, self.studio = size, draw_studio(studio, *size)
        self._figure_of_size = cache(lambda share: Figure(appearance, share * size[1]))

    def begin(self, media: Path | None) -> None:
        """Begin a scene.

        Args:
            media: Its picture or clip, if any.

        Raises:
            BadMedia: The picture or the clip cannot be read.
        """
        self._background = self.studio.copy()
        share, x, y = BESIDE_MEDIA if media else ALONE
        self._figure = self._figure_of_size(share)
        self._face = x * self.size[0], self.size[1] - y * self._figure.unit
        self._card_until_s = math.inf
        if media:
            self._add_card(media)
        self._figure.draw_body(self._background, self._face)

    def _add_card(self, media: Path) -> None:
        width, height = self.size
        room = round(CARD_WIDTH * width), round(CARD_HEIGHT * height)
        (across, down), self._card_frames = card_frames(media, room)
        self._card_until_s = 0.0
        left = round(CARD_LEFT * width) + max(0, room[0] - across) // 2
        top = round(CARD_TOP * height) + max(0, room[1] - down) // 2
        self._card_place = Rectangle(left, top, left + across, top + down)
        edge, shadow = EDGE * height, SHADOW * height
        corner, size = (left - edge, top - edge), (across + 2 * edge, down + 2 * edge)
        canvas, below = Canvas(width, height, 1), (corner[0], corner[1] + shadow / 2)
        canvas.rectangle(below, size, (0, 0, 0), soft=shadow, opacity=SHADOW_OPACITY)
        canvas.rectangle(corner, size, (255, 255, 255))
        paste(canvas.rgba(), self._background, 0, 0)

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
            self._card_place.crop(self._background)[:] = card
        pixels = self._background.copy()
        self._figure.draw_head(pixels, self._face, time_s, openness, width)
        return pixels


class Figure:
    """A drawn figure at one size.

    Args:
        appearance: Its appearance.
        unit: Half the width of its face, in pixels.
    """

    def __init__(self, appearance: Appearance, unit: float) -> None:
        self.appearance, self.unit = appearance, unit
        self._face, self._head = cache(self._make_face), cache(self._make_head)
        left, top, right, bottom = (round(edge * unit) for edge in MOUTH)
        x, y = round(HEAD[0] * unit), round(HEAD[1] * unit)
        self._mouth_place = Rectangle(left - x, top - y, right - x, bottom - y)

    def _canvas(self, region: tuple[float, float, float, float]) -> Canvas:
        left, top, right, bottom = region
        width, height = math.ceil((right - left) * self.unit), math.ceil((bottom - top) * self.unit)
        return Canvas(width, height, self.unit, (-left * self.unit, -top * self.unit))

    def draw_body(self, pixels: Pixels, middle: Point) -> None:
        """Draw the body on a picture, with the middle of the face at this pixel."""
        body = self._canvas(BODY)
        draw_body(body, self.appearance)
        left, top = middle[0] + BODY[0] * self.unit, middle[1] + BODY[1] * self.unit
        paste(body.rgba(), pixels, round(left), round(top))

    def draw_head(
        self, pixels: Pixels, middle: Point, time_s: float, openness: float, width: float
    ) -> None:
        """Draw the head at a time on a picture that has the body.

        Args:
            pixels: RGB. The picture itself is changed.
            middle: The middle of the face at rest, in pixels.
            time_s: Seconds.
            openness: Of the mouth, 0 to 1.
            width: Of the mouth, -1 to 1.
        """
        values = (openness, OPENNESS_STEPS), (width, WIDTH_STEPS), (blink(time_s), LID_STEPS)
        rgba = self._head(*(round(value * steps) / steps for value, steps in values))
        left, top = middle[0] + HEAD[0] * self.unit, middle[1] + HEAD[1] * self.unit
        corner = math.floor(left), math.floor(top)
        neck = -HEAD[0] * self.unit, (NECK_Y - HEAD[1]) * self.unit
        pose = cv2.getRotationMatrix2D(neck, wave(TILT, time_s), 1)
        pose[0, 2] += left - corner[0] + wave(SIDEWAYS, time_s) * self.unit
        pose[1, 2] += top - corner[1] + wave(NODDING, time_s) * self.unit
        moved = cv2.warpAffine(rgba, pose, (rgba.shape[1] + 1, rgba.shape[0] + 1))
        paste(np.asarray(moved, np.uint8), pixels, *corner)

    def _make_face(self, lid: float) -> tuple[Canvas, Rgba]:
        """The head without its mouth: to be drawn on, and finished."""
        head = self._canvas(HEAD)
        draw_head(head, self.appearance)
        draw_eyes(head, self.appearance, lid)
        return head, head.rgba()

    def _make_head(self, openness: float, width: float, lid: float) -> Rgba:
        """The whole head. Only the part with the mouth is drawn anew."""
        head, finished = self._face(lid)
        mouth = head.part(self._mouth_place)
        draw_mouth(mouth, self.appearance, openness, width)
        whole = finished.copy()
        self._mouth_place.crop(whole)[:] = mouth.rgba()
        return whole


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
    size = fitted(*display_size(first))
    return size, _looped(media, size)


def _looped(clip: Path, size: Size) -> Iterator[tuple[float, Pixels]]:
    begin_s = 0.0
    while True:
        shown, shown_s, step_s = None, 0.0, 1.0
        for time_s, frame in read_frames(clip):
            if shown is not None:
                step_s = time_s - shown_s
                yield begin_s + time_s, shown
            shown, shown_s = frame_pixels(frame, *size), time_s
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
    step = room / PANELS
    canvas.rectangle((0, 0), (room, 1), wall)
    for left in np.arange(PANELS) * step:
        is_lit = random.random() < LIT_SHARE
        shade = lighter(wall, 0.45) if is_lit else darker(wall, 0.06 + 0.1 * random.random())
        canvas.rectangle((left, 0.0), (step * 0.96, 0.86), shade)
        if is_lit:
            canvas.rectangle((left + step * 0.46, 0.06), (step * 0.05, 0.74), (255, 250, 238))
    canvas.rectangle((0, 0.86), (room, 0.14), darker(wall, 0.5))
    canvas.ellipse((room / 2, 1.1), (room * 0.7, 0.2), darker(wall, 0.6), soft=0.12, opacity=0.4)
    blurred = cv2.GaussianBlur(canvas.rgba()[..., :3], (0, 0), BLUR * height / COARSER)
    whole = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(whole, np.uint8)
