"""A text as phrases and as pieces that stay on one line, in Chinese, English and both mixed."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters, and the signs of Japanese."""
CLOSING = "，。、；：？！…—～·）》」』】〕〉”’％‰℃,.;:?!)]}%\"'"
"""What no line begins with (避头尾)."""
OPENING = "（《「『【〔〈“‘([{$¥￥#"
"""What no line ends with."""
PIECE = re.compile(
    rf"[{re.escape(OPENING)}]*(?:[{HAN}]|[^\s{HAN}{re.escape(OPENING)}，。、；：？！…]+)?"
    rf"[{re.escape(CLOSING)}]*\s*"
)
MARKS = "/_&=" + re.escape("".join(sign for sign in CLOSING + "-" if sign not in "，,.:'\""))
"""What a long piece, such as a URL, may be broken behind; not what numbers and words contain."""
MARKED, SIGN = re.compile(rf"[^{MARKS}]*[{MARKS}]+|[^{MARKS}]+"), re.compile(".", re.DOTALL)
"""What ends with such marks, and any sign."""
JOINERS, SKIN_COLOURS = "\u200d", "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""What makes one emoji of several."""
SENTENCE, PHRASE, WORD, INSIDE = 3, 2, 1, 0
"""What ends behind a piece: a sentence; a phrase; a word; maybe nothing, as between two Chinese
characters."""
SENTENCE_END = re.compile("[。！？!?…]|[.](?=\\W*$)|\n")
PHRASE_END = re.compile("[，、；：,;:—]|[。！？!?…]")

DIGIT_SYLLABLES = {"zh": 1.2, "en": 1.7}
"""Syllables of a digit as it is spoken: 2025 is 二零二五, or twenty twenty-five."""
PERCENT_SYLLABLES = 3
"""Syllables of 百分之."""
VOWELS = re.compile("[aeiouyà-ÿ]+", re.IGNORECASE)
SILENT_E = re.compile(r"(?<=[a-z]{2})(?<![aeiouyl])es?\b", re.IGNORECASE)
SPELLED = re.compile(r"\b[A-Z]{2,5}\b")
"""Words that are spelled, such as AI and MP4."""
WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """What stays on one line: a word or a Chinese character, with its punctuation.

    Attributes:
        text: With the spaces behind it, if there are any.
        ends: `SENTENCE`, `PHRASE`, `WORD` or `INSIDE`: what ends behind it.
        syllables: About how long it takes to say.
    """

    text: str
    ends: int
    syllables: float


def pieces_of(text: str) -> list[Piece]:
    """Return a text as pieces. A line break in it ends a sentence."""
    language = language_of(text)
    found: list[str] = []
    for piece in filter(None, PIECE.findall(text.strip())):
        if found and not any(map(str.isalnum, piece)):  # a lone dash, or closing quotes
            found[-1] += piece
        else:
            found.append(piece)
    following = [*found[1:], ""]
    return [
        Piece(" ".join(piece.split()) + " " * piece[-1:].isspace(), _ends(piece, after), spoken)
        for piece, after in zip(found, following, strict=True)
        for spoken in [syllables(piece, language)]
    ]


def _ends(piece: str, after: str) -> int:
    marks = piece.rstrip(" \t”’」』）)\"'")
    if not after or SENTENCE_END.search(marks[-1:] + (piece if "\n" in piece else "")):
        return SENTENCE
    if PHRASE_END.search(marks[-1:]):
        return PHRASE
    both_chinese = is_chinese(piece[-1:] or " ") and is_chinese(after[:1])
    return INSIDE if both_chinese else WORD


def narrowed(piece: Piece, width: Callable[[str], float], longest: float) -> list[Piece]:
    """Return a piece as parts that fit on a line: itself, or parts of it.

    A long one, such as a URL, is cut behind its marks, and between signs where that is not enough.
    A letter stays with its accents, and punctuation with what it closes or opens.

    Args:
        piece: The piece.
        width: Returns the width of a text.
        longest: The width of a line at most.
    """
    found = [piece]
    for parts, ends in ((MARKED, WORD), (SIGN, INSIDE)):
        found = [
            part
            for one in found
            for part in ([one] if width(one.text.rstrip()) <= longest else _cut(one, parts, ends))
        ]
    return found


def _cut(piece: Piece, parts: re.Pattern[str], ends: int) -> list[Piece]:
    found: list[str] = []
    for part in parts.findall(piece.text):
        if found and (_continues(part[0]) or found[-1][-1] in JOINERS + OPENING):
            found[-1] += part
        else:
            found.append(part)
    share = piece.syllables / max(1, len(piece.text))
    inner = [Piece(text, ends, share * len(text)) for text in found[:-1]]
    return [*inner, *(Piece(text, piece.ends, share * len(text)) for text in found[-1:])]


def _continues(sign: str) -> bool:
    """Return whether a sign is never first in a line."""
    is_mark = unicodedata.category(sign).startswith("M") or sign in SKIN_COLOURS
    return is_mark or sign.isspace() or sign in JOINERS + CLOSING


def language_of(text: str) -> str:
    """Return ``"zh"`` if any of a text is Chinese, else ``"en"``."""
    return "zh" if is_chinese(text) else "en"


def is_chinese(text: str) -> bool:
    """Return whether a text has a Chinese character."""
    return re.search(f"[{HAN}]", text) is not None


def syllables(text: str, language: str) -> float:
    """Return about how many syllables a text has when it is spoken.

    Args:
        text: The text.
        language: ``"zh"`` or ``"en"``, for digits.
    """
    digits = sum(map(str.isdigit, text))
    signs = len(re.findall(f"[{HAN}]", text))
    spelled = sum(map(len, SPELLED.findall(text)))
    rest = re.sub(f"[{HAN}]", " ", SPELLED.sub(" ", text))
    words = (SILENT_E.sub("", word) for word in WORDS.findall(rest))
    vowels = sum(max(1, len(VOWELS.findall(word))) for word in words)
    percent = PERCENT_SYLLABLES * ("%" in text or "％" in text)
    return signs + vowels + spelled + digits * DIGIT_SYLLABLES[language] + percent


def grouped(pieces: list[Piece], least: int) -> list[list[Piece]]:
    """Return pieces in groups that end where a phrase (`PHRASE`) or sentence (`SENTENCE`) does."""
    ends = [number + 1 for number, piece in enumerate(pieces) if piece.ends >= least]
    if not ends or ends[-1] != len(pieces):
        ends.append(len(pieces))
    return [pieces[start:end] for start, end in pairwise([0, *ends])]
