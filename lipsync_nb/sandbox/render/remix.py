"""A clip with another sound, and texts that float over it."""

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from lipsync_nb.sandbox.render.audio import read_audio
from lipsync_nb.sandbox.render.encoder import Progress, Rendered, Style, VideoEncoder
from lipsync_nb.sandbox.render.face_video import FrameStore
from lipsync_nb.sandbox.render.media import Rectangle, Size, even_size, read_frames
from lipsync_nb.sandbox.render.text import OUTLINE, OUTLINE_SHARE, WHITE, TextLabel, font, readable

HIGHLIGHT = (255, 214, 10)
HIGHLIGHTED = re.compile(r"\{([^{}]*)\}")
"""What is in braces is highlighted."""
FONT_SHARE, SMALLEST_FONT = 0.075, 8
"""Font size as a share of the frame's height, and the smallest in pixels."""
WIDTH_SHARE = 0.9
"""Share of the frame's width that a text may have."""
TOP_SHARE = 0.08
"""Distance from the frame's top, as a share of its height."""
LINE_HEIGHT = 1.6


def render_remix(
    clip: Path,
    speech: Path,
    out: Path,
    style: Style,
    *,
    texts: Sequence[str],
    progress: Progress | None = None,
) -> Rendered:
    """Give a clip another sound, and show texts over it, one after the other.

    Args:
        clip: Any clip. It is cut off, or played back and forth, as long as the speech lasts.
        speech: Any audio file.
        out: Where the MP4 goes.
        style: Size, frame rate, quality.
        texts: What is shown; in ``{braces}`` what is highlighted.
        progress: Called with the share done, 0 to 1.

    Raises:
        BadMedia: The clip or the speech cannot be read.
    """
    audio, frames = read_audio(speech), read_frames(clip)
    _, first = next(frames)
    size = even_size(*first.size, style.height)
    store = FrameStore(size)
    for time_s, frame in chain([(0.0, first)], frames):
        if time_s >= audio.duration_s:
            break
        store.add(time_s, frame.pixels(size))
    labels = [floating(text, size) for text in texts]
    with VideoEncoder(out, size, audio, style, progress) as encoder:
        times = np.arange(encoder.total) / style.fps
        for index, source in enumerate(store.loop(times, backway=True)):
            pixels = store[source]
            if labels:
                labels[index * len(labels) // encoder.total].draw(pixels)
            encoder.write(pixels)
    return encoder.rendered


def floating(text: str, frame: Size) -> TextLabel:
    """A text at the top of the frame, as large as it fits in one line.

    Args:
        text: In ``{braces}`` what is highlighted.
        frame: Width and height of the frames, pixels.
    """
    # The pieces in braces are those with odd indices.
    pieces = [readable(piece) for piece in HIGHLIGHTED.split(text)]
    whole, (width, height) = "".join(pieces), frame
    size = round(FONT_SHARE * height)
    while size > SMALLEST_FONT and font(size).getlength(whole) > WIDTH_SHARE * width:
        size -= 1
    edge = max(1, round(OUTLINE_SHARE * size))
    box = min(width, round(font(size).getlength(whole)) + 4 * edge), round(LINE_HEIGHT * size)
    picture = Image.new("RGBA", box)
    draw, left = ImageDraw.Draw(picture), 2.0 * edge
    for index, piece in enumerate(pieces):
        colour = HIGHLIGHT if index % 2 else WHITE
        place = left, box[1] / 2
        draw.text(
            place, piece, colour, font(size), anchor="lm", stroke_width=edge, stroke_fill=OUTLINE
        )
        left += font(size).getlength(piece)
    drawn, corner = (
        np.array(picture, np.float32),
        ((width - box[0]) // 2, round(TOP_SHARE * height)),
    )
    rectangle = Rectangle(*corner, corner[0] + box[0], corner[1] + box[1])
    return TextLabel(rectangle, drawn[..., :3], drawn[..., 3:] / 255)
