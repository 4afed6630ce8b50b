"""Bringing a clip of one shape into a frame of another."""

from dataclasses import dataclass

import cv2
import numpy as np

from lipsync_nb.sandbox.film.footage import Size
from lipsync_nb.sandbox.film.pictures import Pixels
from lipsync_nb.sandbox.film.spec import even

CROP_LOSS = 0.15
"""A clip of nearly the wanted shape loses this much of an edge rather than getting bars."""


@dataclass(frozen=True)
class Framing:
    """How a clip is put into frames of an exact size: a little cropped, or between black bars."""

    work: Size
    """Size at which the clip is worked on: not larger than the clip itself, which saves time."""
    filled: Size
    """Size the clip is then scaled to; where it is larger than ``out``, edges are cropped."""
    out: Size
    """Size of the result."""

    def finish(self, pixels: Pixels) -> Pixels:
        """A picture of the working size, as a frame of the result."""
        if self.filled != self.work:
            scaled = cv2.resize(pixels, self.filled, interpolation=cv2.INTER_LINEAR)
            pixels = np.asarray(scaled, np.uint8)
        if self.filled == self.out:
            return pixels
        (width, height), (across, down) = self.out, self.filled
        left, top = (across - width) // 2, (down - height) // 2
        pixels = pixels[max(0, top) :, max(0, left) :][:height, :width]
        sheet = np.zeros((height, width, 3), np.uint8)
        left, top = max(0, -left), max(0, -top)
        sheet[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
        return sheet


def framing(shown: Size, out: Size) -> Framing:
    """The framing for a clip of size ``shown`` in frames of size ``out``."""
    ratios = out[0] / shown[0], out[1] / shown[1]
    crop, whole = max(ratios), min(ratios)
    scale = crop if whole > crop * (1 - CROP_LOSS) else whole
    work = min(scale, 1.0)
    return Framing(
        (even(shown[0] * work), even(shown[1] * work)),
        (even(shown[0] * scale), even(shown[1] * scale)),
        out,
    )
