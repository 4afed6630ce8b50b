"""Plots of a comparison, for a notebook, a report or a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.figure import Figure
from PIL import Image

from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.criteria import UNNOTICED_MS
from lipsync_nb.compare.metrics_cache import cached_tracks
from lipsync_nb.compare.tracks import Tracks, to_unit
from lipsync_nb.errors import BadRequest

WIDTH, PANEL_HEIGHT, STRIP_HEIGHT = 11.0, 3.2, 0.75
"""Inches: the width of a plot, the height of a row of diagrams, and the height of a strip."""
MOST_STRIPS = 12
"""Number of videos with a strip; the best ones are drawn."""
DPI = 96
PNG_COLOURS = 64
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The palette of Okabe and Ito, which colour-blind readers can tell apart."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
QUEUE, GENERATION, REST = "#E69F00", "#0072B2", "#B0B7BF"
GREY = "#595959"


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
        few = whole.quantize(PNG_COLOURS, Image.Quantize.MAXCOVERAGE)
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
    ranking = comparison.ranking(frame)
    drawn = ranking.table.index[: MOST_STRIPS if kind in {"all", "strips"} else 0]
    strips = [
        (comparison.label(job, "\n"), cached_tracks(job.video.path))
        for job in map(comparison.client.job, drawn)
        if job.video
    ]
    return _draw(panels, strips, f"Voice and mouth, {ranking}")


Drawing = Callable[[Any], None]
Strip = tuple[str, Tracks]
"""A video's label and its tracks."""


def _drawings(frame: pd.DataFrame, strengths: pd.DataFrame) -> dict[str, Drawing]:
    """Return the functions that draw each diagram into axes, by kind."""
    shown = contenders(frame)
    drawings: dict[str, Drawing] = {
        "cost": lambda axes: draw_costs(axes, shown),
        "times": lambda axes: draw_times(axes, shown),
        "offsets": lambda axes: draw_offsets(axes, shown),
        "drift": lambda axes: draw_drift(axes, shown),
    }
    if len(strengths):
        drawings["preferences"] = lambda axes: draw_preferences(axes, shown, strengths)
    return drawings


def _draw(panels: Sequence[Drawing], strips: Sequence[Strip], title: str) -> Plot:
    """Draw diagrams, two in a row, with the strips and their title below."""
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
            _draw_strips(parts[1], strips, title)
        figure.draw_without_rendering()
    return figure


def _draw_panels(part: Any, panels: Sequence[Drawing], rows: int) -> None:
    cells = part.subplots(rows, min(2, len(panels)), squeeze=False).ravel()
    for axes, draw in zip(cells, panels, strict=False):
        draw(axes)
    for axes in cells[len(panels) :]:
        axes.set_axis_off()


def _draw_strips(part: Any, strips: Sequence[Strip], title: str) -> None:
    cells = part.subplots(len(strips), 1, sharex=True, squeeze=False).ravel()
    for axes, (label, tracks) in zip(cells, strips, strict=True):
        draw_strip(axes, label, tracks)
    above = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    cells[0].legend(fontsize="small", ncols=2, frameon=False, **above)
    cells[0].set_title(title)
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


@dataclass(frozen=True)
class Contender:
    """A vendor with one kind of request, as it is drawn.

    Attributes:
        key: Vendor and kind.
        label: The vendor's name; with the kind where it has several.
        rows: Its jobs.
        style: Colour and marker.
    """

    key: tuple[str, str]
    label: str
    rows: pd.DataFrame
    style: dict[str, Any]


def contenders(frame: pd.DataFrame) -> list[Contender]:
    """Return the contenders of a comparison, in the order of their first rows."""
    keys = list(dict.fromkeys(zip(frame["vendor"], frame["kind"], strict=True)))
    vendors = [vendor for vendor, _ in keys]
    return [
        Contender(
            (vendor, kind),
            vendor if vendors.count(vendor) == 1 else f"{vendor}.{kind}",
            frame[(frame["vendor"] == vendor) & (frame["kind"] == kind)],
            {"color": COLOURS[n % len(COLOURS)], "marker": MARKERS[n % len(MARKERS)], "ms": 8},
        )
        for n, (vendor, kind) in enumerate(keys)
    ]


def draw_costs(axes: Any, shown: Sequence[Contender]) -> None:
    """Draw sync against the cost per second of video, in money if there are prices."""
    priced = any(one.rows["money_per_s"].notna().any() for one in shown)
    column = "money_per_s" if priced else "cost_per_s"
    unknown = []
    for one in shown:
        known = one.rows.dropna(subset=[column, "sync_corr"])
        if known.empty:
            unknown.append(one.label)
            continue
        label = one.label if priced else f"{one.label} ({known['cost_unit'].iloc[0]})"
        axes.plot(known[column], known["sync_corr"], ls="", label=label, **one.style)
    unit = "by the prices given" if priced else "each in the vendor's own unit"
    axes.set(title="Cost and sync", xlabel=f"cost per second of video, {unit}", ylabel="sync_corr")
    axes.set_xlim(left=0)
    if unknown:
        _note(axes, f"cost or sync not known: {', '.join(unknown)}")
    if axes.lines:
        _legend(axes)


