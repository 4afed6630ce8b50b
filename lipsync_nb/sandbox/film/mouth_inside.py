"""What is seen in an open mouth: darkness, upper teeth, a tongue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.envelope import smoothstep

Field = npt.NDArray[np.floating[Any]]
"""One value for each pixel, shape (height, width); or RGB, shape (height, width, 3)."""

PALATE, THROAT = (62.0, 22.0, 24.0), (28.0, 8.0, 10.0)
TEETH, TONGUE = (205.0, 195.0, 186.0), (150.0, 70.0, 72.0)
"""Colours of teeth and tongue, RGB in a well-lit picture."""

TEETH_HEIGHT, TEETH_DROP = 0.05, 0.03
"""Height of the teeth seen, in mouth widths, and how much more is seen in a wide open mouth."""
TEETH_OPACITY, TONGUE_OPACITY = 0.9, 0.75
TEETH_FROM, TONGUE_FROM, ALL_FROM = 0.2, 0.3, 0.6
"""Openness at which teeth and tongue begin to be seen, and at which both are seen fully."""


@dataclass(frozen=True)
class MouthInside:
    """The space between the lips. Lengths are in mouth widths, y running down.

    Args:
        y: Of each pixel.
        top: Of the upper lip's edge, above or below each pixel.
        bottom: Of the lower lip's edge.
        arch: 1 in the mouth's middle, 0 at its corners.
        openness: 0 to 1.
    """

    y: Field
    top: Field
    bottom: Field
    arch: Field
    openness: np.float32

    def cover(self, pixel: float) -> Field:
        """Opacity, soft at the lips; ``pixel`` is the length of one."""
        gap = self.bottom - self.top
        from_lips = np.minimum(self.y - self.top, self.bottom - self.y)
        soft = np.clip(from_lips / (1.6 * pixel) + 0.5, 0, 1)
        return np.asarray(soft * np.clip(gap / (3 * pixel), 0, 1) * (gap > pixel))[..., None]

    def colour(self, *, teeth: bool) -> Field:
        """RGB; with or without upper teeth, for a smile has its own."""
        depth = (self.y - self.top) / (self.bottom - self.top + 1e-6)
        colour = mixed(np.array(PALATE, np.float32), THROAT, smoothstep(depth, 0, 0.5))
        tongue = smoothstep(depth, 0.5, 0.95) * smoothstep(self.arch, 0.4, 0.9)
        colour = mixed(colour, TONGUE, TONGUE_OPACITY * self.shown(TONGUE_FROM) * tongue)
        return mixed(colour, TEETH, self.teeth_cover()) if teeth else colour

    def teeth_cover(self) -> Field:
        """Opacity of the upper teeth: a bow below the upper lip, lost in the mouth's corners."""
        height = (TEETH_HEIGHT + TEETH_DROP * self.openness) * self.arch
        below_lip = self.y - self.top
        bow = smoothstep(below_lip, 0, 0.012) * (1 - smoothstep(below_lip - height, 0, 0.03))
        corners = smoothstep(self.arch, 0.3, 0.9)
        return np.asarray(TEETH_OPACITY * self.shown(TEETH_FROM) * bow * corners)

    def shown(self, from_openness: float) -> float:
        """How much of something is seen that appears at this openness."""
        return float(smoothstep(self.openness, from_openness, ALL_FROM))


def mixed(colour: Field, other: tuple[float, float, float], share: Field) -> Field:
    """``colour`` with a share of ``other`` mixed in, for each pixel."""
    return colour + (np.array(other, np.float32) - colour) * share[..., None]
