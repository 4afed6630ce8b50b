"""Which part of a clip is kept, so that the face is well placed in it."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from lipsync_nb.editing.clip import Clip, Size
from lipsync_nb.editing.planes import Box
from lipsync_nb.extras import require
from lipsync_nb.files import LocalFile

if TYPE_CHECKING:
    from lipsync_nb.checks.faces import Face

HAIR, CHIN = 0.45, 0.15
"""How far a head reaches above and below the square around its face, in sides of the square."""
EYES, EYES_AT = 0.4, 0.36
"""Where the eyes are in that square, and where they are put in the frame, from the top: a little
above the upper third, as in portraits."""

Extent = tuple[float, float]
"""From where to where, in pixels."""


def largest(size: Size, shape: Size) -> Size:
    """Return the largest even size of a shape within another size."""
    width, height = size
    scale = min(width / shape[0], height / shape[1])
    return _even(shape[0] * scale, width), _even(shape[1] * scale, height)


def _even(length: float, most: int) -> int:
    return int(min(max(2, round(length / 2) * 2), most - most % 2))


def centred(size: Size, part: Size) -> Box:
    """Return a part in the middle."""
    left, top = ((whole - side) // 4 * 2 for whole, side in zip(size, part, strict=True))
    return Box(left, top, *part)


def face_box(clip: Clip, part: Size) -> tuple[Box, bool]:
    """Return where a part of a clip is taken, and whether it is placed by a face.

    One place serves the whole clip: the middle of all places of the face. All heads are kept, at
    all times, if they fit.

    Raises:
        MissingExtra: OpenCV is not installed.
    """
    require("compare", "cropping to the face (or give how='pad')")
    frames = _faces(clip.path)
    if not frames:
        return centred(clip.size, part), False
    main = [faces[0] for faces in frames]
    every = [face for faces in frames for face in faces]
    x = _placed(
        median(face.x + face.side / 2 for face in main) - part[0] / 2,
        [_across(every), _across(main)],
        clip.size[0],
        part[0],
    )
    y = _placed(
        median(face.y + EYES * face.side for face in main) - EYES_AT * part[1],
        [_down(every), _down(main)],
        clip.size[1],
        part[1],
    )
    return Box(x, y, *part), True


def _faces(path: Path) -> "list[tuple[Face, ...]]":
    from lipsync_nb.checks.faces import look_for_faces  # noqa: PLC0415 - needs OpenCV

    return [sight.faces for sight in look_for_faces(LocalFile.of(path)).frames if sight.faces]


def _across(faces: "Sequence[Face]") -> Extent:
    return min(face.x for face in faces), max(face.x + face.side for face in faces)


def _down(faces: "Sequence[Face]") -> Extent:
    """Return from where to where heads reach, with their hair."""
    top = min(face.y - HAIR * face.side for face in faces)
    return top, max(face.y + (1 + CHIN) * face.side for face in faces)


def _placed(wanted: float, kept: Sequence[Extent], whole: int, part: int) -> int:
    """Return where a part begins: where it is wanted, moved to contain what is to be kept.

    Args:
        wanted: Where it should begin.
        kept: What it must contain if that is possible; the first that fits counts.
        whole: The frame's side.
        part: The part's side.
    """
    for first, last in kept:
        if last - first <= part:
            wanted = min(max(wanted, last - part), first)
            break
    return int(min(max(wanted, 0), whole - part)) // 2 * 2
