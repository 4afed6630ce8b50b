"""Finding faces in a picture with OpenCV's cascades, and the mouth in a face."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.render.media import Pixels

Gray = npt.NDArray[np.uint8]
"""A picture in shades of gray, shape (height, width)."""
Profile = npt.NDArray[np.floating[Any]]
"""One value for each row, or for each column."""

PASSES = (("alt2", 320, 0.12), ("alt2", 640, 0.06), ("default", 320, 0.12))
"""Cascade, longer side of the picture in pixels, and smallest face as a share of the shorter side.
They are tried in this order: ``alt2`` has hardly any false finds, ``default`` finds more."""
SCALE_STEP, NEIGHBOURS = 1.1, 5
MIN_FACE_PIXELS = 24
"""The cascades were trained on faces of about this size."""
SAME_FACE_DISTANCE = 0.5
"""Two finds closer than this share of their size are the same face."""

NEAR_REACH, NEAR_GROWTH = 0.9, 1.35
"""A known face is searched for within this distance of its middle, in its own sizes, and with at
most this growth."""
NEAR_PIXELS = 72
"""Size to which a known face is scaled before the search."""

# The lengths below are shares of the face's size, from its top left corner.
SEAM_ROWS, USUAL_SEAM, SEAM_SPREAD = (0.68, 0.92), 0.80, 0.055
"""Rows in which the seam between the lips is searched for, its usual row, and its deviation."""
SEAM_HALF_WIDTH, SEAM_BLUR = 0.14, 0.02
SEAM_REDNESS_WEIGHT, SEAM_PRIOR_WEIGHT = 0.5, 2.0
TEETH_HALF_WIDTH, TEETH_REACH, MIN_TEETH = 0.08, 0.11, 0.02
"""Where the teeth of a smile are searched for: in the middle, below the upper lip."""
TEETH_SATURATION, TEETH_BRIGHTNESS = 0.72, 1.15
"""Teeth are this much paler than lips, and this much brighter than the seam."""
CORNER_REACH, CORNER_BAND, CORNER_THRESHOLD = 0.26, 0.03, 0.5
"""A column is skin below this share of the lips' greatest strength."""
MOUTH_WIDTHS, USUAL_WIDTH, MAX_OFF_CENTRE = (0.28, 0.42), 0.4, 0.05


class NoFace(ValueError):
    """The picture or clip shows no face."""


@dataclass(frozen=True)
class Face:
    """A square around a face, in pixels."""

    x: float
    """Horizontal position of the square's middle."""
    y: float
    """Vertical position of the square's middle."""
    size: float
    """Length of the square's side."""


@dataclass(frozen=True)
class MouthPosition:
    """Where a mouth is, in pixels."""

    x: float
    """Horizontal position of its middle."""
    y: float
    """Vertical position of the seam between the lips; below the teeth of a smile."""
    width: float
    """Distance between its corners."""
    smiles: bool = False
    """Whether the picture shows the upper teeth."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let OpenCV use one thread. It can be used as a decorator, too.

    With several threads, the order of finds varies, and a face can be a pixel larger or smaller
    from one run to the next. Other renderings use the other cores.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def find_faces(pixels: Pixels, wanted: int = 1) -> list[Face]:
    """Find the faces in a picture, largest first.

    Args:
        pixels: RGB, shape (height, width, 3).
        wanted: How many faces to look for. Further passes are made until they are found.

    Raises:
        NoFace: No face was found.
    """
    gray = to_gray(pixels)
    faces: list[Face] = []
    for name, side, smallest in PASSES:
        if len(faces) < wanted:
            shrink = max(1.0, max(gray.shape) / side)
            found = _detect(gray, name, shrink, int(min(gray.shape) / shrink * smallest))
            faces += [
                face
                for face in found
                if all(_distance(face, known) > SAME_FACE_DISTANCE for known in faces)
            ]
    if not faces:
        raise NoFace("no face found in the picture")
    return sorted(faces, key=lambda face: -face.size)[:wanted]


def find_near(gray: Gray, known: Face) -> Face | None:
    """Find a face that was at ``known`` a moment ago, or None."""
    reach, shrink = NEAR_REACH * known.size, known.size / NEAR_PIXELS
    left, top = max(0, int(known.x - reach)), max(0, int(known.y - reach))
    around = gray[top : int(known.y + reach), left : int(known.x + reach)]
    if min(around.shape) < known.size / 2:
        return None
    near = [
        Face(left + face.x, top + face.y, face.size)
        for face in _detect(around, PASSES[0][0], shrink, round(NEAR_PIXELS / NEAR_GROWTH))
        if face.size < NEAR_GROWTH * known.size
    ]
    return min(near, key=lambda face: _distance(face, known), default=None)


def to_gray(pixels: Pixels) -> Gray:
    """A picture in shades of gray."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _detect(gray: Gray, name: str, shrink: float, smallest: int) -> list[Face]:
    """Run a cascade on a picture made smaller by ``shrink``; ``smallest`` is in its pixels."""
    size = max(1, round(gray.shape[1] / shrink)), max(1, round(gray.shape[0] / shrink))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    side = max(MIN_FACE_PIXELS, smallest)
    found = _cascade(name, get_ident()).detectMultiScale(
        small, SCALE_STEP, NEIGHBOURS, minSize=(side, side)
    )
    return [
        Face((x + width / 2) * shrink, (y + height / 2) * shrink, width * shrink)
        for x, y, width, height in np.asarray(found).tolist()
    ]


