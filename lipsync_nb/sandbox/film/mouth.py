"""Where in a face the mouth is, read from the picture itself."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.faces import Face
from lipsync_nb.sandbox.film.pictures import Pixels

Profile = npt.NDArray[np.floating[Any]]
"""One value for each row, or for each column."""

# All lengths below are shares of the face square's side, from its top left corner.
SEAM_ROWS = (0.68, 0.92)
"""Rows in which the seam between the lips is sought: from the nose to the chin."""
SEAM_HALF_WIDTH = 0.14
USUAL_SEAM, SEAM_SPREAD = 0.80, 0.055
"""Row where the seam usually is, and how far it strays from there."""
SEAM_REDNESS_WEIGHT, SEAM_PRIOR_WEIGHT = 0.5, 2.0

TOOTH_HALF_WIDTH, TOOTH_REACH = 0.08, 0.11
"""Where to look for the teeth of a smile: about the middle, below the upper lip."""
TOOTH_SATURATION, TOOTH_BRIGHTNESS = 0.72, 1.15
"""Teeth are so much paler than lips, and so much brighter than the seam."""
TOOTH_LEAST = 0.02

CORNER_REACH, CORNER_BAND = 0.26, 0.03
CORNER_THRESHOLD = 0.5
"""Share of the lips' greatest strength below which a column is skin."""
WIDTH_LIMITS = (0.28, 0.42)
OFF_CENTRE = 0.05
"""At most so far does a mouth lie from its face's middle line."""


@dataclass(frozen=True)
class Mouth:
    """A mouth's place, in pixels."""

    x: float
    """Horizontal position of its middle."""
    y: float
    """Vertical position of the seam between the lips; below the teeth, if it smiles."""
    width: float
    """Distance between its corners."""
    smiles: bool = False
    """Whether the picture itself shows the upper teeth."""


def locate_mouth(pixels: Pixels, face: Face) -> Mouth:
    """Find the mouth of a face.

    Args:
        pixels: RGB, shape (height, width, 3).
        face: The face's square, as ``find_faces`` gives it.

    Returns:
        The mouth; where the picture shows none (covered, too small), where it usually is.
    """
    top, left = face.y - face.size / 2, face.x - face.size / 2
    if top + SEAM_ROWS[0] * face.size > len(pixels) - 2 or left + face.size < 2:  # noqa: PLR2004
        return Mouth(face.x, top + USUAL_SEAM * face.size, 0.4 * face.size)
    lips = seam_row(pixels, face)
    seam = below_teeth(pixels, face, lips)
    left_end, right_end = corners(pixels, face, lips, seam)
    width = np.clip((right_end - left_end) / face.size, *WIDTH_LIMITS) * face.size
    stray = OFF_CENTRE * face.size
    middle = face.x + float(np.clip((left_end + right_end) / 2 - face.x, -stray, stray))
    return Mouth(middle, float(seam), float(width), smiles=seam > lips)


def cut(pixels: Pixels, rows: tuple[float, float], columns: tuple[float, float]) -> Profile:
    """A rectangle of the picture as floats; it may stand over the edge, but not be beyond it."""
    (top, bottom), (left, right) = np.maximum(np.round((rows, columns)).astype(int), 0)
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1)].astype(np.float32)


def seam_row(pixels: Pixels, face: Face) -> int:
    """The row where a dark, reddish line runs across, near where mouths are."""
    top = face.y - face.size / 2
    rows = (top + SEAM_ROWS[0] * face.size, top + SEAM_ROWS[1] * face.size)
    reach = SEAM_HALF_WIDTH * face.size
    strip = cut(pixels, rows, (face.x - reach, face.x + reach))
    light = strip.mean(axis=(1, 2))
    red = redness(strip).mean(axis=1)
    darkness = blurred(light, 0.02 * face.size) - light
    place = (np.arange(len(light)) + round(rows[0]) - top) / face.size
    usual = -(((place - USUAL_SEAM) / SEAM_SPREAD) ** 2) / 2
    score = standardised(darkness) + SEAM_REDNESS_WEIGHT * standardised(red)
    return round(rows[0]) + int(np.argmax(score + SEAM_PRIOR_WEIGHT * usual))


def below_teeth(pixels: Pixels, face: Face, seam: int) -> int:
    """The seam itself, or the lower edge of the teeth that a smile shows below it."""
    half, reach = TOOTH_HALF_WIDTH * face.size, TOOTH_REACH * face.size
    strip = cut(pixels, (seam, seam + reach), (face.x - half, face.x + half))
    light = strip.mean(axis=(1, 2))
    brightest, dullest = strip.max(axis=2), strip.min(axis=2)
    saturation = ((brightest - dullest) / (brightest + 1)).mean(axis=1)
    lips = np.median(saturation_below(pixels, face))
    pale = saturation < TOOTH_SATURATION * lips
    teeth = np.flatnonzero(pale & (light > TOOTH_BRIGHTNESS * light[0]))
    if len(teeth) < max(2, int(TOOTH_LEAST * face.size)):
        return seam
    return seam + int(teeth[-1]) + 1


def saturation_below(pixels: Pixels, face: Face) -> Profile:
    """How colourful each row between nose and chin is, about the middle."""
    top, half = face.y - face.size / 2, TOOTH_HALF_WIDTH * face.size
    rows = (top + SEAM_ROWS[0] * face.size, top + SEAM_ROWS[1] * face.size)
    strip = cut(pixels, rows, (face.x - half, face.x + half))
    brightest, dullest = strip.max(axis=2), strip.min(axis=2)
    return np.asarray(((brightest - dullest) / (brightest + 1)).mean(axis=1))


def corners(pixels: Pixels, face: Face, lips: int, seam: int) -> tuple[float, float]:
    """The outermost columns where something dark or red lies between skin: the mouth's ends."""
    band, reach = CORNER_BAND * face.size, CORNER_REACH * face.size
    columns = (face.x - reach, face.x + reach)
    strip = cut(pixels, (lips - 2 * band, seam + 2 * band), columns)
    strength = blurred(lip_strength(strip), band)
    strong = np.flatnonzero(strength > CORNER_THRESHOLD * np.percentile(strength, 90))
    first = max(0, round(columns[0]))
    return first + float(strong[0]), first + float(strong[-1])


def lip_strength(strip: Profile) -> Profile:
    """For each column, how dark its darkest and how red its reddest part is against the rest."""
    red = np.sort(redness(strip), axis=0)[-(len(strip) // 3) - 1 :].mean(axis=0)
    light = np.sort(strip.mean(axis=2), axis=0)[: len(strip) // 4 + 1].mean(axis=0)
    return spread_out(red, 15, 90) + spread_out(-light, 15, 90)


def spread_out(profile: Profile, low: int, high: int) -> Profile:
    """The profile with these percentiles at 0 and 1, and nothing far beyond."""
    bottom, top = np.percentile(profile, (low, high))
    return np.asarray(np.clip((profile - bottom) / (top - bottom + 1e-6), 0, 1.2))


def redness(strip: Profile) -> Profile:
    """Red's share of the light, for each pixel."""
    return np.asarray(strip[..., 0] / (strip.sum(axis=-1) + 1))


def blurred(profile: Profile, length: float) -> Profile:
    """A moving average over about ``length`` values."""
    odd = max(3, int(length) | 1)
    padded = np.pad(profile, odd // 2, mode="edge")
    return np.convolve(padded, np.ones(odd, np.float32) / odd, "valid")


def standardised(profile: Profile) -> Profile:
    """The profile with mean 0 and deviation 1."""
    return np.asarray((profile - profile.mean()) / (profile.std() + 1e-6))
