"""When each phrase of a known text is spoken, by the pauses that are heard.

The ends of phrases are matched to pauses by dynamic programming, as in the alignment of sentences
by their lengths (Gale and Church, 1993): between two matched ends, the syllables of the text and
the time that is spoken must be in proportion.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from lipsync_nb.editing.phrases import PHRASE, SENTENCE, Piece, grouped

Span = tuple[float, float]
"""When something begins and ends, in seconds."""

SPREAD = 0.35
"""How much the length of a phrase differs from what its syllables say, as a share of its length at
a length of one second; that of longer ones differs less, by the square root."""
SHORTEST_S = 0.15
"""Seconds that a phrase takes at least, in its spread."""
NO_PAUSE = {SENTENCE: 6.0, PHRASE: 2.0}
"""What it costs if the end of a sentence, or of a phrase, has no pause, in squared spreads."""
STRAY_PAUSE, STRAY_PER_S = 1.0, 4.0
"""What it costs if a pause is at no end of a phrase, and each second of it, in the same unit."""
REACH = 10
"""How many ends of phrases, or pauses, in a row may be without a match."""
NEAR_S, NEAR_GROWTH = 10.0, 2.0
"""How far a pause may be from where the end of a phrase is expected, in seconds: so much, and so
many times the square root of the seconds of the speech."""
ROUNDING_S = 1e-6
LEAST_SYLLABLES = 0.1
"""What a piece counts that is not spoken, such as a lone sign."""


class Heard:
    """The times in which somebody speaks, and the pauses between them.

    Args:
        spans: When somebody speaks.

    Attributes:
        spans: When somebody speaks.
        clock: How long somebody has spoken at the end of each span, in seconds.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.clock = list(accumulate(end - start for start, end in spans))

    def time_at(self, spoken_s: float, *, begins: bool) -> float:
        """Return when so much has been spoken.

        Args:
            spoken_s: Seconds of speech, without pauses.
            begins: At a pause, whether to return the time behind it, and not before it.
        """
        slack = -ROUNDING_S if begins else ROUNDING_S
        number = bisect_left(self.clock, spoken_s - slack)
        if number == len(self.spans):
            return self.spans[-1][1]
        start, end = self.spans[number]
        return max(start, end - (self.clock[number] - spoken_s))


def aligned(pieces: Sequence[Piece], spans: Sequence[Span]) -> list[Span]:
    """Return when each piece is spoken.

    Args:
        pieces: The text.
        spans: When somebody speaks, in seconds: what lies between the pauses. At least one.
    """
    groups = grouped(list(pieces), PHRASE)
    heard = Heard(spans)
    weights = [sum(piece.syllables for piece in group) or LEAST_SYLLABLES for group in groups]
    ends = _ends([group[-1].ends for group in groups], weights, heard)
    times: list[Span] = []
    for group, (start, end) in zip(groups, pairwise([0.0, *ends]), strict=True):
        shares = [piece.syllables or LEAST_SYLLABLES for piece in group]
        whole = sum(shares)
        marks = [start + (end - start) * share / whole for share in accumulate(shares, initial=0.0)]
        times += [
            (heard.time_at(begin, begins=True), heard.time_at(stop, begins=False))
            for begin, stop in pairwise(marks)
        ]
    return times


def _ends(kinds: Sequence[int], weights: Sequence[float], heard: Heard) -> list[float]:
    """Return the time that is spoken until the end of each phrase."""
    clock, expected = heard.clock, list(accumulate(weights))
    scale = clock[-1] / expected[-1]
    expected = [length * scale for length in expected]
    matches = _matched(kinds, expected, heard)
    ends: list[float] = []
    for (first, pause), (last, next_pause) in pairwise([(-1, -1), *matches]):
        text_from, text_to = _at(expected, first), expected[last]
        start, end = _at(clock, pause), clock[next_pause]
        rate = (end - start) / max(text_to - text_from, ROUNDING_S)
        ends += [start + (expected[n] - text_from) * rate for n in range(first + 1, last + 1)]
    return ends


def _at(lengths: Sequence[float], number: int) -> float:
    return lengths[number] if number >= 0 else 0.0


Match = tuple[int, int]
"""The number of a phrase, and that of the pause at its end."""


def _matched(kinds: Sequence[int], expected: Sequence[float], heard: Heard) -> list[Match]:
    """Return the phrases whose end is at a pause, each with its pause. The last has the last."""
    clock, cost = heard.clock, _Cost(kinds, expected, heard)
    start, final = (-1, -1), (len(expected) - 1, len(clock) - 1)
    best: dict[Match, tuple[float, Match]] = {start: (0.0, start)}
    for phrase in range(len(expected)):
        for pause in [final[1]] if phrase == final[0] else _near(clock, expected[phrase]):
            match = phrase, pause
            options = [
                (best[before][0] + cost.between(before, match), before)
                for before in _before(*match)
                if before in best
            ]
            if options:
                best[match] = min(options)
    path = [final]
    while path[-1] in best and best[path[-1]][1] != start:
        path.append(best[path[-1]][1])
    return path[::-1]


class _Cost:
    """What it costs to match the end of a phrase to a pause.

    Args:
        kinds: What ends behind each phrase.
        expected: When each phrase is expected to end, in seconds of speech.
        heard: When somebody speaks.
    """

    def __init__(self, kinds: Sequence[int], expected: Sequence[float], heard: Heard) -> None:
        pauses = [after[0] - before[1] for before, after in pairwise(heard.spans)]
        strays = (STRAY_PAUSE + STRAY_PER_S * pause for pause in pauses)
        self._expected, self._clock = expected, heard.clock
        self._no_pause = list(accumulate((NO_PAUSE[kind] for kind in kinds), initial=0.0))
        self._stray = list(accumulate(strays, initial=0.0))

    def between(self, before: Match, match: Match) -> float:
        """Return what a match costs, with the phrases and pauses since the one before it."""
        (first, pause), (last, next_pause) = before, match
        expected_s = self._expected[last] - _at(self._expected, first)
        heard_s = self._clock[next_pause] - _at(self._clock, pause)
        unmatched = self._no_pause[last] - self._no_pause[first + 1]
        stray = self._stray[next_pause] - self._stray[pause + 1]
        return _misfit(expected_s, heard_s) + unmatched + stray


def _near(clock: Sequence[float], expected_s: float) -> range:
    """Return the pauses, without the end, that are near where a phrase is expected to end."""
    slack_s = NEAR_S + NEAR_GROWTH * clock[-1] ** 0.5
    first = bisect_left(clock, expected_s - slack_s)
    return range(first, min(bisect_right(clock, expected_s + slack_s), len(clock) - 1))


def _before(phrase: int, pause: int) -> Iterator[Match]:
    """Yield what may be the match before one."""
    for i in range(max(-1, phrase - REACH), phrase):
        for j in range(max(-1, pause - REACH), pause):
            yield i, j


def _misfit(expected_s: float, heard_s: float) -> float:
    variance = SPREAD**2 * max(expected_s, SHORTEST_S)
    return (heard_s - expected_s) ** 2 / variance
