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
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from lipsync_nb.editing.clip import Size
from lipsync_nb.editing.lettering import Font, Lettering, Overlay
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
LOWEST_LETTERS = "AI"
"""Letters that are lower than Chinese characters, and whose ink counts."""


@dataclass(frozen=True, slots=True)
class DrawnLabel:
    """A label in the picture.

    Attributes:
        text: What it says.
        show: ``"start"`` or ``"always"``.
        position: A corner, such as ``"top left"``.
    """

    text: str
    show: str
    position: str

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
            return cls(**json.loads(tags[RECORD]))
        except (KeyError, ValueError, TypeError):
            return None

    def record(self) -> dict[str, str]:
        """Return the tag that says what was drawn."""
        return {RECORD: json.dumps(asdict(self), ensure_ascii=False)}

    def overlays(self, frame: Size, seconds: float, font: Font) -> Any:
        """Return a function of the time in seconds: what is drawn then.

        Args:
            frame: Width and height of the frames, in pixels.
            seconds: The clip's length.
            font: The font.

        Raises:
            BadRequest: It does not fit into the frame, or the font lacks a character.
        """
        overlay = self._overlay(frame, font)
        if seconds < LEAST_S:
            notify_user(
                f"the label is shown for {seconds:.1f} s, all of the clip; 2 s are asked for"
            )
        until_s = math.inf if self.show == "always" else SHOWN_S
        return lambda time_s: [overlay] if time_s < until_s else []

    def _overlay(self, frame: Size, font: Font) -> Overlay:
        if lacking := font.lacks(self.text):
            raise BadRequest(f"text: the font lacks {line(lacking)}; give another font=")
        letters = Lettering(frame, font, _size(frame, font), self.position)
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
