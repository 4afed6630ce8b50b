"""The filters that find speech in the motion of a mouth, as they were learned over clips."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from lipsync_nb.compare.metrics.arrays import Track, TrackMatrix
from lipsync_nb.compare.metrics.sync_features import MELS, MOUTH_TAPS, SOUND_TAPS, taps
from lipsync_nb.errors import BadRequest, line

OWN = Path(__file__).with_name("sync_filters.json")
"""The filters of this package."""
DIGITS = 9
"""Significant digits of a number in a file."""
VERSION_DIGITS = 8
MOUTH_INPUTS, SOUND_INPUTS = 4 * len(MOUTH_TAPS), (MELS + 2) * len(SOUND_TAPS)
"""Numbers in a filter of the mouth and in one of the sound."""


@dataclass(frozen=True)
class Filters:
    """Pairs of filters, one of the mouth and one of the sound.

    Attributes:
        mouth: Weights of the mouth's signals at each tap, shape (44, pairs).
        sound: Weights of the sound's signals at each tap, shape (110, pairs).
        weights: The correlation of each pair over the clips it was learned from, shape (pairs,).
        zero_ms: What is added to each lag so that speech in sync has offset 0, ms; ``None`` if
            it is not known.
        zero_error_ms: The uncertainty of `zero_ms`, ms.
    """

    mouth: TrackMatrix
    sound: TrackMatrix
    weights: Track
    zero_ms: float | None = None
    zero_error_ms: float | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read filters from a file that `learn_filters` has written.

        Raises:
            BadRequest: It is no such file.
        """
        try:
            found = json.loads(path.read_bytes())
            arrays = [np.array(found[name], float) for name in ("mouth", "sound", "weights")]
            mouth, sound, weights = arrays
            zero, error = (None if found[n] is None else float(found[n]) for n in _ZERO)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise BadRequest(f"filters: {line(path)} has no filters ({problem!r})") from None
        pairs = weights.shape[0] if weights.ndim == 1 else 0
        shapes = mouth.shape, sound.shape
        if not pairs or shapes != ((MOUTH_INPUTS, pairs), (SOUND_INPUTS, pairs)):
            raise BadRequest(
                f"filters: those in {line(path)} have shapes {shapes}; they must be "
                f"({MOUTH_INPUTS}, n) and ({SOUND_INPUTS}, n), with n weights"
            )
        return cls(mouth, sound, weights, zero, error)

    def write(self, path: Path, provenance: Mapping[str, Any]) -> None:
        """Write the filters to a file.

        Args:
            path: The file.
            provenance: What they were learned from, and how.
        """
        lists = {name: _rounded(getattr(self, name)) for name in ("mouth", "sound", "weights")}
        zero = {name: getattr(self, name) for name in _ZERO}
        lines = (
            f" {json.dumps(name)}: {json.dumps(value)}"
            for name, value in {**provenance, **zero, **lists}.items()
        )
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")

    @property
    def version(self) -> str:
        """A short digest of all numbers: filters with the same version give the same values."""
        numbers = [*map(_rounded, (self.mouth, self.sound, self.weights)), self.zero_ms]
        return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:VERSION_DIGITS]

    def of_mouth(self, signals: TrackMatrix) -> TrackMatrix:
        """Return what comes out of the mouth's filters, shape (n, pairs)."""
        return np.asarray(taps(signals, MOUTH_TAPS) @ self.mouth)

    def of_sound(self, signals: TrackMatrix) -> TrackMatrix:
        """Return what comes out of the sound's filters, shape (n, pairs)."""
        return np.asarray(taps(signals, SOUND_TAPS) @ self.sound)


_ZERO = ("zero_ms", "zero_error_ms")


@cache
def own_filters() -> Filters:
    """Return the filters of this package."""
    return Filters.read(OWN)


def _rounded(array: TrackMatrix | Track) -> Any:
    scalars = [float(f"{value:.{DIGITS}g}") for value in array.ravel().tolist()]
    return np.reshape(scalars, array.shape).tolist()
