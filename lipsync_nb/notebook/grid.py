"""Several videos in a grid, which play, pause and seek together."""

import html
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import traitlets

from lipsync_nb.errors import BadRequest
from lipsync_nb.files import LocalFile
from lipsync_nb.jobs.job import Job
from lipsync_nb.media.audio import Audio
from lipsync_nb.media.video import Video
from lipsync_nb.notebook import jupyter
from lipsync_nb.notebook.assets import module, style
from lipsync_nb.notebook.result_card import media_card
from lipsync_nb.notebook.result_html import video_html
from lipsync_nb.notebook.text import an, costs, elapsed, vendor_label
from lipsync_nb.notebook.widget import Answer, ScriptWidget, file_chunk
from lipsync_nb.results import Avatar, Voice

Playable: TypeAlias = Job | Video | str | PathLike[str]
"""A finished job, a video or a path."""

ONLY_VIDEOS = "only videos play together"
MAX_POINTS = 300
"""The most points of a curve, as more would not be seen and would make saved notebooks large."""


def grid(
    videos: Iterable[Playable],
    *,
    labels: Sequence[str] | None = None,
    captions: Sequence[str] | None = None,
    waveforms: Sequence[Sequence[float] | None] | None = None,
    mouths: Sequence[Sequence[float] | None] | None = None,
) -> "Grid":
    """Show several videos that play, pause and seek together, for a notebook.

    Args:
        videos: Finished jobs, videos or paths.
        labels: The name of each; by default the vendor and the kind, or the file's name.
        captions: The text under each; by default a job's cost and time.
        waveforms: The speech level of each: values from 0 to 1, evenly spaced in time.
        mouths: The mouth motion of each: values from 0 to 1, evenly spaced in time.

    Raises:
        BadRequest: There are no videos, a job has none yet or makes something else, or the lists
            differ in length.
    """
    shown = list(videos)
    if not shown:
        raise BadRequest("there is no video to show")
    given = {"labels": labels, "captions": captions, "waveforms": waveforms, "mouths": mouths}
    for name, values in given.items():
        if values is not None and len(values) != len(shown):
            raise BadRequest(f"{name}: {len(values)} for {len(shown)} videos")
    return Grid(
        {
            "path": _path(video),
            "label": labels[index] if labels else _label(video),
            "caption": captions[index] if captions else _caption(video),
            "wave": _curve(waveforms[index]) if waveforms else None,
            "mouth": _curve(mouths[index]) if mouths else None,
        }
        for index, video in enumerate(shown)
    )


class Grid(ScriptWidget):
    """Videos that play together: see `grid`.

    Args:
        panes: For each video its ``path``, ``label``, ``caption``, ``wave`` and ``mouth``.
    """

    _esm = module("grid")
    _css = style("base", "grid")
    panes: Any = traitlets.List().tag(sync=True)

    def __init__(self, panes: Iterable[Mapping[str, Any]]) -> None:
        given = [dict(pane) for pane in panes]
        self.paths: list[Path] = [pane.pop("path") for pane in given]
        cards = [media_card(path, still=False) for path in self.paths]
        super().__init__(
            panes=[pane | {"video": card} for pane, card in zip(given, cards, strict=True)]
        )

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Send a part of a video."""
        return file_chunk(self.paths[int(question["video"])], int(question["offset"]))

    def fallback(self) -> dict[str, str]:
        """Return the labels and paths as text, and the players as HTML."""
        lines = [
            f"{pane['label']}: {jupyter.relative(path)}"
            for pane, path in zip(self.panes, self.paths, strict=True)
        ]
        players = [
            f"<p><strong>{html.escape(pane['label'])}</strong> {html.escape(pane['caption'])}</p>"
            + video_html(path)
            for pane, path in zip(self.panes, self.paths, strict=True)
        ]
        return {"text/plain": "\n".join(lines), "text/html": "".join(players)}


def _path(video: Playable) -> Path:
    if isinstance(video, Job) and video.makes != Video.__name__:
        raise BadRequest(f"{video!r} makes {an(video.makes)}; {ONLY_VIDEOS}")
    if isinstance(video, Audio | Voice | Avatar):
        raise BadRequest(f"{video!r} is {an(type(video).__name__)}; {ONLY_VIDEOS}")
    found = video.video if isinstance(video, Job) else video
    if found is None:
        raise BadRequest(f"{video!r} has no video yet")
    path = Path(found)
    if not path.is_file():
        raise BadRequest(f"{path} is not a file")
    if _is_sound(path):
        raise BadRequest(f"{path} has no pictures; {ONLY_VIDEOS}")
    return path


def _is_sound(path: Path) -> bool:
    try:
        mime = LocalFile.of(path).mime
    except BadRequest:  # the browser says what is wrong with it
        return False
    return mime.startswith("audio/")


def _label(video: Playable) -> str:
    if isinstance(video, Job):
        return f"{vendor_label(video.vendor)} {video.kind}"
    return Path(video).name


def _caption(video: Playable) -> str:
    if not isinstance(video, Job):
        return ""
    record = video.record
    made = f"made in {elapsed(record, record.created_at)}"
    return " · ".join(filter(None, (costs([record]), made)))


def _curve(levels: Sequence[float] | None) -> list[float] | None:
    if levels is None:
        return None
    step = max(1, -(-len(levels) // MAX_POINTS))
    loudest = [max(levels[start : start + step]) for start in range(0, len(levels), step)]
    return [round(min(1.0, max(0.0, float(level))), 2) for level in loudest]
