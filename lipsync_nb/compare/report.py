"""A comparison as one HTML file: posters or videos, plots, tables, and what each metric means."""

import base64
import html
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from lipsync_nb.compare.columns import COLUMNS
from lipsync_nb.compare.comparison import JobComparison
from lipsync_nb.compare.summary import agreements, summary_of
from lipsync_nb.files import LocalFile
from lipsync_nb.jobs.job import Job
from lipsync_nb.media.thumbnail import thumbnail

STYLE = Path(__file__).with_name("report.css")
DIGITS = 4
"""Significant digits of a number in a table."""
SENTENCES = frozenset({"note", "notes", "error"})
"""Columns whose values are sentences."""
HIDDEN = ("path", "job", "cost_estimated")


def write_report(comparison: JobComparison, path: Path, *, videos: bool) -> Path:
    """Write a page that needs no other file and no network; see `Comparison.report`.

    The file is written atomically.
    """
    page = "\n".join(_page(comparison, videos=videos))
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.write_text(page, "utf-8")
        return part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _page(comparison: JobComparison, *, videos: bool) -> Iterator[str]:
    from lipsync_nb.compare.plots import plot  # noqa: PLC0415 - needs matplotlib

    frame, strengths = comparison.df, comparison.preferences()
    ranking = comparison.ranking(frame)
    summary = summary_of(frame, strengths, comparison.rank_by)
    written = datetime.now(UTC).astimezone()
    title = f"Comparison {comparison.id}"
    yield '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{html.escape(title)}</title><style>{STYLE.read_text('utf-8')}</style></head>"
    yield f"<body><h1>{html.escape(title)}</h1>"
    yield f'<p class="quiet">{_about(frame)} Written {written:%Y-%m-%d %H:%M %Z} by lipsync_nb '
    yield f"{version('lipsync_nb')}.</p>"
    if len(ranking.table):
        yield f"<h2>Videos, {ranking}</h2>{_RANKED}"
        shown = (
            _video(comparison, comparison.client.job(job), ranking.place(job), videos)
            for job in ranking.table.index
        )
        yield f'<div class="videos">{"".join(shown)}</div>'
        yield f"<h2>Plots</h2>{_image(plot(comparison, frame).png(), 'image/png', 'plot', _ALT)}"
    yield f"<h2>Summary: medians, {summary.columns.name}</h2>{_RANKED}"
    yield _table(summary.reset_index())
    if not strengths.empty:
        yield "<h2>Metrics against votes</h2>"
        yield _table(agreements(frame, strengths, comparison.cast_votes).reset_index())
    yield f"<h2>Every job</h2>{_table(frame.drop(columns=list(HIDDEN)))}"
    if len(comparison.refused):
        yield f"<h2>Refused requests</h2>{_table(comparison.refused)}"
    yield f"<h2>What the metrics mean</h2>{_meanings()}</body></html>"


_ALT = (
    "Cost and sync, times, offsets, and voice and mouth of each video. The tables have the same "
    "values."
)


_RANKED = (
    '<p class="quiet">The first criterion gives the places. Whose value lies within the 95 % '
    "interval of a group's first shares its place.</p>"
)


def _about(frame: pd.DataFrame) -> str:
    done = int((frame["status"] == "succeeded").sum())
    faces, scripts = frame["face"].nunique(), frame["script"].nunique()
    return f"{done} of {len(frame)} jobs succeeded; faces: {faces}, scripts: {scripts}."


def _video(
    comparison: JobComparison,
    job: Job,
    place: str,
    videos: bool,  # noqa: FBT001 - private
) -> str:
    if job.video is None:
        return ""
    label, path = comparison.label(job), job.video.path
    if videos:
        source = _data(path.read_bytes(), LocalFile.of(path).mime)
        shown = f'<video controls src="{source}" aria-label="{html.escape(label)}"></video>'
    elif (first := thumbnail(path)) is not None:
        shown = _image(first, "image/jpeg", "poster", label)
    else:
        shown = '<p class="quiet">No picture can be read from this file.</p>'
    return f"<figure>{shown}<figcaption>{html.escape(label)}<br>{place}</figcaption></figure>"


def _image(picture: bytes, mime: str, kind: str, text: str) -> str:
    return f'<img class="{kind}" src="{_data(picture, mime)}" alt="{html.escape(text)}">'


def _data(content: bytes, mime: str) -> str:
    return f"data:{html.escape(mime)};base64,{base64.b64encode(content).decode()}"


def _table(frame: pd.DataFrame) -> str:
    names = [str(name) for name in frame.columns]
    kinds = [_kind(name, frame[name]) for name in names]
    head = _row("th", names, kinds)
    rows = [_row("td", map(_text, row), kinds) for row in frame.itertuples(index=False)]
    body = "".join(rows)
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


def _row(tag: str, texts: Any, kinds: Sequence[str]) -> str:
    cells = (
        f'<{tag} class="{kind}">{html.escape(text)}</{tag}>'
        for text, kind in zip(texts, kinds, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _kind(name: str, values: pd.Series) -> str:
    if name in SENTENCES:
        return "note"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def _text(value: Any) -> str:
    if pd.isna(value):
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.{DIGITS}g}"
    return str(value)


def _meanings() -> str:
    items = (
        f"<dt>{column.name}{f' [{html.escape(column.unit)}]' if column.unit else ''}</dt>"
        f"<dd>{html.escape(column.meaning)}</dd>"
        for column in COLUMNS
    )
    return f"<dl>{''.join(items)}</dl>"
