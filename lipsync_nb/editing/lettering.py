"""Outlined text in a picture: the font, its size and place, and how it is blended."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from lipsync_nb.editing.captions import lines
from lipsync_nb.editing.clip import Size
from lipsync_nb.editing.phrases import pieces_of
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.extras import MissingExtra
from lipsync_nb.log import notify_user

FONT_PACKAGE, FONT_FILE = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"
SIMPLIFIED_CHINESE = 2
"""The index in the file of the font for Simplified Chinese."""
NO_CHARACTER, TEST_SIZE = "\uffff", 24
"""A character that no font has, and the size at which the others are compared with it."""

SAFE = 0.05
"""The margin at each side, as a share of the frame (safe title area of SMPTE ST 2046-1)."""
PORTRAIT_BOTTOM = 0.15
"""The margin at the bottom of a frame that is higher than wide, where apps put names and buttons.
"""
LINE_HEIGHT = 1.3
"""The distance of two lines, in font sizes."""
OUTLINE = 0.08
"""The width of the outline, in font sizes."""
SMALLEST, SHRINK = 8, 0.93
"""The smallest font size, in pixels, and the steps to it if a text does not fit."""
SMALL = 0.5
"""The share of its own size below which it is told that a text is drawn smaller."""
HIGHEST = 0.5
"""The share of the frame's height that a text may take."""
WHITE, BLACK = 255, 0

Grey = npt.NDArray[np.uint8]
"""Shape (height, width)."""


@dataclass(frozen=True, slots=True)
class Font:
    """A font file.

    Attributes:
        path: The file.
        index: The number of the font in it.
    """

    path: str
    index: int = 0

    @classmethod
    def of(cls, given: str | PathLike[str] | None, purpose: str) -> "Font":
        """Return the font that is given, or that of the extra ``sandbox``.

        Raises:
            BadRequest: It is no font.
            MissingExtra: None is given, and that of the extra is not installed.
        """
        if given is not None:
            font = cls(fspath(Path(given).expanduser()))
        elif find_spec(FONT_PACKAGE) is not None:
            font = cls(str(files(FONT_PACKAGE) / FONT_FILE), SIMPLIFIED_CHINESE)
        else:
            raise MissingExtra(
                f"{purpose} needs a font: give one, such as font='C:/Windows/Fonts/msyh.ttc', or "
                'install that of the sandbox: pip install "lipsync_nb[sandbox]"'
            )
        try:
            font.at(TEST_SIZE)
        except OSError as error:
            what = "give a file of TrueType or OpenType"
            raise BadRequest(f"font={line(font.path)} cannot be read ({error}); {what}") from None
        return font

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """Return it in a size, in pixels."""
        return _loaded(self.path, self.index, size)

    def lacks(self, text: str) -> str:
        """Return the characters of a text that it does not have, each once."""
        tested = self.at(TEST_SIZE)
        missing = bytes(tested.getmask(NO_CHARACTER))
        signs = dict.fromkeys(sign for sign in text if not sign.isspace())
        return "".join(sign for sign in signs if bytes(tested.getmask(sign)) == missing)

    def without_lacking(self, text: str) -> str:
        """Return a text without the characters that it does not have."""
        lacking = set(self.lacks(text))
        return "".join(sign for sign in text if sign not in lacking)


@lru_cache(64)
def _loaded(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index=index)


