"""Finding faces in a picture, with OpenCV's own cascades."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import get_ident

import cv2
import numpy as np
import numpy.typing as npt

from lipsync_nb.sandbox.film.pictures import Pixels
from lipsync_nb.sandbox.film.spec import NoFace

Gray = npt.NDArray[np.uint8]
"""A picture without colours, shape (height, width)."""

SEARCHES = (("alt2", 320, 0.12), ("alt2", 640, 0.06), ("default", 320, 0.12))
"""Cascade, longer side to search at, smallest face as a share of the shorter side. In order:
``alt2`` hardly ever sees a face in a cup of coffee, ``default`` sees more of both."""

SCALE_STEP, NEIGHBOURS = 1.1, 5
SMALLEST_PIXELS = 24
"""The cascades were trained on faces of about this size."""

OVERLAP = 0.5
"""Two finds nearer to each other than this share of their size are one face."""

NEAR_REACH = 0.9
"""A face known a moment ago is looked for so far around its middle, in its own sizes."""
NEAR_PIXELS = 72
"""Size to which a face known a moment ago is shrunk before it is looked for."""
NEAR_GROWTH = 1.35


@dataclass(frozen=True)
class Face:
    """A square around a face, in pixels."""

    x: float
    """Horizontal position of the square's middle."""
    y: float
    """Vertical position of the square's middle."""
    size: float
    """Length of the square's side."""


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV works on one thread here; also to be used as a decorator.

    Several threads hand their finds over in any order, which can make a face a pixel larger or
    smaller from one time to the next; and the machine's other cores have other renderings to do.
    """
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def find_faces(pixels: Pixels, wanted: int = 1) -> list[Face]:
    """The faces in a picture, largest first; it looks harder until ``wanted`` are found.

    Args:
        pixels: RGB, shape (height, width, 3).
        wanted: How many faces to look for.

    Raises:
        NoFace: Not one was found.
    """
    gray = to_gray(pixels)
    found: list[Face] = []
    for name, side, smallest in SEARCHES:
        if len(found) < wanted:
            found = merged(found, search(gray, name, side, smallest))
    if not found:
        raise NoFace("no face found in the picture")
    return sorted(found, key=lambda face: -face.size)[:wanted]


def find_near(gray: Gray, known: Face) -> Face | None:
    """The face that was at ``known`` a moment ago, or None if it is not to be seen."""
    reach, shrink = NEAR_REACH * known.size, known.size / NEAR_PIXELS
    left, top = max(0, int(known.x - reach)), max(0, int(known.y - reach))
    around = gray[top : int(known.y + reach), left : int(known.x + reach)]
    if min(around.shape) < known.size / 2:
        return None
    near = [
        Face(left + face.x, top + face.y, face.size)
        for face in boxes(around, SEARCHES[0][0], shrink, round(NEAR_PIXELS / NEAR_GROWTH))
        if face.size < NEAR_GROWTH * known.size
    ]
    return min(near, key=lambda face: distance(face, known), default=None)


def to_gray(pixels: Pixels) -> Gray:
    """A picture without its colours."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def search(gray: Gray, name: str, side: int, smallest: float) -> list[Face]:
    """One pass of a cascade over the whole picture, shrunk to ``side`` pixels."""
    shrink = max(1.0, max(gray.shape) / side)
    return boxes(gray, name, shrink, int(min(gray.shape) / shrink * smallest))


def boxes(gray: Gray, name: str, shrink: float, least: int) -> list[Face]:
    """What a cascade finds in a picture made smaller by ``shrink``; ``least`` counts there."""
    size = max(1, round(gray.shape[1] / shrink)), max(1, round(gray.shape[0] / shrink))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    least = max(SMALLEST_PIXELS, least)
    found = cascade(name, get_ident()).detectMultiScale(
        small, SCALE_STEP, NEIGHBOURS, minSize=(least, least)
    )
    return [
        Face((x + width / 2) * shrink, (y + height / 2) * shrink, width * shrink)
        for x, y, width, height in np.asarray(found).tolist()
    ]


def merged(known: list[Face], new: list[Face]) -> list[Face]:
    """Known faces, and those of the new ones that lie elsewhere."""
    elsewhere = [face for face in new if all(distance(face, other) > OVERLAP for other in known)]
    return known + elsewhere


def distance(one: Face, other: Face) -> float:
    """Between two faces' middles, as a share of the larger one's size."""
    return float(np.hypot(one.x - other.x, one.y - other.y) / max(one.size, other.size))


@lru_cache(maxsize=32)
def cascade(name: str, thread: int) -> cv2.CascadeClassifier:  # noqa: ARG001 - not to be shared
    """One of OpenCV's face cascades, loaded once in each thread."""
    folder = Path(cv2.__file__).parent / "data"
    return cv2.CascadeClassifier(str(folder / f"haarcascade_frontalface_{name}.xml"))
