"""A text as phrases and as pieces that stay on one line, in Chinese, English and both mixed."""

import re
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
