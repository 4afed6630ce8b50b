"""Figures of a comparison, for a notebook, a report or a file."""

from collections.abc import Callable, Iterator
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

from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.panels import (
    contenders,
    draw_costs,
    draw_offsets,
    draw_preferences,
    draw_strip,
    draw_times,
)
from lipsync_nb.compare.track_cache import tracks_of
from lipsync_nb.errors import BadRequest
from lipsync_nb.jobs.job import Job

WIDTH, PANEL_HEIGHT, STRIP_HEIGHT = 11.0, 3.2, 0.75
"""Inches: the figure's width, the height of a row of diagrams, and that of a strip."""
MOST_STRIPS = 12
"""Videos whose strips are drawn: the best ones."""
DPI = 96
COLOURS = 64
"""Colours that a picture is reduced to."""


class Plot(Figure):
    """A figure that shows itself in a notebook, whatever backend matplotlib uses."""

    def _repr_png_(self) -> bytes:
        return self.png()

    def png(self) -> bytes:
        """Return the picture, in as few colours as it needs: a saved notebook stays small."""
        drawn, small = BytesIO(), BytesIO()
        with _chinese():
            self.savefig(drawn, format="png", dpi=DPI)
        whole = Image.open(drawn).convert("RGB")  # rare colours are contenders': they must stay
        few = whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
        few.save(small, "PNG", optimize=True)
        return small.getvalue()


def plot(comparison: JobComparison, frame: pd.DataFrame, kind: str = "all") -> Plot:
    """Return a figure; see `Comparison.plot`.

    Args:
        comparison: The comparison.
        frame: Its ``df``.
        kind: Which diagrams, as for `Comparison.plot`.

    Raises:
        BadRequest: There is no such figure, or nothing to be seen in it.
    """
    drawn = _drawings(frame, comparison.preferences())
    if kind == "all":
        return _whole(drawn, _strips(comparison, frame))
    if kind == "strips":
        return _whole({}, _strips(comparison, frame))
    if kind not in drawn:
        raise BadRequest(f"kind={kind!r}: expected one of all, strips, {', '.join(drawn)}")
    return _whole({kind: drawn[kind]}, [])


Drawing = Callable[[Any], None]


def _drawings(frame: pd.DataFrame, strengths: pd.DataFrame) -> dict[str, Drawing]:
    """Return what draws each diagram into axes."""
    shown = contenders(frame)
    drawn: dict[str, Drawing] = {
        "cost": lambda axes: draw_costs(axes, shown),
        "times": lambda axes: draw_times(axes, shown),
        "offsets": lambda axes: draw_offsets(axes, shown),
    }
    if len(strengths):
        drawn["preferences"] = lambda axes: draw_preferences(axes, shown, strengths)
    return drawn


def _strips(comparison: JobComparison, frame: pd.DataFrame) -> list[Drawing]:
    jobs = comparison.ranked_jobs(frame)[:MOST_STRIPS]
    return [partial(_draw_strip, comparison.label(job, "\n"), job) for job in jobs]


def _draw_strip(label: str, job: Job, axes: Any) -> None:
    if job.video:
        draw_strip(axes, label, tracks_of(job.video.path))


def _whole(panels: dict[str, Drawing], strips: list[Drawing]) -> Plot:
    """Draw diagrams, two in a row, and strips below them."""
    if not panels and not strips:
        raise BadRequest("there is no video to be seen in a figure")
    rows = -(-len(panels) // 2)
    heights = [PANEL_HEIGHT * rows, STRIP_HEIGHT * len(strips) + 0.6 * bool(strips)]
    with _chinese():
        figure = Plot(figsize=(WIDTH, sum(heights)), layout="constrained")
        above, below = _parts(figure, heights)
        _draw_panels(above, list(panels.values()), rows)
        _draw_strips(below, strips)
        figure.draw_without_rendering()
    return figure


def _parts(figure: Plot, heights: list[float]) -> tuple[Any, Any]:
    """Return the upper and the lower part; the whole, where one of them has no height."""
    if not all(heights):
        return figure, figure
    parts: Any = figure.subfigures(2, 1, height_ratios=heights)
    return parts[0], parts[1]


def _draw_panels(part: Any, panels: list[Drawing], rows: int) -> None:
    if panels:
        cells = part.subplots(rows, min(2, len(panels)), squeeze=False).ravel()
        for axes, draw in zip(cells, panels, strict=False):
            draw(axes)
        for axes in cells[len(panels) :]:
            axes.set_axis_off()


def _draw_strips(part: Any, strips: list[Drawing]) -> None:
    if strips:
        cells = part.subplots(len(strips), 1, sharex=True, squeeze=False).ravel()
        for axes, draw in zip(cells, strips, strict=True):
            draw(axes)
        above = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
        cells[0].legend(fontsize="small", ncols=2, frameon=False, **above)
        cells[0].set_title("Voice and mouth, best first")
        cells[-1].set_xlabel("seconds")


@contextmanager
def _chinese() -> Iterator[None]:
    """Draw with a font that has Chinese, for what the usual one lacks."""
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