def draw_times(axes: Any, shown: Sequence[Contender]) -> None:
    """Draw the time of the median job of each contender, in its parts."""
    times = pd.DataFrame([_median_times(one.rows) for one in shown])
    rest = (times["wall_s"] - times["queue_s"] - times["generation_s"]).clip(lower=0)
    left = np.zeros(len(shown))
    for name, seconds, colour in (
        ("queue", times["queue_s"], QUEUE),
        ("generation", times["generation_s"], GENERATION),
        ("uploads and the rest", rest, REST),
    ):
        axes.barh([one.label for one in shown], seconds, left=left, color=colour, label=name)
        left = left + seconds.to_numpy()
    axes.invert_yaxis()
    axes.set(title="Time from submission to the end", xlabel="seconds, of each one's median job")
    _legend(axes)


def _median_times(rows: pd.DataFrame) -> pd.Series:
    """Return the times of the succeeded job with the median time.

    The medians of the parts would not add up to the median of the whole.
    """
    times = rows.loc[rows["status"] == "succeeded", ["wall_s", "queue_s", "generation_s"]]
    times = times.dropna(subset="wall_s").sort_values("wall_s").fillna(0.0)
    return times.iloc[(len(times) - 1) // 2] if len(times) else times.sum()


def draw_offsets(axes: Any, shown: Sequence[Contender]) -> None:
    """Draw the offset of sound and mouth of each job."""
    axes.axvspan(*UNNOTICED_MS, color="#e3efe3", label="seldom noticed (ITU-R BT.1359)")
    for place, one in enumerate(shown):
        offsets = one.rows["av_offset_ms"].dropna()
        axes.plot(offsets, [place] * len(offsets), ls="", **one.style)
    _label_rows(axes, [one.label for one in shown])
    axes.set(title="Offset of sound and mouth", xlabel="ms; above 0 the sound is late")
    _legend(axes)


def draw_drift(axes: Any, shown: Sequence[Contender]) -> None:
    """Draw the offset of each video over time, in windows of 5 s."""
    axes.axhspan(*UNNOTICED_MS, color="#e3efe3")
    for one in shown:
        tracks = [cached_tracks(Path(path)) for path in one.rows["path"].dropna()]
        known = [track for track in tracks if np.isfinite(track.offset_ms).any()]
        for number, track in enumerate(known):
            label = one.label if number == 0 else "_"
            axes.plot(track.times_s, track.offset_ms, color=one.style["color"], lw=2, label=label)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.set(title="Offset over time", xlabel="seconds", ylabel="ms; above 0 the sound is late")
    if axes.get_legend_handles_labels()[0]:
        _legend(axes)


def draw_preferences(axes: Any, shown: Sequence[Contender], strengths: pd.DataFrame) -> None:
    """Draw the strengths with 95 % intervals."""
    found = strengths.dropna().to_dict("index")
    ordered = [one for one in shown if one.key in found]
    ordered.sort(key=lambda one: -found[one.key]["strength"])
    for place, one in enumerate(ordered):
        row = found[one.key]
        axes.hlines(
            place, row["strength_low"], row["strength_high"], color=one.style["color"], lw=3
        )
        axes.plot(row["strength"], place, **one.style)
    _label_rows(axes, [one.label for one in ordered])
    voted_on = strengths[strengths["votes"] > 0].index
    if apart := [one.label for one in shown if one.key in voted_on and one.key not in found]:
        _note(axes, f"not to be compared with these yet: {', '.join(apart)}")
    axes.set(
        title="Preference, best first by votes",
        xlabel="strength, with 95 % interval; 1.1 apart is three to one",
    )


def draw_strip(axes: Any, label: str, tracks: Tracks) -> None:
    """Draw the voice and the mouth of one video over time."""
    voice, mouth = to_unit(tracks.voice_db), to_unit(tracks.mouth)
    axes.fill_between(tracks.times_s, voice, color="#b8cfe5", lw=0, label="voice")
    axes.plot(tracks.times_s, mouth, color="#b44600", lw=1.2, label="mouth")
    axes.set(ylim=(0, 1.05), yticks=[])
    axes.set_ylabel(label, rotation=0, ha="right", va="center")
    axes.margins(x=0)


def _label_rows(axes: Any, labels: Sequence[str]) -> None:
    axes.axvline(0, color=GREY, lw=0.8)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)


def _legend(axes: Any) -> None:
    """Put the legend below the diagram, where it covers nothing."""
    axes.legend(
        fontsize="small", frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.2)
    )


def _note(axes: Any, text: str) -> None:
    axes.text(0.02, 0.02, text, transform=axes.transAxes, fontsize="small", color=GREY)
