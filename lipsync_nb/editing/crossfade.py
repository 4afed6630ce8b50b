"""Puts sounds one after the other, without a click and without moving a sample."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from lipsync_nb.editing.sound import Samples, Sound

Weights = npt.NDArray[np.float64]

FADE_S = 0.01
"""Seconds of a crossfade, half of them on each side of a cut."""


def joined(sounds: Sequence[Sound]) -> Sound:
    """Return sounds of the same rate and channels as one, which is as long as all together.

    On each side of a cut, the sound of the other side is heard as its own mirror image, so that
    nothing is missing and nothing comes earlier or later.
    """
    whole = Sound(np.concatenate([sound.samples for sound in sounds], axis=1), sounds[0].rate)
    most, cut = round(FADE_S / 2 * whole.rate), 0
    for before, after in pairwise(sounds):
        cut += len(before)
        half = min(most, len(before) // 2, len(after) // 2)
        if half:
            whole.samples[:, cut - half : cut + half] = _faded(
                before.samples[:, len(before) - half :], after.samples[:, :half]
            )
    return whole


def _faded(before: Samples, after: Samples) -> Samples:
    """Return the sound around a cut, of the last samples before it and the first ones after it."""
    going = np.concatenate([before, before[:, ::-1]], axis=1)
    coming = np.concatenate([after[:, ::-1], after], axis=1)
    count = going.shape[1]
    rising = np.sin(np.pi / 2 * (np.arange(count) + 0.5) / count) ** 2
    mixed = (1 - rising) * going + rising * coming
    return np.asarray(mixed * _gain(going, coming, rising), np.float32)


def _gain(going: Samples, coming: Samples, rising: Weights) -> Weights:
    """Return what keeps the power: a sum of two unlike sounds is weaker than of two like ones."""
    power = float(np.sqrt((going**2).sum() * (coming**2).sum()))
    likeness = max(0.0, float((going * coming).sum()) / power) if power else 1.0
    falling = 1 - rising
    return np.asarray(1 / np.sqrt(falling**2 + rising**2 + 2 * likeness * falling * rising))
