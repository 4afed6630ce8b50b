"""Clips in another size, such as that of a telephone: cropped to the face, or with a border."""

from collections.abc import Callable, Iterator
from numbers import Integral
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageColor, ImageOps

from lipsync_nb.editing.ai_label import found_label
from lipsync_nb.editing.clip import Clip, Size
from lipsync_nb.editing.drawn_label import DrawnLabel, OverlaysAt
from lipsync_nb.editing.drawn_subtitles import are_drawn
from lipsync_nb.editing.face_crop import centred, face_box, largest
from lipsync_nb.editing.lettering import Font
from lipsync_nb.editing.planes import Box, blurred, cut, picture_frame, put, scaled
from lipsync_nb.editing.redraw import painted, redrawn
from lipsync_nb.editing.writer import target
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import exists
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.log import notify_user
from lipsync_nb.media.picture import upright
from lipsync_nb.media.video import Video

SMALLEST, LARGEST = 64, 4096
"""Pixels of a side. Few players show H.264 with more."""
ENLARGED = 1.05
"""By how much the picture may be enlarged before it is told."""

Make = Callable[[Any], Any]
"""Makes a new frame of PyAV's frame."""


class Layout(NamedTuple):
    """How a frame becomes one of another size.

    Attributes:
        make: Makes the new frame.
        part: The part of the old frame that is kept.
        to: Where it is in the new one.
    """

    make: Make
    part: Box
    to: Box


def fit(
    video: FileLike,
    width: int,
    height: int,
    path: str | PathLike[str] | None = None,
    *,
    how: str = "crop",
    fill: str | PathLike[str] = "blur",
) -> Video:
    """Make a clip of another size and shape, such as 1080 × 1920.

    The picture is never distorted. It is encoded anew at a constant rate; sound and tags are
    copied. The label that `label_ai` has drawn is drawn again if it is cut off or becomes too
    small. Subtitles are not: burn them in after this. Marks of others, such as a vendor's
    watermark, cannot be recognised in the picture: a crop may cut them off, and ``how="pad"`` keeps
    them. An earlier result at the same path is replaced.

    Args:
        video: A clip, or the job that makes it.
        width: Pixels, even, from 64 to 4096.
        height: Pixels, even, from 64 to 4096.
        path: Where the new clip is put; by default beside the clip, such as ``…-1080x1920.mp4``.
            An earlier result of this name is replaced.
        how: ``"crop"`` keeps the largest part of that shape which contains the face, from the hair
            on; the part does not move. Without a face it is the middle, which stderr tells.
            ``"pad"`` keeps the whole picture, with a border.
        fill: The border of ``how="pad"``: ``"blur"`` for the picture itself, enlarged and blurred;
            a colour, such as ``"black"`` or ``"#102030"``; or the path of a picture.

    Raises:
        BadRequest: An argument is wrong, or the clip cannot be read.
        LipSyncError: The job has no result; see `Job.result`.
        MissingExtra: OpenCV is missing, which finds the face and comes with the extra ``compare``;
            or a label is to be drawn again, and the font of the extra ``sandbox`` is missing.
    """
    size = _side(width, "width"), _side(height, "height")
    if how not in {"crop", "pad"}:
        raise BadRequest(f"how={line(repr(how))}: give 'crop' or 'pad'")
    backdrop = _backdrop(fill, size)
    source = local_path(video, "video", (Video,))
    goal = target(path, source, f"{size[0]}x{size[1]}", reads=[fill])
    clip = Clip.open(source)
    layout = _cropping(clip, size) if how == "crop" else _padding(clip, size, backdrop)
    frames, tags = _labelled(clip, size, layout)
    return redrawn(clip, goal, frames, size, tags)


def _side(length: Any, name: str) -> int:
    is_number = isinstance(length, Integral) and not isinstance(length, bool)
    if not is_number or not SMALLEST <= length <= LARGEST:
        limits = f"give a whole number of pixels from {SMALLEST} to {LARGEST}"
        raise BadRequest(f"{name}={line(repr(length))}: {limits}")
    if length % 2:
        raise BadRequest(
            f"{name}={length} is odd, and H.264 has even sides only: give {length - 1} or "
            f"{length + 1}"
        )
    return int(length)


