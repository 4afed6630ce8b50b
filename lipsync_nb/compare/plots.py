"""Plots of a comparison, for a notebook, a report or a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image

from lipsync_nb.compare.cache import cached_tracks
from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.panels import (
    contenders,
    draw_costs,
    draw_offsets,
    draw_preferences,
    draw_strip,
    draw_times,
)
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.job import Job

WIDTH, PANEL_HEIGHT, STRIP_HEIGHT = 11.0, 3.2, 0.75
"""Inches: the width of a plot, the height of a row of diagrams, and the height of a strip."""
MOST_STRIPS = 12
"""Number of videos with a strip; the best ones are drawn."""
DPI = 96
COLOURS = 64
"""Number of colours of a PNG."""


class Plot(Figure):
    """A matplotlib figure that a notebook shows with any matplotlib backend."""

    def _repr_png_(self) -> bytes:
        return self.png()

    def png(self) -> bytes:
        """Return the plot as PNG, with few colours, so that a saved notebook stays small."""
        drawn, small = BytesIO(), BytesIO()
        with _chinese_font():
            self.savefig(drawn, format="png", dpi=DPI)
        whole = Image.open(drawn).convert("RGB")  # for MAXCOVERAGE, which keeps rare colours
        few = whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
        few.save(small, "PNG", optimize=True)
        return small.getvalue()


def plot(comparison: JobComparison, frame: pd.DataFrame, kind: str = "all") -> Plot:
    """Return a plot; see `Comparison.plot`.

    Args:
        comparison: The comparison.
        frame: The ``df`` of the comparison.
        kind: The diagrams, as for `Comparison.plot`.

    Raises:
        BadRequest: There is no such kind, or there is nothing to draw.
    """
    drawings = _drawings(frame, comparison.preferences())
    if kind not in {"all", "strips", *drawings}:
        raise BadRequest(f"kind={kind!r}: expected one of all, strips, {', '.join(drawings)}")
    panels = [draw for name, draw in drawings.items() if kind in {"all", name}]
    jobs = comparison.ranked_jobs(frame)[:MOST_STRIPS] if kind in {"all", "strips"} else []
    return _draw(panels, [partial(_draw_strip, comparison.label(job, "\n"), job) for job in jobs])


Drawing = Callable[[Any], None]


def _drawings(frame: pd.DataFrame, strengths: pd.DataFrame) -> dict[str, Drawing]:
    """Return the functions that draw each diagram into axes, by kind."""
    shown = contenders(frame)
    drawings: dict[str, Drawing] = {
        "cost": lambda axes: draw_costs(axes, shown),
        "times": lambda axes: draw_times(axes, shown),
        "offsets": lambda axes: draw_offsets(axes, shown),
    }
    if len(strengths):
        drawings["preferences"] = lambda axes: draw_preferences(axes, shown, strengths)
    return drawings


def _draw_strip(label: str, job: Job, axes: Any) -> None:
    if job.video:
        draw_strip(axes, label, cached_tracks(job.video.path))


def _draw(panels: Sequence[Drawing], strips: Sequence[Drawing]) -> Plot:
    """Draw diagrams, two in a row, with the strips below."""
    if not panels and not strips:
        raise BadRequest("there is no video to plot")
    rows = -(-len(panels) // 2)
    heights = [PANEL_HEIGHT * rows, STRIP_HEIGHT * len(strips) + 0.6 * bool(strips)]
    with _chinese_font():
        figure = Plot(figsize=(WIDTH, sum(heights)), layout="constrained")
        both = panels and strips
        parts: Any = figure.subfigures(2, 1, height_ratios=heights) if both else (figure, figure)
        if panels:
            _draw_panels(parts[0], panels, rows)
        if strips:
            _draw_strips(parts[1], strips)
        figure.draw_without_rendering()
    return figure


def _draw_panels(part: Any, panels: Sequence[Drawing], rows: int) -> None:
    cells = part.subplots(rows, min(2, len(panels)), squeeze=False).ravel()
    for axes, draw in zip(cells, panels, strict=False):
        draw(axes)
    for axes in cells[len(panels) :]:
        axes.set_axis_off()


def _draw_strips(part: Any, strips: Sequence[Drawing]) -> None:
    cells = part.subplots(len(strips), 1, sharex=True, squeeze=False).ravel()
    for axes, draw in zip(cells, strips, strict=True):
        draw(axes)
    above = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    cells[0].legend(fontsize="small", ncols=2, frameon=False, **above)
    cells[0].set_title("Voice and mouth, best first")
    cells[-1].set_xlabel("seconds")


@contextmanager
def _chinese_font() -> Iterator[None]:
    """Use a font with Chinese characters where the usual one has none."""
    with mpl.rc_context({"font.family": ["DejaVu Sans", *_chinese_fonts()]}):
        yield


@cache
def _chinese_fonts() -> list[str]:
    package = find_spec("noto_cjk_sans_otc")
    if package is None or package.origin is None:
        return []
    (path,) = Path(package.origin).parent.rglob("NotoSansCJK-Regular.ttc")
    font_manager.fontManager.addfont(path)
    return [font_manager.FontProperties(fname=path).get_name()]