def _distance(one: Face, other: Face) -> float:
    """The distance of two faces' middles, as a share of the larger one's size."""
    return float(np.hypot(one.x - other.x, one.y - other.y) / max(one.size, other.size))


@lru_cache(maxsize=32)
def _cascade(name: str, thread: int) -> cv2.CascadeClassifier:  # noqa: ARG001 -- one per thread
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"haarcascade_frontalface_{name}.xml"))


def locate_mouth(pixels: Pixels, face: Face) -> MouthPosition:
    """Find the mouth of a face.

    Args:
        pixels: RGB, shape (height, width, 3).
        face: As ``find_faces`` gives it.

    Returns:
        The mouth. If the face is at the picture's edge, its usual place.
    """
    size, top, left = face.size, face.y - face.size / 2, face.x - face.size / 2
    if top + SEAM_ROWS[0] * size > len(pixels) - 2 or left + size < 2:  # noqa: PLR2004 -- pixels
        return MouthPosition(face.x, top + USUAL_SEAM * size, USUAL_WIDTH * size)
    upper = _seam_row(pixels, face)
    seam = _below_teeth(pixels, face, upper)
    band, reach = CORNER_BAND * size, CORNER_REACH * size
    columns = (face.x - reach, face.x + reach)
    strip = _crop(pixels, (upper - 2 * band, seam + 2 * band), columns)
    strength = _smoothed(_lip_strength(strip), band)
    strong = np.flatnonzero(strength > CORNER_THRESHOLD * np.percentile(strength, 90))
    first, last = max(0, round(columns[0])) + strong[[0, -1]].astype(float)
    width = np.clip((last - first) / size, *MOUTH_WIDTHS) * size
    off_centre = np.clip((first + last) / 2 - face.x, *(MAX_OFF_CENTRE * size * np.array((-1, 1))))
    return MouthPosition(face.x + float(off_centre), float(seam), float(width), seam > upper)


def _crop(pixels: Pixels, rows: tuple[float, float], columns: tuple[float, float]) -> Profile:
    """A rectangle of the picture as floats. It may extend over the picture's edge."""
    (top, bottom), (left, right) = np.maximum(np.round((rows, columns)).astype(int), 0)
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1)].astype(np.float32)


def _seam_row(pixels: Pixels, face: Face) -> int:
    """The row of a dark, reddish, horizontal line near the usual place of a mouth."""
    top, reach = face.y - face.size / 2, SEAM_HALF_WIDTH * face.size
    rows = (top + SEAM_ROWS[0] * face.size, top + SEAM_ROWS[1] * face.size)
    strip = _crop(pixels, rows, (face.x - reach, face.x + reach))
    light = strip.mean(axis=(1, 2))
    darkness = _smoothed(light, SEAM_BLUR * face.size) - light
    place = (np.arange(len(light)) + round(rows[0]) - top) / face.size
    prior = -(((place - USUAL_SEAM) / SEAM_SPREAD) ** 2) / 2
    redness = _standardized(_redness(strip).mean(axis=1))
    score = _standardized(darkness) + SEAM_REDNESS_WEIGHT * redness + SEAM_PRIOR_WEIGHT * prior
    return round(rows[0]) + int(np.argmax(score))


def _below_teeth(pixels: Pixels, face: Face, seam: int) -> int:
    """The seam, or the lower edge of the teeth that a smile shows below it."""
    top, half, reach = (
        face.y - face.size / 2,
        TEETH_HALF_WIDTH * face.size,
        TEETH_REACH * face.size,
    )
    columns = (face.x - half, face.x + half)
    strip = _crop(pixels, (seam, seam + reach), columns)
    rows = (top + SEAM_ROWS[0] * face.size, top + SEAM_ROWS[1] * face.size)
    lips = np.median(_saturation(_crop(pixels, rows, columns)))
    light = strip.mean(axis=(1, 2))
    pale = _saturation(strip) < TEETH_SATURATION * lips
    teeth = np.flatnonzero(pale & (light > TEETH_BRIGHTNESS * light[0]))
    has_teeth = len(teeth) >= max(2, int(MIN_TEETH * face.size))
    return seam + int(teeth[-1]) + 1 if has_teeth else seam


def _saturation(strip: Profile) -> Profile:
    """How colourful each row is."""
    high, low = strip.max(axis=2), strip.min(axis=2)
    return np.asarray(((high - low) / (high + 1)).mean(axis=1))


def _lip_strength(strip: Profile) -> Profile:
    """For each column, how dark its darkest part and how red its reddest part is."""
    red = np.sort(_redness(strip), axis=0)[-(len(strip) // 3) - 1 :].mean(axis=0)
    light = np.sort(strip.mean(axis=2), axis=0)[: len(strip) // 4 + 1].mean(axis=0)
    parts = [(part, *np.percentile(part, (15, 90))) for part in (red, -light)]
    return np.asarray(
        sum(np.clip((part - low) / (high - low + 1e-6), 0, 1.2) for part, low, high in parts)
    )


def _redness(strip: Profile) -> Profile:
    """The share of red in the light, for each pixel."""
    return np.asarray(strip[..., 0] / (strip.sum(axis=-1) + 1))


def _smoothed(profile: Profile, length: float) -> Profile:
    """A moving average over about ``length`` values."""
    odd = max(3, int(length) | 1)
    padded = np.pad(profile, odd // 2, mode="edge")
    return np.convolve(padded, np.ones(odd, np.float32) / odd, "valid")


def _standardized(profile: Profile) -> Profile:
    """The profile with mean 0 and deviation 1."""
    return np.asarray((profile - profile.mean()) / (profile.std() + 1e-6))
