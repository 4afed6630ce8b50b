"""The explicit label of AI, drawn into the picture, and the file's own record of it.

GB 45438-2025, 5.4, by public texts that quote it: a video has a text in its first picture, at an
edge or a corner, that says both that it is AI (``AI`` or ``人工智能``) and that it is made by it
(``生成`` or ``合成``). Its letters are at least 5 % of the frame's shorter side high
("不应低于画面最短边长度的5%"), and it is shown for at least 2 s at normal speed ("不应少于2s").
There may be others at the end and in the middle. 《标识办法》, article 4, also asks for a label
around the place where the video is played, which is the publisher's to add. Not certain: whether
the height is that of the letters' ink or of the font. The letters drawn here have it in ink.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple, Self

from lipsync_nb.editing.clip import Size
from lipsync_nb.editing.lettering import Font, Lettering, Overlay
from lipsync_nb.editing.planes import Box
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.log import notify_user

RECORD = "ai_label_drawn"
"""The tag that says which label this package has drawn, so that it is drawn again after a crop."""
SHOWS = ("start", "always")
POSITIONS = ("top left", "top right", "bottom left", "bottom right")
HEIGHT = 0.05
"""The least height of letters, as a share of the frame's shorter side."""
LEAST_S, SHOWN_S = 2.0, 3.0
"""Seconds for which the label must be shown, and for which it is, if it is not shown always."""
MADE_BY, MADE = ("AI", "人工智能"), ("生成", "合成")
ENGLISH_MADE = ("GENERATED", "SYNTHE")
ROUNDING = 1e-6
"""Pixels by which a height may be too small by rounding."""
LOWEST_LETTERS = "AI"
"""Letters that are lower than Chinese characters, and whose ink counts."""

OverlaysAt = Callable[[float], Sequence[Overlay]]
"""What is drawn at a time, in seconds."""


class LabelPlace(NamedTuple):
    """Where a label is in the frame, and how high its letters are, in pixels."""

    left: float
    top: float
    width: float
    height: float
    letters: float


@dataclass(frozen=True, slots=True)
class DrawnLabel:
    """A label in the picture.

    Attributes:
        text: What it says.
        show: ``"start"`` or ``"always"``.
        position: A corner, such as ``"top left"``.
        place: Where it is, if that is known.
    """

    text: str
    show: str
    position: str
    place: LabelPlace | None = None

    @classmethod
    def of(cls, text: object, show: object, position: object) -> Self:
        """Return a label; `BadRequest` if it is not what the standard asks for."""
        if show not in SHOWS:
            raise BadRequest(f"show={line(repr(show))}: give 'start', 'always' or None")
        if position not in POSITIONS:
            raise BadRequest(f"position={line(repr(position))}: give one of {', '.join(POSITIONS)}")
        if not isinstance(text, str) or "\n" in text:
            raise BadRequest(f"text={line(repr(text))}: give a text of one line")
        _check_words(text)
        return cls(text, str(show), str(position))

    @classmethod
    def recorded(cls, tags: Mapping[str, str]) -> Self | None:
        """Return the label that this package has drawn into a file; ``None`` if there is none."""
        try:
            said = json.loads(tags[RECORD])
            place = said.pop("place", None)
            return cls(**said, place=None if place is None else LabelPlace(*map(float, place)))
        except (KeyError, ValueError, TypeError, AttributeError):
            return None

    def record(self) -> dict[str, str]:
        """Return the tag that says what was drawn."""
        return {RECORD: json.dumps(asdict(self), ensure_ascii=False)}

    def drawn(self, frame: Size, seconds: float, font: Font) -> tuple[Self, OverlaysAt]:
        """Return it with its place, and a function of the time in seconds: what is drawn then.

        Args:
            frame: Width and height of the frames, in pixels.
            seconds: The clip's length.
            font: The font.

        Raises:
            BadRequest: It does not fit into the frame, or the font lacks a character.
        """
        size = _size(frame, font)
        overlay = self._overlay(frame, font, size)
        if seconds < LEAST_S:
            notify_user(
                f"the label is shown for {seconds:.1f} s, all of the clip; 2 s are asked for"
            )
        until_s = math.inf if self.show == "always" else SHOWN_S
        height, width = overlay.grey.shape
        place = LabelPlace(overlay.left, overlay.top, width, height, _ink_height(font, size))
        return replace(self, place=place), lambda time_s: [overlay] if time_s < until_s else []

    def moved(self, part: Box, to: Box, frame: Size) -> Self | None:
        """Return it in a new frame; ``None`` if it is cut off or too small there, or not known.

        Args:
            part: The part of the old frame that is kept.
            to: Where that part is in the new frame.
            frame: Width and height of the new frame, in pixels.
        """
        if self.place is None:
            return None
        left, top, width, height, letters = self.place
        x, y, scale = left - part.left, top - part.top, to.width / part.width
        is_whole = min(x, y) >= 0 and x + width <= part.width and y + height <= part.height
        if not is_whole or letters * scale < HEIGHT * min(frame) - ROUNDING:
            return None
        sizes = (width * scale, height * scale, letters * scale)
        place = LabelPlace(to.left + x * scale, to.top + y * scale, *sizes)
        return replace(self, place=place)

    def _overlay(self, frame: Size, font: Font, size: int) -> Overlay:
        if lacking := font.lacks(self.text):
            raise BadRequest(f"text: the font lacks {line(lacking)}; give another font=")
        letters = Lettering(frame, font, size, self.position)
        if not letters.fits(self.text):
            raise BadRequest(
                f"text={line(repr(self.text))} does not fit into {frame[0]} × {frame[1]} pixels "
                "with letters of 5 % of the shorter side: shorten it"
            )
        return letters.overlay(self.text)


def _check_words(text: str) -> None:
    has_maker = any(word in text.upper() for word in MADE_BY)
    if has_maker and any(word in text for word in MADE):
        return
    if has_maker and any(word in text.upper() for word in ENGLISH_MADE):
        notify_user("the label is in English; GB 45438-2025 has 生成 or 合成 in it")
        return
    words = "'AI' or '人工智能', and '生成' or '合成'"
    raise BadRequest(f"text={line(repr(text))}: a label must contain {words}, such as 'AI生成'")


def _size(frame: Size, font: Font) -> int:
    """Return the font size whose lowest letters are high enough."""
    least = HEIGHT * min(frame)
    size = math.ceil(least)
    while _ink_height(font, size) < least:
        size += 1
    return size


def _ink_height(font: Font, size: int) -> float:
    boxes = [font.at(size).getbbox(letter) for letter in LOWEST_LETTERS]
    return min(bottom - top for _, top, _, bottom in boxes)
