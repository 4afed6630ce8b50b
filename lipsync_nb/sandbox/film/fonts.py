"""Fonts, Chinese included, and breaking text into lines."""

import os
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import count, groupby
from pathlib import Path
from typing import Final, cast

from PIL import ImageFont

FONT_PACKAGE: Final = "noto_cjk_sans_otc"
FONT_FILE: Final = "NotoSansCJK-Regular.ttc"
SIMPLIFIED_CHINESE = "SC"
"""Noto's faces are one for each language; this is the one wanted."""

SYSTEM_FONT_FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "${WINDIR}/Fonts",
)
SYSTEM_FONT_NAMES: Final = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "NotoSansSC-Regular.ttf",
    "SourceHanSansCN-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Light.ttc",
    "msyh.ttc",
    "simhei.ttf",
)

MISSING_GLYPH_SAMPLE = "\uffff"
"""No font has it: what is drawn for it is drawn for everything missing."""

READABLE_SIZE = 24
"""Size in pixels for testing whether a font has a character; any other would do."""

LINE_HEIGHT = 1.35
"""Distance of two lines, in heights of the letters."""

WORDS = re.compile(r"[^\s\u2e80-\uffef]+|\s+|.")
"""Lines break between words, and between any two Chinese characters."""


@cache
def chinese_font() -> Path | None:
    """The font file that has Chinese: the packaged one, else one of the system's, else none."""
    spec = find_spec(FONT_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        packaged = Path(folder) / FONT_FILE
        if packaged.is_file():
            return packaged
    return next(system_fonts(), None)


def system_fonts() -> Iterator[Path]:
    """Fonts with Chinese that are installed on this system, in order of preference."""
    folders = [Path(os.path.expandvars(folder)).expanduser() for folder in SYSTEM_FONT_FOLDERS]
    installed = {file.name: file for folder in folders for file in folder.rglob("*.[to]t[cf]")}
    for name in SYSTEM_FONT_NAMES:
        if name in installed:
            yield installed[name]


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """The font for all text, ``size`` pixels high; Latin only where no Chinese one is found."""
    path = chinese_font()
    if path is None:
        return latin_font(size)
    faces = list(faces_in(path, size))
    simplified = (face for face in faces if (face.getname()[0] or "").endswith(SIMPLIFIED_CHINESE))
    return next(simplified, faces[0])


def faces_in(path: Path, size: int) -> Iterator[ImageFont.FreeTypeFont]:
    """All faces of a font file; a collection has one for each language."""
    for index in count():
        try:
            yield ImageFont.truetype(path, size, index=index)
        except OSError:
            return


def latin_font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font."""
    return cast("ImageFont.FreeTypeFont", ImageFont.load_default(size))


def readable(text: str) -> str:
    """The text with what the font cannot draw replaced by a note that says so.

    An empty box would look as if the text were damaged.
    """
    letters = font(READABLE_SIZE)
    missing = bytes(letters.getmask(MISSING_GLYPH_SAMPLE))

    def drawable(character: str) -> bool:
        return character.isspace() or bytes(letters.getmask(character)) != missing

    runs = ((shown, list(run)) for shown, run in groupby(text, key=drawable))
    return "".join(
        "".join(run) if shown else f"[{len(run)} characters without a font]" for shown, run in runs
    )


def wrapped(text: str, size: int, width: float) -> list[str]:
    """The text, readable, broken into lines no wider than ``width`` pixels."""
    letters, lines = font(size), []
    for paragraph in readable(text).splitlines():
        line = ""
        for word in pieces(paragraph, letters, width):
            if line.strip() and letters.getlength(line + word) > width:
                lines.append(line.strip())
                line = ""
            line += word
        lines.append(line.strip())
    return [line for line in lines if line]


def pieces(paragraph: str, letters: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    """What a paragraph may be broken into: words, or letters where a word fills the line."""
    for word in WORDS.findall(paragraph):
        if letters.getlength(word) > width:
            yield from word
        else:
            yield word
