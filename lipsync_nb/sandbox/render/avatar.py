"""A person in a box of the screen speaks, on a colour or a picture, with subtitles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageColor

from lipsync_nb.sandbox.render.appearance import appearance_of
from lipsync_nb.sandbox.render.audio import read_audio
from lipsync_nb.sandbox.render.encoder import Progress, Rendered, Style, VideoEncoder
from lipsync_nb.sandbox.render.face_detection import (
    Face,
    MouthPosition,
    find_faces,
    locate_mouth,
    one_thread,
)
from lipsync_nb.sandbox.render.figures import draw_person
from lipsync_nb.sandbox.render.media import Pixels, Rectangle, Size, even, poster, read_picture
from lipsync_nb.sandbox.render.mouth_motion import mouth_motion
from lipsync_nb.sandbox.render.speech import Subtitle
from lipsync_nb.sandbox.render.subtitles import SubtitleStyle, captions
from lipsync_nb.sandbox.render.talking_head import TalkingHead
from lipsync_nb.sandbox.render.text import watermark

Box = tuple[int, int, int, int]
"""Left and upper edge, width and height, in pixels; it may reach over the edges of the screen."""


@dataclass(frozen=True)
class Cast:
    """Who speaks: a drawn person, or the person in a clip.

    Args:
        name: The name of a drawn person, by which the appearance is chosen.
        figure: One of ``figures.FIGURES``.
        clip: The clip of a person who is not drawn.
    """

    name: str = ""
    figure: str = ""
    clip: Path | None = None

    def appear(self, pixels: Pixels) -> TalkingHead:
        """Show the person, as large as a picture allows. The picture itself is changed."""
        if self.clip is None:
            return draw_person(pixels, appearance_of(self.name), self.figure)
        return _show_clip(self.clip, pixels)


@one_thread()
def render_avatar(
    cast: Cast,
    speech: Path,
    out: Path,
    style: Style,
    *,
    size: Sequence[int],
    box: Sequence[int],
    colour: str = "#FFFFFF",
    picture: Path | None = None,
    picture_box: Sequence[int] = (),
    said: Iterable[Subtitle] = (),
    subtitles: SubtitleStyle | None = None,
    progress: Progress | None = None,
) -> Rendered:
    """Let a person speak.

    Args:
        cast: Who speaks.
        speech: Any audio file.
        out: Where the MP4 goes.
        style: Frame rate, quality, A/V offset, volume, watermark; the height is not used.
        size: Width and height of the video.
        box: Where the person is, a `Box`.
        colour: What is behind the person.
        picture: A picture over the colour.
        picture_box: Where it is.
        said: The sentences of the speech, if they are known.
        subtitles: How they are shown, if they are.
        progress: Called with the share done, 0 to 1.

    Raises:
        NoFace: The clip shows no face.
        BadMedia: The clip, the speech or the picture cannot be read.
    """
    width, height = even(size[0]), even(size[1])
    audio = read_audio(speech)
    screen = np.full((height, width, 3), ImageColor.getrgb(colour)[:3], np.uint8)
    if picture is not None:
        left, top, across, down = picture_box
        shown = Image.fromarray(read_picture(picture)).resize((across, down))
        below = Image.fromarray(screen)
        below.paste(shown, (left, top))
        screen[:] = np.asarray(below)
    place, own = _visible(box, (width, height))
    still = _behind(screen, box)
    head = cast.appear(still)
    labels = watermark(style.watermark, screen.shape)
    texts = list(captions(list(said), subtitles, (width, height))) if subtitles else []
    with VideoEncoder(out, (width, height), audio, style, progress) as encoder:
        motion = mouth_motion(audio, style.fps, encoder.total, style.av_offset_ms / 1000)
        for index in range(encoder.total):
            time_s = index / style.fps
            head.speak(still, *motion.at(index))
            moved = still.copy()
            head.move(moved, time_s)
            frame = screen.copy()
            place.crop(frame)[:] = own.crop(moved)
            now = [each.label for each in texts if each.begin_s <= time_s < each.end_s]
            for label in (*labels, *now):
                label.draw(frame)
            encoder.write(frame)
    return encoder.rendered


def draw_cover(cast: Cast, size: Size, colour: str = "#E9ECF2") -> Pixels:
    """A still picture of a person, with the mouth closed."""
    pixels = np.full((size[1], size[0], 3), ImageColor.getrgb(colour)[:3], np.uint8)
    cast.appear(pixels)
    return pixels


def _visible(box: Sequence[int], screen: Size) -> tuple[Rectangle, Rectangle]:
    """The part of a box that is on the screen: its place there, and its place in the box."""
    left, top, width, height = box
    right, bottom = left + width, top + height
    shown = [min(max(0, x), screen[0]) for x in (left, right)]
    rows = [min(max(0, y), screen[1]) for y in (top, bottom)]
    place = Rectangle(shown[0], rows[0], shown[1], rows[1])
    own = Rectangle(shown[0] - left, rows[0] - top, shown[1] - left, rows[1] - top)
    return place, own


def _behind(screen: Pixels, box: Sequence[int]) -> Pixels:
    """What the screen shows in a box, and black where the box reaches over its edges."""
    place, own = _visible(box, (screen.shape[1], screen.shape[0]))
    behind = np.zeros((box[3], box[2], 3), np.uint8)
    own.crop(behind)[:] = place.crop(screen)
    return behind


def _show_clip(clip: Path, pixels: Pixels) -> TalkingHead:
    """Show a frame of a clip at the lower edge of a picture, as large as it fits."""
    with TemporaryDirectory() as folder:
        poster(clip, Path(folder) / "frame.jpg")
        frame = read_picture(Path(folder) / "frame.jpg")
    (face, *_), (height, width) = find_faces(frame), pixels.shape[:2]
    scale = min(width / frame.shape[1], height / frame.shape[0])
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    left, top = (width - size[0]) // 2, height - size[1]
    shown = Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS)
    pixels[top : top + size[1], left : left + size[0]] = np.asarray(shown)
    mouth = locate_mouth(frame, face)
    return TalkingHead(
        pixels,
        Face(face.x * scale + left, face.y * scale + top, face.size * scale),
        MouthPosition(mouth.x * scale + left, mouth.y * scale + top, mouth.width * scale),
    )
