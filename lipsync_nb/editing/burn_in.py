"""Draws subtitles into a clip."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from numbers import Integral
from os import PathLike
from pathlib import Path

from lipsync_nb.editing.clip import Clip
from lipsync_nb.editing.drawn_subtitles import record
from lipsync_nb.editing.lettering import SMALLEST, Font, Lettering, Overlay
from lipsync_nb.editing.redraw import redrawn, with_overlays
from lipsync_nb.editing.subtitles import read_subtitles
from lipsync_nb.editing.writer import target
from lipsync_nb.errors import BadRequest, line
from lipsync_nb.files import exists
from lipsync_nb.jobs.results import FileLike, local_path
from lipsync_nb.log import notify_user
from lipsync_nb.media.video import Video
from lipsync_nb.results import Subtitle

SIZE = 0.05
"""The font size, as a share of the frame's shorter side. 16 Chinese characters fit into a frame
that is higher than wide; English lines of 42 are broken again there."""
LARGEST = 0.25
"""The largest font size, in the same unit."""
POSITIONS = ("bottom", "middle", "top")
KEPT_DRAWINGS = 4
"""Drawings of subtitles that are kept in memory: they are shown one after the other."""


def burn_in(
    video: FileLike,
    subtitles: Iterable[Subtitle] | str | PathLike[str],
    path: str | PathLike[str] | None = None,
    *,
    font: str | PathLike[str] | None = None,
    size: int | None = None,
    position: str = "bottom",
) -> Video:
    """Draw subtitles into the picture of a clip: white, with a dark outline.

    They are scaled to the frame, and keep 5 % of it free at each side, and 15 % at the bottom of a
    clip that is higher than wide, where apps put buttons. Lines that are too long are broken again.
    The picture is encoded anew at a constant rate; sound and tags are copied. A crop may cut
    subtitles off, so use `fit` before this. An earlier result at the same path is replaced.

    Args:
        video: A clip, or the job that makes it.
        subtitles: What `subtitles` returns, or the path of a file of SRT or WebVTT.
        path: Where the new clip is put; by default beside the clip, as ``…-subtitled.mp4``.
            An earlier result of this name is replaced.
        font: A file of TrueType or OpenType; by default the one that the extra ``sandbox`` brings,
            which has Chinese. Characters that it lacks are left out, and stderr names them.
        size: The font size in pixels; by default a twentieth of the frame's shorter side.
        position: ``"bottom"``, ``"middle"`` or ``"top"``.

    Raises:
        BadRequest: An argument is wrong, or the clip cannot be read.
        LipSyncError: The job has no result; see `Job.result`.
        MissingExtra: No font is given, and that of the extra is not installed.
    """
    if position not in POSITIONS:
        raise BadRequest(f"position={line(repr(position))}: give {', '.join(POSITIONS)}")
    used = Font.of(font, "drawing text")
    shown = _checked(subtitles)
    source = local_path(video, "video", (Video,))
    goal = target(path, source, "subtitled", reads=[subtitles, font])
    clip = Clip.open(source)
    letters = Lettering(clip.size, used, _size(size, clip), position)
    _tell_outside(shown, clip)
    schedule = _Schedule(_drawable(shown, used), letters)
    frames = with_overlays(clip, schedule.at)
    return redrawn(clip, goal, frames, tags=record(position))


def _checked(given: Iterable[Subtitle] | str | PathLike[str]) -> list[Subtitle]:
    if isinstance(given, str | PathLike):
        if not exists(Path(given).expanduser()):
            what = "give the path of a file of SRT or WebVTT, or what ls.subtitles returns"
            raise BadRequest(f"subtitles={line(repr(given))}: there is no such file; {what}")
        return list(read_subtitles(given))
    shown = list(given)
    if wrong := [one for one in shown if not isinstance(one, Subtitle)]:
        what = "give what ls.subtitles returns, or the path of a file of SRT or WebVTT"
        raise BadRequest(f"subtitles: {line(repr(wrong[0]))} is none; {what}")
    return shown


def _size(size: int | None, clip: Clip) -> int:
    most = int(min(clip.size) * LARGEST)
    if size is None:
        return max(SMALLEST, round(min(clip.size) * SIZE))
    if isinstance(size, bool) or not isinstance(size, Integral) or not SMALLEST <= size <= most:
        limits = f"give pixels from {SMALLEST} to {most}, a quarter of the shorter side"
        raise BadRequest(f"size={line(repr(size))}: {limits}")
    return int(size)


def _tell_outside(shown: Sequence[Subtitle], clip: Clip) -> None:
    outside = [one for one in shown if one.start_s >= clip.seconds or one.end_s <= 0]
    if outside:
        notify_user(
            f"{len(outside)} of {len(shown)} subtitles are not shown: {line(clip.path)} lasts "
            f"{clip.seconds:.1f} s, and the first of them begins at {outside[0].start_s:.1f} s"
        )


def _drawable(shown: Sequence[Subtitle], font: Font) -> list[Subtitle]:
    """Return subtitles without what the font lacks, which is told."""
    if lacking := font.lacks("".join(one.text for one in shown)):
        names = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in lacking)
        notify_user(f"the font lacks {line(names)}, which is left out; give another font=")
    texts = [(one, font.without_lacking(one.text)) for one in shown]
    return [Subtitle(one.start_s, one.end_s, text) for one, text in texts if text.strip()]


class _Schedule:
    """What is drawn when. Each text is drawn once for all its frames."""

    def __init__(self, shown: Sequence[Subtitle], letters: Lettering) -> None:
        self._shown = sorted(shown, key=lambda one: one.start_s)
        self._starts = [one.start_s for one in self._shown]
        self._last_ends = list(accumulate((one.end_s for one in self._shown), max))
        self._overlay = lru_cache(KEPT_DRAWINGS)(letters.overlay)

    def at(self, time_s: float) -> list[Overlay]:
        """Return what is drawn at a time; subtitles of the same time are one below the other."""
        first, end = bisect_right(self._last_ends, time_s), bisect_right(self._starts, time_s)
        texts = [one.text for one in self._shown[first:end] if time_s < one.end_s]
        return [self._overlay("\n".join(texts))] if texts else []