def _cropping(clip: Clip, size: Size) -> Layout:
    part = largest(clip.size, size)
    box, has_face = centred(clip.size, part), True
    if part != clip.size:
        box, has_face = face_box(clip, part)
    if not has_face:
        notify_user(f"{line(clip.path)}: no face is found, so its middle is kept; look at it")
    if part != clip.size:
        _tell_cut(clip)
    _tell_enlarged(clip, size[0] / part[0])
    return Layout(lambda frame: scaled(cut(frame, box), size), box, Box(0, 0, *size))


def _tell_cut(clip: Clip) -> None:
    if DrawnLabel.recorded(clip.tags) is None and found_label(clip.tags) is not None:
        notify_user(
            f"{line(clip.path)} is labelled as made by AI: look whether a mark in its picture was "
            "cut off; how='pad' keeps it"
        )
    if are_drawn(clip.tags):
        notify_user(
            f"{line(clip.path)} has subtitles in its picture, which a crop may cut off: fit first "
            "and burn them in then, or give how='pad'"
        )


def _padding(clip: Clip, size: Size, backdrop: Make | None) -> Layout:
    inner = largest(size, clip.size)
    to = centred(size, inner)
    cover = centred(clip.size, largest(clip.size, size))
    _tell_enlarged(clip, inner[0] / clip.size[0])

    def padded(frame: Any) -> Any:
        if inner == size:
            return scaled(frame, size)
        under = blurred(cut(frame, cover), size) if backdrop is None else backdrop(frame)
        return put(scaled(frame, inner), under, to)

    return Layout(padded, Box(0, 0, *clip.size), to)


def _tell_enlarged(clip: Clip, scale: float) -> None:
    if scale > ENLARGED:
        notify_user(f"{line(clip.path)} is enlarged by {scale:.2f}, which adds no detail")


def _backdrop(fill: str | PathLike[str], size: Size) -> Make | None:
    """Return what makes the border's picture for a frame; ``None`` for the picture itself.

    Raises:
        BadRequest: It is no colour, and no picture.
    """
    if fill == "blur":
        return None
    picture = _filled(fill, size)
    made: dict[tuple[int, int], Any] = {}

    def backdrop(frame: Any) -> Any:
        colours = int(frame.colorspace), int(frame.color_range)
        if colours not in made:
            made[colours] = picture_frame(picture, frame)
        return made[colours]

    return backdrop


def _filled(fill: object, size: Size) -> Image.Image:
    if not isinstance(fill, str | PathLike):
        raise BadRequest(f"fill={line(repr(fill))}: give 'blur', a colour, or a picture's path")
    text = fspath(fill)
    if isinstance(fill, str) and not exists(text):
        try:
            return Image.new("RGB", size, ImageColor.getrgb(text)[:3])
        except ValueError:
            what = "it is neither 'blur', a colour such as '#101010', nor the path of a picture"
            raise BadRequest(f"fill={line(repr(fill))}: {what}") from None
    return ImageOps.fit(upright(Path(text)), size, Image.Resampling.LANCZOS)


def _labelled(clip: Clip, size: Size, layout: Layout) -> tuple[Iterator[Any], dict[str, str]]:
    """Return the new frames, and the tag that says which label is on them.

    The label on the old ones is drawn again if it does not stay readable.
    """
    label, overlays_at = DrawnLabel.recorded(clip.tags), None
    if label is None or size == clip.size:
        return _made(clip, layout.make, None), {}
    new = label.moved(layout.part, layout.to, size)
    if new is None:
        font = Font.of(None, "drawing the label of AI again")
        new, overlays_at = label.drawn(size, clip.seconds, font)
    return _made(clip, layout.make, overlays_at), new.record()


def _made(clip: Clip, make: Make, overlays_at: OverlaysAt | None) -> Iterator[Any]:
    for number, frame in enumerate(clip.at_rate(clip.rate, clip.frame_count)):
        new = make(frame)
        overlays = overlays_at(float(number / clip.rate)) if overlays_at else []
        yield painted(new, overlays) if overlays else new