@dataclass(frozen=True, slots=True)
class Overlay:
    """Text that is blended into frames.

    Attributes:
        left: Pixels from the left, even.
        top: Pixels from the top, even.
        grey: How light the text is, 0 to 255; both sides even.
        opacity: 0 to 255, of the same shape.
    """

    left: int
    top: int
    grey: Grey
    opacity: Grey

    def draw(self, planes: Sequence[Grey], *, full_range: bool) -> None:
        """Blend it into the planes Y, U and V of ``yuv420p``, which are changed.

        Args:
            planes: The planes; U and V have half the sides of Y.
            full_range: Whether black is 0 and white 255, and not 16 and 235.
        """
        luma = self.grey if full_range else (16 + self.grey.astype(np.uint16) * 219 // 255)
        _blend(self._part(planes[0], 1), luma, self.opacity)
        quarter = self.opacity[::2, ::2] // 2 + self.opacity[1::2, 1::2] // 2
        for plane in planes[1:]:
            _blend(self._part(plane, 2), np.uint16(128), quarter)

    def _part(self, plane: Grey, step: int) -> Grey:
        top, left = self.top // step, self.left // step
        height, width = (side // step for side in self.grey.shape)
        return plane[top : top + height, left : left + width]


def _blend(pixels: Grey, over: Any, opacity: Grey) -> None:
    """Blend in integers: the sum of both products is at most 255², which 16 bits hold."""
    weight = opacity.astype(np.uint16)
    mixed = pixels * (255 - weight) + over * weight + np.uint16(128)
    pixels[:] = (mixed + (mixed >> 8)) >> 8


@dataclass(frozen=True, slots=True)
class Lettering:
    """How text is drawn into frames.

    Attributes:
        frame: Width and height of the frames, in pixels, both even.
        font: The font.
        size: The font size, in pixels. A text that does not fit is smaller.
        position: ``"top"``, ``"middle"`` or ``"bottom"``, and maybe ``"left"`` or ``"right"``.
    """

    frame: Size
    font: Font
    size: int
    position: str

    def overlay(self, text: str) -> Overlay:
        """Draw a text, whose lines are broken again where they are too long."""
        size = self.size
        rows = self._rows(text, size)
        while size > SMALLEST and not self._fits(rows, size):
            size = max(SMALLEST, int(size * SHRINK))
            rows = self._rows(text, size)
        self._tell_small(text, size, is_whole=self._fits(rows, size))
        return self._drawn(rows, size)

    def _tell_small(self, text: str, size: int, *, is_whole: bool) -> None:
        what = f"{line(repr(text))} is drawn with {size} pixels instead of {self.size}"
        if not is_whole:
            notify_user(f"{what}, and is cut off nevertheless: shorten or split it")
        elif size < SMALL * self.size:
            notify_user(f"{what}, as it is long: split it, or give another size=")

    def fits(self, text: str) -> bool:
        """Return whether a text fits in its own size, on one line."""
        return len(rows := self._rows(text, self.size)) == 1 and self._fits(rows, self.size)

    def _rows(self, text: str, size: int) -> list[str]:
        length, widest = self.font.at(size).getlength, self.frame[0] * (1 - 2 * SAFE)
        rows = [lines(pieces_of(row), length, widest) for row in text.splitlines()]
        return [broken for row in rows for broken in row]

    def _fits(self, rows: Sequence[str], size: int) -> bool:
        width, height = self.frame
        widest = max(map(self.font.at(size).getlength, rows), default=0)
        is_narrow = widest <= width * (1 - 2 * SAFE)
        return is_narrow and len(rows) * size * LINE_HEIGHT <= HIGHEST * height

    def _drawn(self, rows: Sequence[str], size: int) -> Overlay:
        font, edge = self.font.at(size), max(1, round(OUTLINE * size))
        widest = max(map(font.getlength, rows), default=0)
        width = _even(min(self.frame[0], int(widest) + 4 * edge))
        height = _even(min(self.frame[1], int(len(rows) * size * LINE_HEIGHT) + 4 * edge))
        fill, outline = Image.new("L", (width, height)), Image.new("L", (width, height))
        for number, row in enumerate(rows):
            middle = width / 2, (number + 0.5) * size * LINE_HEIGHT + 2 * edge
            ImageDraw.Draw(fill).text(middle, row, WHITE, font, anchor="mm")
            ImageDraw.Draw(outline).text(middle, row, WHITE, font, anchor="mm", stroke_width=edge)
        left, top = self._place(width, height)
        return Overlay(left, top, np.array(fill), np.maximum(np.array(outline), np.array(fill)))

    def _place(self, width: int, height: int) -> tuple[int, int]:
        whole_width, whole_height = self.frame
        bottom = PORTRAIT_BOTTOM if whole_height > whole_width else SAFE
        margin = SAFE * whole_width
        top, low = SAFE * whole_height, whole_height * (1 - bottom) - height
        x = (whole_width - width) / 2
        if "left" in self.position:
            x = margin
        elif "right" in self.position:
            x = whole_width - margin - width
        y = top if "top" in self.position else (whole_height - height) / 2
        if "bottom" in self.position:
            y = low
        return _within(x, whole_width - width), _within(y, whole_height - height)


def _even(length: int) -> int:
    return max(2, length - length % 2)


def _within(place: float, most: int) -> int:
    return int(min(max(place, 0), most)) // 2 * 2
