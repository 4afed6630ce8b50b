"""Where a long speech is cut: in pauses, into as few parts of similar length as possible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
import numpy.typing as npt

from lipsync_nb.editing.pauses import Pause

GRIDS_S = (0.2, 0.04)
"""Multiples of these times are cut at if possible, the first rather than the second: whole numbers
of frames at 25 and 30 frames per second, and at 25."""
MARGIN_S = 0.05
"""Seconds of a pause that are left on both sides of a cut."""
STEP_S = 1.0
"""Seconds between the places in a long pause that are considered."""
GRID_COST, PLACE_COST, SHORT_COST = 0.05, 0.05, 0.2
"""What is worse about a cut: by each grid that it is not on; at the edge of the usable part of its
pause, and not in the middle; and in a pause of no length. It is weighed against the square of the
deviation of a part's length, as a share of the mean length."""
LONG_PAUSE_S = 1.0
"""Longer pauses are not better."""
PART_COST = 1e6
"""More than all other costs together: fewer parts are always better."""


class NoPause(Exception):
    """There is a time without a pause in which the speech would have to be cut.

    Attributes:
        start_s: When the phrase begins.
        end_s: When it ends.
    """

    def __init__(self, start_s: float, end_s: float) -> None:
        super().__init__(start_s, end_s)
        self.start_s, self.end_s = start_s, end_s


@dataclass(frozen=True, slots=True)
class _Place:
    """A place where the speech can be cut: a sample, what is bad about it, and its pause."""

    sample: int
    cost: float
    pause: Pause


def cuts(pauses: Sequence[Pause], count: int, rate: int, longest: int) -> list[int]:
    """Return the samples before which a speech is cut.

    Args:
        pauses: Its pauses.
        count: The number of its samples.
        rate: Samples per second.
        longest: Samples of a part at most.

    Raises:
        NoPause: A phrase is longer.
    """
    if count <= longest:
        return []
    end = Pause(count / rate, count / rate)
    places = [_Place(0, 0.0, Pause(0.0, 0.0)), *_places(pauses, count, rate)]
    places.append(_Place(count, 0.0, end))
    for one, other in pairwise(places):
        if other.sample - one.sample > longest:
            raise NoPause(one.pause.end_s, other.pause.start_s)
    return [places[index].sample for index in _best(places, longest)]


def _places(pauses: Sequence[Pause], count: int, rate: int) -> list[_Place]:
    found: dict[int, _Place] = {}
    for pause in pauses:
        for place in _inside(pause, rate):
            known = found.get(place.sample)
            if 0 < place.sample < count and (known is None or place.cost < known.cost):
                found[place.sample] = place
    return [found[sample] for sample in sorted(found)]


def _inside(pause: Pause, rate: int) -> Iterator[_Place]:
    """Yield places in a pause: its middle and edges, and those of them that are on a grid."""
    margin = min(MARGIN_S, pause.seconds / 4)
    first, last = pause.start_s + margin, pause.end_s - margin
    middle, half = (first + last) / 2, (last - first) / 2
    base = SHORT_COST * max(0.0, 1 - pause.seconds / LONG_PAUSE_S)
    steps = [first + STEP_S * k for k in range(int((last - first) / STEP_S))]
    for off, grid in enumerate((*GRIDS_S, None)):
        for time_s in {_on(grid, near, first, last) for near in (first, middle, last, *steps)}:
            if time_s is not None:
                place = PLACE_COST * abs(time_s - middle) / half
                yield _Place(round(time_s * rate), base + GRID_COST * off + place, pause)


def _on(grid: float | None, near_s: float, first_s: float, last_s: float) -> float | None:
    """Return the multiple of a grid nearest to a time, if there is one in a part of a pause."""
    if grid is None:
        return near_s
    lowest, highest = ceil(first_s / grid), int(last_s / grid)
    if lowest > highest:
        return None
    return grid * min(max(round(near_s / grid), lowest), highest)


def _best(places: Sequence[_Place], longest: int) -> list[int]:
    """Return which places are cut at, by dynamic programming over the last part's beginning."""
    samples = np.array([place.sample for place in places], np.int64)
    parts = _fewest(samples, longest)
    mean = samples[-1] / parts
    costs, before = np.zeros(len(places)), np.zeros(len(places), np.intp)
    for index in range(1, len(places)):
        from_ = int(np.searchsorted(samples, samples[index] - longest))
        lengths = samples[index] - samples[from_:index]
        total = costs[from_:index] + (lengths / mean - 1) ** 2
        best = int(total.argmin())
        before[index] = from_ + best
        costs[index] = total[best] + places[index].cost + PART_COST
    found = []
    index = int(before[-1])
    while index:
        found.append(index)
        index = int(before[index])
    return found[::-1]


def _fewest(samples: npt.NDArray[np.int64], longest: int) -> int:
    """Return the least number of parts: each is as long as it can be."""
    parts = index = 0
    while index < len(samples) - 1:
        index = int(np.searchsorted(samples, samples[index] + longest, side="right")) - 1
        parts += 1
    return parts
