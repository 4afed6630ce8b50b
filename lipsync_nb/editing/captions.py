"""Spoken pieces as captions of readable length: how they are split, and broken into lines.

The numbers are those of Netflix's Timed Text Style Guides (General Requirements; Chinese,
Simplified; English, USA): two lines, 16 characters in Chinese and 42 in English, 5/6 of a second to
7 seconds, and 9 and 17 characters per second. In English, that is the speed for children; the guide
allows 20 for adults.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import inf
from typing import NamedTuple

from lipsync_nb.editing.alignment import Span
from lipsync_nb.editing.phrases import (
    INSIDE,
    PHRASE,
    SENTENCE,
    WORD,
    Piece,
    is_chinese,
    language_of,
    narrowed,
)
from lipsync_nb.results import Subtitle

LONGEST_LINE = {"zh": 16, "en": 42}
"""Characters in a line at most; one that is not Chinese counts half beside Chinese ones."""
SHORTEST_S, LONGEST_S = 0.8, 7.0
"""Seconds that a caption is shown, where there is room, and at most, if it is more than a word."""
GAP_S = 0.04
"""Seconds between two captions, where one is shown longer than it is spoken: a frame."""
FASTEST = {"zh": 9.0, "en": 17.0}
"""Characters per second that are read with ease."""

BREAK = {SENTENCE: 0.0, PHRASE: 0.4, WORD: 1.6, INSIDE: 2.0}
"""What it costs that a caption, or a line, ends at such a place."""
CAPTION, JOINED, PAUSED, TOO_SHORT, UNEVEN = 1.0, 1.5, 4.0, 2.0, 0.5
"""What it costs: each caption; a sentence that ends inside; a second of pause inside; a caption
that is too short; lines of which one is empty, by length."""


class Spoken(NamedTuple):
    """A piece of a text, and when it is spoken."""

    piece: Piece
    span: Span


@dataclass(frozen=True, slots=True)
class Layout:
    """How long lines may be.

    Attributes:
        longest: Characters of a line.
        chinese: Whether characters that are not Chinese count half.
    """

    longest: float
    chinese: bool

    def width(self, text: str) -> float:
        """Return the width of a text, in characters."""
        if not self.chinese:
            return len(text)
        return sum(1.0 if is_wide(sign) else 0.5 for sign in text)

    def narrowed(self, piece: Piece) -> list[Piece]:
        """Take a piece apart that does not fit on a line; see `narrowed`."""
        return narrowed(piece, self.width, self.longest)

    def lines(self, pieces: Sequence[Piece]) -> list[str]:
        """Break pieces into lines; see `lines`."""
        return lines(pieces, self.width, self.longest)


def is_wide(sign: str) -> bool:
    """Return whether a character is as wide as a Chinese one, as Chinese punctuation is."""
    return is_chinese(sign) or "\u2e80" <= sign <= "\uffee" or sign in "“”‘’…—"


def captions(spoken: Sequence[Spoken], layout: Layout, until_s: float = inf) -> list[Subtitle]:
    """Return captions of spoken pieces, split where it disturbs least.

    Args:
        spoken: The pieces.
        layout: How long lines may be. A piece that is longer than a line is taken apart.
        until_s: Until when the last one may be shown, in seconds, if it is not spoken longer.
    """
    spoken = [part for one in spoken for part in _narrow(one, layout)]
    room = _Room([piece for piece, _ in spoken], layout)
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(spoken) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            is_long = spoken[end - 1].span[1] - spoken[start].span[0] > LONGEST_S
            if start < end - 1 and (is_long or not room.holds(start, end)):
                break
            cost = _cost(spoken[start:end], spoken[end : end + 1])
            options.append((best[start][0] + cost, start))
        best.append(min(options))
    cuts = [len(spoken)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    parts = [spoken[start:end] for start, end in pairwise(cuts[::-1])]
    return with_time_to_read([_caption(part, layout) for part in parts], until_s)


def _narrow(one: Spoken, layout: Layout) -> list[Spoken]:
    """Return the parts of a piece that fit on lines, which share its time."""
    parts, (start_s, end_s) = layout.narrowed(one.piece), one.span
    sizes = list(accumulate((len(part.text) for part in parts), initial=0))
    times = [start_s + (end_s - start_s) * size / sizes[-1] for size in sizes]
    return list(map(Spoken, parts, pairwise(times)))


class _Room:
    """Tells whether pieces fit into the lines of a caption, by sums of their widths."""

    def __init__(self, pieces: Sequence[Piece], layout: Layout) -> None:
        self._longest = layout.longest
        self._sums = list(accumulate((layout.width(one.text) for one in pieces), initial=0.0))
        self._spaces = [layout.width(one.text) - layout.width(one.text.rstrip()) for one in pieces]

    def _width(self, start: int, end: int) -> float:
        return self._sums[end] - self._sums[start] - self._spaces[end - 1]

    def holds(self, start: int, end: int) -> bool:
        """Return whether a part fits: into one line, or into two of which the first is full."""
        if self._width(start, end) <= self._longest:
            return True
        ends = range(end - 1, start, -1)
        first = next((at for at in ends if self._width(start, at) <= self._longest), None)
        return first is not None and self._width(first, end) <= self._longest


def _caption(part: Sequence[Spoken], layout: Layout) -> Subtitle:
    text = "\n".join(layout.lines([piece for piece, _ in part]))
    return Subtitle(part[0].span[0], part[-1].span[1], text)


def _cost(part: Sequence[Spoken], following: Sequence[Spoken]) -> float:
    inside = sum(
        JOINED * (before.piece.ends == SENTENCE) + PAUSED * (after.span[0] - before.span[1])
        for before, after in pairwise(part)
    )
    until_s = following[0].span[0] if following else inf
    is_short = until_s - part[0].span[0] < SHORTEST_S
    return CAPTION + BREAK[part[-1].piece.ends] + inside + TOO_SHORT * is_short


def lines(pieces: Sequence[Piece], width: Callable[[str], float], longest: float) -> list[str]:
    """Break pieces into the fewest lines, at the best places.

    A piece that is too long for a line is taken apart; see `narrowed`.

    Args:
        pieces: The text.
        width: Returns the width of a text.
        longest: The width of a line at most.
    """
    pieces = [part for one in pieces for part in narrowed(one, width, longest)]
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(pieces) + 1):
        options = []
        for start in range(end - 1, -1, -1):
            wide = width(_text(pieces[start:end]))
            if wide > longest and start < end - 1:
                break
            empty = max(0.0, 1 - wide / longest)
            ends = BREAK[pieces[end - 1].ends] if end < len(pieces) else 0.0
            count, cost, _ = best[start]
            options.append((count + 1, cost + ends + UNEVEN * empty**2, start))
        best.append(min(options))
    cuts = [len(pieces)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][2])
    return [_text(pieces[start:end]) for start, end in pairwise(cuts[::-1])]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces).strip()


def with_time_to_read(shown: Sequence[Subtitle], until_s: float = inf) -> list[Subtitle]:
    """Show captions until they can be read, where there is room for it.

    Args:
        shown: The captions, each shown while it is spoken.
        until_s: Until when the last one may be shown, in seconds. Others may until the next one.
    """
    starts = [subtitle.start_s for subtitle in shown[1:]]
    rooms = [*(start - GAP_S for start in starts), until_s]
    return [
        replace(one, end_s=max(min(one.end_s, after), min(_readable_s(one), room)))
        for one, after, room in zip(shown, [*starts, inf], rooms, strict=True)
    ]


def _readable_s(one: Subtitle) -> float:
    """Return when a caption has been shown long enough."""
    reading_s = read_signs(one.text) / FASTEST[language_of(one.text)]
    return one.start_s + min(max(SHORTEST_S, reading_s), LONGEST_S)


def read_signs(text: str) -> int:
    """Return how many characters of a caption are read, spaces between Latin words included."""
    return len(" ".join(text.split()) if language_of(text) == "en" else "".join(text.split()))
