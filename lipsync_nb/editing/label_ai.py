"""Labels a clip as made by AI, in its metadata and in its picture."""

import hashlib
from os import PathLike
from pathlib import Path

from lipsync_nb.editing.ai_label import found_label, new_label
from lipsync_nb.editing.clip import Clip
from lipsync_nb.editing.drawn_label import DrawnLabel
from lipsync_nb.editing.lettering import Font
from lipsync_nb.editing.redraw import redrawn, with_overlays
from lipsync_nb.editing.writer import target
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import LocalFile, replacing
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.log import notify_user
from lipsync_nb.media.mp4_tags import LABEL
from lipsync_nb.media.remux import copy_with_tags
from lipsync_nb.media.video import Video

LONGEST = 200
"""Characters of a producer or a number."""
ID_LENGTH = 32
"""Characters of a SHA-256 that number a content."""
TAGGABLE = frozenset({"video/mp4", "video/quicktime"})
"""The types of files whose tags are changed without encoding them."""


def label_ai(
    video: FileLike,
    path: str | PathLike[str] | None = None,
    *,
    producer: str,
    produce_id: str | None = None,
    text: str = "AI生成",
    show: str | None = "start",
    position: str = "top left",
    font: str | PathLike[str] | None = None,
) -> Video:
    """Label a clip as made by AI, as Chinese rules ask for; see `lipsync_nb.editing.ai_label`.

    The implicit label is the field ``AIGC`` of the metadata, in JSON. The explicit one is drawn
    into the picture: letters of 5 % of the frame's shorter side, from the first frame on for 3 s.
    Both are kept by the other functions of this package. A label that the clip has is not
    overwritten: who labels it again becomes its propagator. Marks in the picture stay. Whether the
    result is lawful is for you to judge: it depends on where and by whom it is published.

    Args:
        video: A clip, or the job that makes it.
        path: Where the labelled one is put; by default beside the clip, as ``…-labelled.mp4``.
            An earlier result of this name is replaced.
        producer: The name or code of who has made it (``ContentProducer``). TC260 gives the rules
            for codes of service providers in China.
        produce_id: Its number there; by default the beginning of the clip's SHA-256.
        text: The explicit label. It must contain ``AI`` or ``人工智能``, and ``生成`` or ``合成``.
        show: ``"start"``, ``"always"``, or ``None`` for no explicit label: then nothing of an MP4
            or MOV is encoded anew. Clips in other containers are encoded, as they become MP4.
        position: The corner: ``"top left"``, ``"top right"``, ``"bottom left"`` or
            ``"bottom right"``.
        font: A file of TrueType or OpenType; by default the one of the extra ``sandbox``.

    Raises:
        BadRequest: An argument is wrong, the clip cannot be read, or it has a label that must not
            be changed.
        LipSyncError: The job has no result; see `Job.result`.
        MissingExtra: A text is to be drawn, and there is no font.
    """
    _check(producer, "producer")
    drawn = None if show is None else DrawnLabel.of(text, show, position)
    used = None if drawn is None else Font.of(font, "drawing a label")
    source = local_path(video, "video", (Video,))
    clip = Clip.open(source)
    number = _sha256(source)[:ID_LENGTH] if produce_id is None else produce_id
    _check(number, "produce_id")
    tags = _implicit(clip, producer, number)
    is_copied = drawn is None and LocalFile.of(source).mime in TAGGABLE
    ending = source.suffix if is_copied and source.suffix else ".mp4"
    goal = target(path, source, "labelled", ending, reads=[font])
    if is_copied:
        with replacing(goal, source) as part:
            copy_with_tags(source, part, tags)
        return Video(goal)
    if drawn is None or used is None:
        frames = clip.at_rate(clip.rate, clip.frame_count)
        return redrawn(clip, goal, frames, tags=tags)
    drawn, overlays_at = drawn.drawn(clip.size, clip.seconds, used)
    return redrawn(clip, goal, with_overlays(clip, overlays_at), tags={**tags, **drawn.record()})


def _implicit(clip: Clip, producer: str, number: str) -> dict[str, str]:
    """Return the tag with the label: a new one, or the clip's own with another propagator."""
    if (found := found_label(clip.tags)) is not None:
        return {found.tag: found.with_propagator(producer, number)}
    return {LABEL: new_label(producer, number).json()}


def _check(value: object, name: str) -> None:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise BadRequest(f"{name}={line(repr(value))}: give a text of one line")
    if len(value) > LONGEST:
        raise BadRequest(f"{name} has {len(value)} characters; at most {LONGEST} are written")
    if not value.isascii() or any(sign in value for sign in ' "\\'):
        notify_user(
            f"{name}={line(repr(value))}: checkers of AI labels may accept only letters, digits "
            "and signs of ASCII, without spaces"
        )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadRequest(f"{line(path)}: {error.strerror or error}") from None
