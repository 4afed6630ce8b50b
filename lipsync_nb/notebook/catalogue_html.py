"""What a vendor lists, as a table with players and pictures in place of their URLs."""

import re
from collections.abc import Hashable, Iterator, Mapping
from html import escape
from secrets import token_hex
from typing import Any

import pandas as pd

from lipsync_nb.http.redact import printable
from lipsync_nb.notebook.result_card import shown_url
from lipsync_nb.notebook.text import label
from lipsync_nb.vendors.base.catalogue import Catalogue

NAMES = ("name", "id")
"""The columns that name a row, the best one first."""
ALIGNED = "display: block; margin-left: auto"
"""At the right, as pandas aligns cells."""
LEAST_WIDTH = 40
"""Characters of a cell that are shown at least: a mark is shorter."""
STYLES = {
    "audio": "width: 240px; height: 36px",
    "image": "max-width: 160px; max-height: 96px",
    "video": "max-width: 200px; max-height: 120px",
}
DARK = '<style>[data-jp-theme-light="false"] .ls-catalogue { color-scheme: dark }</style>'
"""Browsers draw the controls of players for a light page, unless they are told."""


def catalogue_html(catalogue: Catalogue) -> str | None:
    """Return a catalogue as HTML: the table of pandas, which is cut by the options of pandas.

    Nothing is loaded before the user scrolls to a picture, or plays a sound or a clip.

    Returns:
        The HTML; ``None`` if pandas is set to show no HTML.
    """
    nonce = token_hex(4)  # nobody who writes into a catalogue knows it
    marked, urls = _marked(catalogue, nonce)
    with pd.option_context("display.max_colwidth", _width()):
        table = marked._repr_html_()  # type: ignore[operator]
    if table is None:
        return None

    def element(mark: re.Match[str]) -> str:
        return _element(catalogue, *urls[int(mark[1])])

    shown = re.sub(f"{nonce}-([0-9]+)-", element, printable(table))
    return f'{DARK}<div class="ls-catalogue">{shown}</div>'


def _width() -> int | None:
    width: int | None = pd.get_option("display.max_colwidth")
    return width and max(width, LEAST_WIDTH)


def _marked(catalogue: Catalogue, nonce: str) -> tuple[pd.DataFrame, list[tuple[int, int, str]]]:
    """Return the table with a mark in place of each URL that may be shown.

    Returns:
        The table; and row, column and URL of each mark, which has its number.
    """
    marked = pd.DataFrame(catalogue, copy=True)
    found: list[tuple[int, int, str]] = []
    most = pd.get_option("display.max_rows") or len(catalogue)
    rows = {*range(len(catalogue))[:most], *range(len(catalogue))[-most:]}  # of both ends
    for position in _previews(catalogue):
        cells = catalogue.iloc[:, position].tolist()
        for row in rows:
            if (url := shown_url(cells[row])) is not None:
                cells[row] = f"{nonce}-{len(found)}-"
                found.append((row, position, url))
        marked.isetitem(position, pd.Series(cells, dtype=object).array)
    return marked, found


def _previews(catalogue: Catalogue) -> Iterator[int]:
    """Yield the positions of the columns with previews; several may have the same name."""
    for position, column in enumerate(catalogue.columns):
        if _kind(catalogue.previews, column) in STYLES:
            yield position


def _kind(previews: Mapping[str, str], column: Hashable) -> str:
    return previews.get(column, "") if isinstance(column, str) else ""


def _element(catalogue: Catalogue, row: int, position: int, url: str) -> str:
    column = str(catalogue.columns[position])
    kind, named = catalogue.previews[column], f"{label(column)} of {_name(catalogue, row)}"
    source, name, style = escape(url), escape(printable(named)), f"{STYLES[kind]}; {ALIGNED}"
    if kind == "image":
        return (
            f'<img src="{source}" alt="{name}" loading="lazy" referrerpolicy="no-referrer" '
            f'style="{style}">'
        )
    return (
        f'<{kind} controls preload="none" src="{source}" aria-label="{name}" style="{style}">'
        f"</{kind}>"
    )


def _name(catalogue: Catalogue, row: int) -> str:
    """Return what a row is called: by a column, else by its label."""
    values: list[Any] = [catalogue.iloc[row][name] for name in NAMES if name in catalogue]
    return next((value for value in values if isinstance(value, str) and value), "") or str(
        catalogue.index[row]
    )
